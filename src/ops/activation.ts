// Activation functions with their gradients, PyTorch's at every kink.
import { checkNumber, checkOneOf, rangeError } from "../check.ts";
import { checkObject, checkTensor, layers, type Tensor } from "../op.ts";
import {
  type Differentiable,
  type Shaped,
  type Source,
  shaped,
  type Unary,
  unary,
  withOptions,
} from "./elementwise.ts";

const source: Source = () => layers() as ReturnType<Source>;
const layered = (kernel: Differentiable, op: string = kernel): Unary => unary(kernel, "x", op, undefined, source);

/** y = x / (1 + e^-x) */
export const silu: Unary = /* @__PURE__ */ layered("silu");
/** y = x tanh(ln(1 + e^x)) */
export const mish: Unary = /* @__PURE__ */ layered("mish");
/** y = -ln(1 + e^-x) */
export const logSigmoid: Unary = /* @__PURE__ */ layered("logSigmoid");
/** y = min(max(x + 3, 0), 6) / 6 */
export const hardsigmoid: Unary = /* @__PURE__ */ layered("hardsigmoid");
/** y = x min(max(x + 3, 0), 6) / 6 */
export const hardswish: Unary = /* @__PURE__ */ layered("hardswish");
/** y = x / (1 + |x|) */
export const softsign: Unary = /* @__PURE__ */ layered("softsign");
/** y = x - tanh x */
export const tanhshrink: Unary = /* @__PURE__ */ layered("tanhshrink");

/**
 * y = min(max(x, minVal), maxVal), with gradient 0 at the bounds.
 * @throws RangeError if minVal exceeds maxVal.
 */
export const hardtanh: Shaped<"minVal" | "maxVal"> = /* @__PURE__ */ withOptions(
  "hardtanh",
  "hardtanh",
  { minVal: -1, maxVal: 1 },
  (min, max) => {
    if (min > max) throw rangeError`hardtanh: expected minVal up to maxVal, got ${min} and ${max}`;
    return [min, max];
  },
  source,
);

/** y = min(max(x, 0), 6), with gradient 0 at the bounds */
export function relu6(x: Tensor): Tensor {
  return shaped("relu6", x, "hardtanh", [0, 6], source);
}

/** y = x, negativeSlope x where x is not positive */
export const leakyRelu: Shaped<"negativeSlope"> = /* @__PURE__ */ withOptions(
  "leakyRelu",
  "leakyRelu",
  {
    negativeSlope: 0.01,
  },
  undefined,
  source,
);

/** y = x, alpha (e^x - 1) where x is not positive */
export const elu: Shaped<"alpha"> = /* @__PURE__ */ withOptions(
  "elu",
  "elu",
  { alpha: 1 },
  (alpha) => [alpha, 1, 1],
  source,
);

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** The self-normalising elu: y = 1.0507 x, 1.0507 * 1.6733 (e^x - 1) where x is not positive. */
export function selu(x: Tensor): Tensor {
  return shaped("selu", x, "elu", [SELU_ALPHA * SELU_SCALE, SELU_SCALE, 1], source);
}

/**
 * y = x, alpha (e^(x / alpha) - 1) where x is not positive
 * @throws RangeError if alpha is 0.
 */
export const celu: Shaped<"alpha"> = /* @__PURE__ */ withOptions(
  "celu",
  "elu",
  { alpha: 1 },
  (alpha) => {
    if (alpha === 0) throw rangeError`celu: alpha cannot be 0`;
    return [alpha, 1, 1 / alpha];
  },
  source,
);

const geluExact: Unary = /* @__PURE__ */ layered("gelu");
const geluTanh: Unary = /* @__PURE__ */ layered("geluTanh", "gelu");

/**
 * y = x P(N <= x) of a normal variable N; approximate "tanh" takes a tanh for the probability.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.gelu.html
 */
export function gelu(x: Tensor, options: { approximate?: "none" | "tanh" } = {}): Tensor {
  checkObject(options, "gelu", "approximate");
  const { approximate = "none" } = options;
  checkOneOf(approximate, "gelu", "approximate", ["none", "tanh"]);
  return approximate === "none" ? geluExact(x) : geluTanh(x);
}

/** y = ln(1 + e^(beta x)) / beta; x itself where beta x > threshold */
export const softplus: Shaped<"beta" | "threshold"> = /* @__PURE__ */ withOptions(
  "softplus",
  "softplus",
  { beta: 1, threshold: 20 },
  (beta, limit) => [beta, limit],
  source,
);

/** y = x where x > limit, else value */
export function threshold(x: Tensor, limit: number, value: number): Tensor {
  checkTensor(x, "threshold");
  checkNumber(limit, "threshold", "threshold");
  checkNumber(value, "threshold", "value");
  return shaped("threshold", x, "threshold", [limit, value], source);
}

/**
 * y = x moved lambd towards 0, 0 where |x| <= lambd
 * @throws RangeError if lambd is negative.
 */
export const softshrink: Shaped<"lambd"> = /* @__PURE__ */ withOptions(
  "softshrink",
  "softshrink",
  { lambd: 0.5 },
  (lambd) => {
    if (!(lambd >= 0)) throw rangeError`softshrink: expected lambd to be 0 or more, got ${lambd}`;
    return [lambd];
  },
  source,
);
