// Initial distributions of parameters, drawn from PyTorch's stream. Every function changes its tensor in place and gives it back.
import { checkNumber, plainError, rangeError } from "../check.ts";
import { tensor } from "../create.ts";
import { checkObject, checkTensor, numbersOf } from "../op.ts";
import { copy_, fill_ } from "../ops/inplace.ts";
import { normal_ as drawNormal, uniform_ as drawUniform } from "../ops/random.ts";
import type { Generator } from "../random.ts";
import { eye } from "../range.ts";
import { noGrad } from "../scope.ts";
import type { Tensor } from "../tensor.ts";

/** Functions whose gain is known, by PyTorch's names. */
export type Nonlinearity =
  | "linear"
  | "conv1d"
  | "conv2d"
  | "conv3d"
  | "conv_transpose1d"
  | "conv_transpose2d"
  | "conv_transpose3d"
  | "sigmoid"
  | "tanh"
  | "relu"
  | "leaky_relu"
  | "leakyRelu"
  | "selu";

/** Which side of a layer keeps the size of its signals. */
export type FanMode = "fan_in" | "fan_out" | "fanIn" | "fanOut";

/** Runs a change of `x` outside the graph. */
function change(x: Tensor, fn: () => unknown): Tensor {
  noGrad(() => {
    fn();
  });
  return x;
}

/**
 * The scale that keeps the size of signals through a function. `param`: the negative slope of leaky_relu (0.01).
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.calculate_gain
 */
export function calculateGain(nonlinearity: Nonlinearity, param?: number): number {
  if (typeof nonlinearity === "string") {
    if (/^(linear|conv(_transpose)?[123]d|sigmoid)$/.test(nonlinearity)) return 1;
    if (nonlinearity === "tanh") return 5 / 3;
    if (nonlinearity === "relu") return Math.sqrt(2);
    if (nonlinearity === "selu") return 3 / 4;
    if (nonlinearity === "leaky_relu" || nonlinearity === "leakyRelu") {
      const slope = param ?? 0.01;
      checkNumber(slope, "calculateGain", "the negative slope");
      return Math.sqrt(2 / (1 + slope ** 2));
    }
  }
  throw plainError`calculateGain: unknown nonlinearity ${nonlinearity}`;
}

/**
 * Inputs and outputs of one unit of a weight [out, in, ...kernel].
 * @throws Error for fewer than two dims.
 */
export function calculateFanInAndFanOut(x: Tensor): [fanIn: number, fanOut: number] {
  checkTensor(x, "calculateFanInAndFanOut");
  if (x.ndim < 2) throw plainError`init: expected at least 2 dims, got the shape ${x.shape}`;
  const [out, input, ...kernel] = x.shape as [number, number, ...number[]];
  const field = kernel.reduce((a, b) => a * b, 1);
  return [input * field, out * field];
}

interface Drawn {
  /** The generator to draw from; the default one unless given. */
  generator?: Generator;
}

/** x ~ U[a, b); 0 to 1 unless given. */
export function uniform_(x: Tensor, options: Drawn & { a?: number; b?: number } = {}): Tensor {
  checkTensor(x, "uniform_");
  checkObject(options, "uniform_", "a, b, generator");
  const { a = 0, b = 1, generator } = options;
  return change(x, () => drawUniform(x, { from: a, to: b, generator }));
}

/** x ~ N(mean, std^2); the standard normal unless given. */
export function normal_(x: Tensor, options: Drawn & { mean?: number; std?: number } = {}): Tensor {
  checkTensor(x, "normal_");
  return change(x, () => drawNormal(x, options));
}

/** erf(z) by its series of positive terms. */
function erf(z: number): number {
  if (Math.abs(z) > 6) return Math.sign(z);
  let sum = z;
  let term = z;
  for (let n = 1; n < 200 && Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * z * z) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-z * z) * sum;
}

/** The inverse of erf: Winitzki's estimate, then Newton's steps. */
function erfinv(y: number): number {
  if (Math.abs(y) >= 1) return y * Infinity;
  const log = Math.log1p(-y * y);
  const t = 2 / (Math.PI * 0.147) + log / 2;
  let z = Math.sign(y) * Math.sqrt(Math.sqrt(t * t - log / 0.147) - t);
  for (let i = 0; i < 3; i++) z -= ((erf(z) - y) * Math.sqrt(Math.PI) * Math.exp(z * z)) / 2;
  return z;
}

/** x ~ N(mean, std^2) cut off outside [a, b]; -2 to 2 unless given. */
export function truncNormal_(
  x: Tensor,
  options: Drawn & { mean?: number; std?: number; a?: number; b?: number } = {},
): Tensor {
  checkTensor(x, "truncNormal_");
  const standards = { mean: 0, std: 1, a: -2, b: 2 };
  const [mean, std, a, b] = numbersOf("truncNormal_", standards, options, ["generator"]) as [
    number,
    number,
    number,
    number,
  ];
  if (!(std > 0)) throw rangeError`truncNormal_: expected std > 0, got ${std}`;
  if (a > b) throw rangeError`truncNormal_: expected a <= b, got ${a} and ${b}`;
  const place = (v: number) => erf((v - mean) / std / Math.SQRT2);
  return change(x, () => {
    drawUniform(x, { from: place(a), to: place(b), generator: options.generator });
    const values = Float32Array.from(x.data, (y) => Math.min(Math.max(erfinv(y) * std * Math.SQRT2 + mean, a), b));
    copy_(x, tensor(values, { shape: x.shape }));
  });
}

/** x = value everywhere. */
export function constant_(x: Tensor, value: number): Tensor {
  checkTensor(x, "constant_");
  return change(x, () => fill_(x, value));
}

/** x = 1 everywhere. */
export function ones_(x: Tensor): Tensor {
  return constant_(x, 1);
}

/** x = 0 everywhere. */
export function zeros_(x: Tensor): Tensor {
  return constant_(x, 0);
}

/** x = the identity matrix. @throws Error unless x has two dims. */
export function eye_(x: Tensor): Tensor {
  checkTensor(x, "eye_");
  if (x.ndim !== 2) throw plainError`eye_: expected 2 dims, got the shape ${x.shape}`;
  return change(x, () => copy_(x, eye(x.shape[0] as number, x.shape[1] as number)));
}

/**
 * A convolution weight that passes its input channels on: 1 in the middle of kernel (i, i) of each group.
 * @throws Error unless x has 3 to 5 dims and its first is divisible by `groups` (1).
 */
export function dirac_(x: Tensor, options: { groups?: number } = {}): Tensor {
  checkTensor(x, "dirac_");
  checkObject(options, "dirac_", "groups");
  const { groups = 1 } = options;
  if (x.ndim < 3 || x.ndim > 5) throw plainError`dirac_: expected 3 to 5 dims, got the shape ${x.shape}`;
  const [out, input, ...kernel] = x.shape as [number, number, ...number[]];
  if (!Number.isInteger(groups) || groups < 1 || out % groups !== 0) {
    throw plainError`dirac_: the first dim of ${x.shape} must be divisible by groups ${groups}`;
  }
  const field = kernel.reduce((a, b) => a * b, 1);
  const middle = kernel.reduce((at, size) => at * size + Math.floor(size / 2), 0);
  const values = new Float32Array(x.numel);
  for (let o = 0; o < out; o++) {
    const i = o % (out / groups);
    if (i < input) values[(o * input + i) * field + middle] = 1;
  }
  return change(x, () => copy_(x, tensor(values, { shape: x.shape })));
}

/** x ~ U(-b, b), b = gain sqrt(6 / (fanIn + fanOut)). Glorot's initialisation. */
export function xavierUniform_(x: Tensor, options: Drawn & { gain?: number } = {}): Tensor {
  const [fanIn, fanOut] = calculateFanInAndFanOut(x);
  checkObject(options, "xavierUniform_", "gain, generator");
  const { gain = 1, generator } = options;
  checkNumber(gain, "xavierUniform_", "gain");
  const bound = Math.sqrt(3) * (gain * Math.sqrt(2 / (fanIn + fanOut)));
  return uniform_(x, { a: -bound, b: bound, generator });
}

/** x ~ N(0, std^2), std = gain sqrt(2 / (fanIn + fanOut)). Glorot's initialisation. */
export function xavierNormal_(x: Tensor, options: Drawn & { gain?: number } = {}): Tensor {
  const [fanIn, fanOut] = calculateFanInAndFanOut(x);
  checkObject(options, "xavierNormal_", "gain, generator");
  const { gain = 1, generator } = options;
  checkNumber(gain, "xavierNormal_", "gain");
  return normal_(x, { mean: 0, std: gain * Math.sqrt(2 / (fanIn + fanOut)), generator });
}

export interface KaimingOptions extends Drawn {
  /** Negative slope, for leaky_relu. Default 0. */
  a?: number;
  /** Default "fan_in". */
  mode?: FanMode;
  /** Default "leaky_relu". */
  nonlinearity?: Nonlinearity;
}

/** gain / sqrt(fan) */
function kaimingStd(x: Tensor, options: KaimingOptions, op: string): number {
  checkObject(options, op, "a, mode, nonlinearity, generator");
  const { a = 0, mode = "fan_in", nonlinearity = "leaky_relu" } = options;
  if (!/^fan(_in|_out|In|Out)$/.test(String(mode))) {
    throw plainError`init: expected the mode "fan_in" or "fan_out", got ${mode}`;
  }
  const [fanIn, fanOut] = calculateFanInAndFanOut(x);
  return calculateGain(nonlinearity, a) / Math.sqrt(/in$/i.test(mode) ? fanIn : fanOut);
}

/** x ~ U(-b, b), b = gain sqrt(3 / fan). He's initialisation. A tensor without elements stays as it is. */
export function kaimingUniform_(x: Tensor, options: KaimingOptions = {}): Tensor {
  checkTensor(x, "kaimingUniform_");
  if (x.numel === 0) return x;
  const bound = Math.sqrt(3) * kaimingStd(x, options, "kaimingUniform_");
  return uniform_(x, { a: -bound, b: bound, generator: options.generator });
}

/** x ~ N(0, std^2), std = gain / sqrt(fan). He's initialisation. A tensor without elements stays as it is. */
export function kaimingNormal_(x: Tensor, options: KaimingOptions = {}): Tensor {
  checkTensor(x, "kaimingNormal_");
  if (x.numel === 0) return x;
  return normal_(x, { mean: 0, std: kaimingStd(x, options, "kaimingNormal_"), generator: options.generator });
}
