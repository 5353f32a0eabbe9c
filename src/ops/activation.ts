// Activation functions with their gradients, PyTorch's at every kink.
import {
  type Address,
  checkObject,
  checkTensor,
  dense,
  empty,
  kernels as k,
  record,
  settle,
  type Tensor,
  tracks,
} from "../op.ts";
import { put } from "./broadcast.ts";
import { keepingInts, type Unary, unary } from "./elementwise.ts";

type Map3 = (x: Address, y: Address, n: number, p: number, q: number, r: number) => void;
type Chain3 = (s: Address, gy: Address, gx: Address, n: number, p: number, q: number, r: number) => void;

/** An op with up to three parameters whose gradient reads x. A kernel ignores the parameters that it has not. */
function shaped(op: string, x: Tensor, f: Map3, df: Chain3, p: number, q: number = 0, r: number = 0): Tensor {
  const a = dense(x, op);
  const n = a.numel;
  const y = empty(a.shape);
  f(a.ptr, y.ptr, n, p, q, r);
  if (!tracks(a)) return settle(y);
  const pa = a.ptr;
  return record(y, [a], [a], (gy, gx) => df(pa, gy, gx, n, p, q, r));
}

function checkNumber(value: unknown, op: string, name: string): asserts value is number {
  if (typeof value !== "number") throw new TypeError(`${op}: expected ${name} to be a number, got ${String(value)}`);
}

function reluInt(x: Address, y: Address, n: number): void {
  k.maximumInt(x, put(0, true), y, 1, n, 0, 1, 0, 0);
}

/** y = max(x, 0), with gradient 0 at 0; NaN stays NaN, int32 stays int32 */
export const relu: Unary = keepingInts("relu", unary("relu", k.relu, k.reluGrad, "y"), reluInt);
/** y = x / (1 + e^-x) */
export const silu: Unary = unary("silu", k.silu, k.siluGrad);
/** y = x tanh(ln(1 + e^x)) */
export const mish: Unary = unary("mish", k.mish, k.mishGrad);
/** y = -ln(1 + e^-x) */
export const logSigmoid: Unary = unary("logSigmoid", k.logSigmoid, k.logSigmoidGrad);
/** y = min(max(x + 3, 0), 6) / 6 */
export const hardsigmoid: Unary = unary("hardsigmoid", k.hardsigmoid, k.hardsigmoidGrad);
/** y = x min(max(x + 3, 0), 6) / 6 */
export const hardswish: Unary = unary("hardswish", k.hardswish, k.hardswishGrad);
/** y = x / (1 + |x|) */
export const softsign: Unary = unary("softsign", k.softsign, k.softsignGrad);
/** y = x - tanh x */
export const tanhshrink: Unary = unary("tanhshrink", k.tanhshrink, k.tanhshrinkGrad);

const isInt32 = (v: number) => Number.isInteger(v) && v >= -(2 ** 31) && v < 2 ** 31;

/**
 * y = min(max(x, min), max), either bound may be left out; with gradient 1 inside and at the bounds, 0 outside. NaN stays NaN.
 * Int32 stays int32 if the bounds are integers.
 * @throws TypeError if both bounds are missing.
 * @see https://pytorch.org/docs/stable/generated/torch.clamp.html
 */
export function clamp(x: Tensor, min?: number | null, max?: number | null): Tensor {
  checkTensor(x, "clamp");
  const low = min ?? null;
  const high = max ?? null;
  if (low === null && high === null) throw new TypeError("clamp: expected min, max or both");
  if (low !== null) checkNumber(low, "clamp", "min");
  if (high !== null) checkNumber(high, "clamp", "max");
  if (x.dtype === "int32" && isInt32(low ?? 0) && isInt32(high ?? 0)) {
    return keepingInts("clamp", relu, (from, y, n) => {
      k.maximumInt(from, put(low ?? -(2 ** 31), true), y, 1, n, 0, 1, 0, 0);
      k.minimumInt(y, put(high ?? 2 ** 31 - 1, true), y, 1, n, 0, 1, 0, 0);
    })(x);
  }
  return shaped("clamp", x, k.clamp, k.clampGrad, low ?? -Infinity, high ?? Infinity);
}

/**
 * y = min(max(x, minVal), maxVal), with gradient 0 at the bounds.
 * @throws RangeError if minVal exceeds maxVal.
 */
export function hardtanh(x: Tensor, options: { minVal?: number; maxVal?: number } = {}): Tensor {
  checkObject(options, "hardtanh", "{ minVal: -1 }");
  const { minVal = -1, maxVal = 1 } = options;
  checkNumber(minVal, "hardtanh", "minVal");
  checkNumber(maxVal, "hardtanh", "maxVal");
  if (minVal > maxVal) throw new RangeError(`hardtanh: expected minVal up to maxVal, got ${minVal} and ${maxVal}`);
  return shaped("hardtanh", x, k.hardtanh, k.hardtanhGrad, minVal, maxVal);
}

/** y = min(max(x, 0), 6), with gradient 0 at the bounds */
export function relu6(x: Tensor): Tensor {
  return shaped("relu6", x, k.hardtanh, k.hardtanhGrad, 0, 6);
}

/** y = x, negativeSlope x where x is not positive */
export function leakyRelu(x: Tensor, options: { negativeSlope?: number } = {}): Tensor {
  checkObject(options, "leakyRelu", "{ negativeSlope: 0.01 }");
  const { negativeSlope = 0.01 } = options;
  checkNumber(negativeSlope, "leakyRelu", "negativeSlope");
  return shaped("leakyRelu", x, k.leakyRelu, k.leakyReluGrad, negativeSlope);
}

/** y = x, alpha (e^x - 1) where x is not positive */
export function elu(x: Tensor, options: { alpha?: number } = {}): Tensor {
  checkObject(options, "elu", "{ alpha: 1 }");
  const { alpha = 1 } = options;
  checkNumber(alpha, "elu", "alpha");
  return shaped("elu", x, k.elu, k.eluGrad, alpha, 1, 1);
}

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** The self-normalising elu: y = 1.0507 x, 1.0507 * 1.6733 (e^x - 1) where x is not positive. */
export function selu(x: Tensor): Tensor {
  return shaped("selu", x, k.elu, k.eluGrad, SELU_ALPHA * SELU_SCALE, SELU_SCALE, 1);
}

/**
 * y = x, alpha (e^(x / alpha) - 1) where x is not positive
 * @throws RangeError if alpha is 0.
 */
export function celu(x: Tensor, options: { alpha?: number } = {}): Tensor {
  checkObject(options, "celu", "{ alpha: 1 }");
  const { alpha = 1 } = options;
  checkNumber(alpha, "celu", "alpha");
  if (alpha === 0) throw new RangeError("celu: alpha cannot be 0");
  return shaped("celu", x, k.elu, k.eluGrad, alpha, 1, 1 / alpha);
}

const geluExact: Unary = unary("gelu", k.gelu, k.geluGrad);
const geluTanh: Unary = unary("gelu", k.geluTanh, k.geluTanhGrad);

/**
 * y = x P(N <= x) of a normal variable N; approximate "tanh" takes a tanh for the probability.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.gelu.html
 */
export function gelu(x: Tensor, options: { approximate?: "none" | "tanh" } = {}): Tensor {
  checkObject(options, "gelu", '{ approximate: "tanh" }');
  const { approximate = "none" } = options;
  if (approximate !== "none" && approximate !== "tanh") {
    throw new TypeError(`gelu: expected approximate to be "none" or "tanh", got ${String(approximate)}`);
  }
  return approximate === "none" ? geluExact(x) : geluTanh(x);
}

/** y = ln(1 + e^(beta x)) / beta; x itself where beta x > threshold */
export function softplus(x: Tensor, options: { beta?: number; threshold?: number } = {}): Tensor {
  checkObject(options, "softplus", "{ beta: 1 }");
  const { beta = 1, threshold: limit = 20 } = options;
  checkNumber(beta, "softplus", "beta");
  checkNumber(limit, "softplus", "threshold");
  return shaped("softplus", x, k.softplus, k.softplusGrad, beta, limit);
}

/** y = x where x > limit, else value */
export function threshold(x: Tensor, limit: number, value: number): Tensor {
  checkTensor(x, "threshold");
  checkNumber(limit, "threshold", "threshold");
  checkNumber(value, "threshold", "value");
  return shaped("threshold", x, k.threshold, k.thresholdGrad, limit, value);
}

/** y = x, 0 where |x| <= lambd */
export function hardshrink(x: Tensor, options: { lambd?: number } = {}): Tensor {
  checkObject(options, "hardshrink", "{ lambd: 0.5 }");
  const { lambd = 0.5 } = options;
  checkNumber(lambd, "hardshrink", "lambd");
  return shaped("hardshrink", x, k.hardshrink, k.hardshrinkGrad, lambd);
}

/**
 * y = x moved lambd towards 0, 0 where |x| <= lambd
 * @throws RangeError if lambd is negative.
 */
export function softshrink(x: Tensor, options: { lambd?: number } = {}): Tensor {
  checkObject(options, "softshrink", "{ lambd: 0.5 }");
  const { lambd = 0.5 } = options;
  checkNumber(lambd, "softshrink", "lambd");
  if (!(lambd >= 0)) throw new RangeError(`softshrink: expected lambd to be 0 or more, got ${lambd}`);
  return shaped("softshrink", x, k.softshrink, k.softshrinkGrad, lambd);
}
