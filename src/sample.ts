// Making random tensors from PyTorch's CPU stream: rand, randn, randint, randperm.

import { checkCount, checkInteger, rangeError, typeError } from "./check.ts";
import { checkObject, kernels as k, settle } from "./op.ts";
import { type CreateOptions, checkLike, make, parseSizes, type Sizes } from "./options.ts";
import { checkGenerator, type Generator } from "./random.ts";
import { checkShape, type Shape } from "./shape.ts";
import type { Tensor } from "./tensor.ts";
import { f32, i32 } from "./wasm/index.ts";

export interface RandomOptions extends CreateOptions {
  /** The generator to draw from; the default one unless given. */
  generator?: Generator;
}

const NAMES = "dtype, requiresGrad, generator";

function sampled(shape: Shape, options: RandomOptions, op: string, normal: boolean): Tensor {
  checkObject(options, op, NAMES);
  const state = checkGenerator(options.generator, op).address;
  if (options.dtype === "int32") throw typeError`${op}: expected the dtype "float32", got int32`;
  const t = make(shape, options, op);
  if (normal) k.normal(state, t.ptr, t.numel, 0, 1);
  else k.uniform(state, t.ptr, t.numel, 0, 1);
  return settle(t);
}

/** Uniform random numbers in [0, 1). `rand([2, 3])` or `rand(2, 3)`. */
export function rand(...args: Sizes<RandomOptions>): Tensor {
  const [shape, options] = parseSizes<RandomOptions>(args, "rand");
  return sampled(shape, options, "rand", false);
}

/** Random numbers of the standard normal distribution. `randn([2, 3])` or `randn(2, 3)`. */
export function randn(...args: Sizes<RandomOptions>): Tensor {
  const [shape, options] = parseSizes<RandomOptions>(args, "randn");
  return sampled(shape, options, "randn", true);
}

/** Uniform random numbers in [0, 1) in the shape of `x`. */
export function randLike(x: Tensor, options: RandomOptions = {}): Tensor {
  checkLike(x, "randLike");
  return sampled(x.shape, { dtype: x.dtype, ...options }, "randLike", false);
}

/** Random numbers of the standard normal distribution in the shape of `x`. */
export function randnLike(x: Tensor, options: RandomOptions = {}): Tensor {
  checkLike(x, "randnLike");
  return sampled(x.shape, { dtype: x.dtype, ...options }, "randnLike", true);
}

function integers(low: unknown, high: unknown, shape: Shape, options: RandomOptions, op: string): Tensor {
  checkObject(options, op, NAMES);
  checkInteger(low, op, "low");
  checkInteger(high, op, "high");
  const [from, to] = [low, high];
  if (from >= to) throw rangeError`${op}: expected low < high, got low ${from} and high ${to}`;
  if (from < -2147483648 || to > 2147483648) {
    throw rangeError`${op}: expected low and high within int32, got ${from} and ${to}`;
  }
  const state = checkGenerator(options.generator, op).address;
  const t = make(shape, options, op, "int32");
  const at = t.ptr / 4;
  k.randint(state, t.ptr, t.numel, from, (to - from) % 2 ** 32);
  if (t.dtype === "float32") for (let i = at; i < at + t.numel; i++) f32[i] = i32[i] as number;
  return settle(t);
}

/**
 * Random integers from `low` (0) to before `high`, int32 unless another dtype is named: `randint(0, 10, [3])`, `randint(10, [3])`.
 * @throws RangeError unless low < high and both fit int32.
 * @see https://pytorch.org/docs/stable/generated/torch.randint.html
 */
export function randint(high: number, shape: Shape, options?: RandomOptions): Tensor;
export function randint(low: number, high: number, shape: Shape, options?: RandomOptions): Tensor;
export function randint(a: number, b: number | Shape, c?: Shape | RandomOptions, d?: RandomOptions): Tensor {
  const [low, high, shape, options] = Array.isArray(b)
    ? [0, a, b, c as RandomOptions | undefined]
    : [a, b, c as Shape, d];
  return integers(low, high, checkShape(shape, "randint"), options ?? {}, "randint");
}

/** Random integers from `low` (0) to before `high` in the shape and dtype of `x`. */
export function randintLike(x: Tensor, high: number, options?: RandomOptions): Tensor;
export function randintLike(x: Tensor, low: number, high: number, options?: RandomOptions): Tensor;
export function randintLike(x: Tensor, a: number, b?: number | RandomOptions, c?: RandomOptions): Tensor {
  checkLike(x, "randintLike");
  const [low, high, options] = typeof b === "number" ? [a, b, c] : [0, a, b];
  return integers(low, high, x.shape, { dtype: x.dtype, ...options }, "randintLike");
}

/**
 * A random permutation of 0 to n - 1, int32 unless another dtype is named.
 * @see https://pytorch.org/docs/stable/generated/torch.randperm.html
 */
export function randperm(n: number, options: RandomOptions = {}): Tensor {
  checkCount(n, "randperm", "n");
  checkObject(options, "randperm", NAMES);
  const state = checkGenerator(options.generator, "randperm").address;
  const t = make([n], options, "randperm", "int32");
  const at = t.ptr / 4;
  k.randperm(state, t.ptr, n);
  if (t.dtype === "float32") for (let i = at; i < at + n; i++) f32[i] = i32[i] as number;
  return settle(t);
}
