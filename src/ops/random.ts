// Random values in place, from PyTorch's CPU stream: uniform_, normal_, bernoulli_, exponential_.
import { rangeError } from "../check.ts";
import { checkFloat, checkObject, empty, kernels as k, numbersOf, settle, type Tensor } from "../op.ts";
import { checkGenerator, checkProbability, type Generator } from "../random.ts";
import { type Address, f32 } from "../wasm/index.ts";
import { checkWritable, write } from "../write.ts";

/** Fills `x` with what `fill` writes; a strided view takes the values in row-major order. */
function fillRandom(
  x: Tensor,
  op: string,
  { generator }: Drawn,
  fill: (state: Address, y: Address, n: number) => void,
): Tensor {
  const state = checkGenerator(generator, op).address;
  const dense = x.isDense && x.dtype === "float32";
  const y = dense ? x : empty(x.shape);
  fill(state, y.ptr, y.numel);
  if (dense) x.storage.version++;
  else write(x, y, op);
  return x;
}

interface Drawn {
  generator?: Generator;
}

/** The options of an op that fills float32 tensors. */
function prepared(x: Tensor, op: string, standards: Record<string, number>, options: object): [number, number] {
  const numbers = numbersOf(op, standards, options, ["generator"]);
  checkWritable(x, op);
  checkFloat(x, op);
  return numbers as [number, number];
}

/**
 * x ~ U[from, to). Gives `x` back.
 * @throws RangeError if from > to or the range is not finite.
 * @see https://pytorch.org/docs/stable/generated/torch.Tensor.uniform_.html
 */
export function uniform_(x: Tensor, options: Drawn & { from?: number; to?: number } = {}): Tensor {
  const [from, to] = prepared(x, "uniform_", { from: 0, to: 1 }, options);
  if (from > to) throw rangeError`uniform_: expected from <= to, got from ${from} and to ${to}`;
  if (!Number.isFinite(Math.fround(to - from))) {
    throw rangeError`uniform_: the range from ${from} to ${to} does not fit float32`;
  }
  return fillRandom(x, "uniform_", options, (state, y, n) => k.uniform(state, y, n, from, to));
}

/**
 * x ~ N(mean, std^2). Gives `x` back.
 * @throws RangeError if std < 0.
 * @see https://pytorch.org/docs/stable/generated/torch.Tensor.normal_.html
 */
export function normal_(x: Tensor, options: Drawn & { mean?: number; std?: number } = {}): Tensor {
  const [mean, std] = prepared(x, "normal_", { mean: 0, std: 1 }, options);
  if (std < 0) throw rangeError`normal_: expected std >= 0, got ${std}`;
  return fillRandom(x, "normal_", options, (state, y, n) => k.normal(state, y, n, mean, std));
}

/**
 * x = 1 with probability p, else 0. Gives `x` back.
 * @throws RangeError unless 0 <= p <= 1.
 * @see https://pytorch.org/docs/stable/generated/torch.Tensor.bernoulli_.html
 */
export function bernoulli_(x: Tensor, options: Drawn & { p?: number } = {}): Tensor {
  checkObject(options, "bernoulli_", "p, generator");
  const { p = 0.5 } = options;
  checkWritable(x, "bernoulli_");
  checkProbability(p, "bernoulli_: p");
  return fillRandom(x, "bernoulli_", options, (state, y, n) => k.bernoulli(state, y, n, p, 1));
}

/**
 * x ~ lambd exp(-lambd x). Gives `x` back.
 * @throws RangeError unless lambd > 0.
 * @see https://pytorch.org/docs/stable/generated/torch.Tensor.exponential_.html
 */
export function exponential_(x: Tensor, options: Drawn & { lambd?: number } = {}): Tensor {
  const [lambd] = prepared(x, "exponential_", { lambd: 1 }, options);
  if (!(lambd > 0)) throw rangeError`exponential_: expected lambd > 0, got ${lambd}`;
  return fillRandom(x, "exponential_", options, (state, y, n) => k.exponential(state, y, n, lambd));
}

/**
 * A tensor of ones and zeros: 1 with the probability that `x` holds. Draws 24 bits an element.
 * @throws RangeError if a probability lies outside 0 to 1.
 * @see https://pytorch.org/docs/stable/generated/torch.bernoulli.html
 */
export function bernoulli(x: Tensor, options: Drawn = {}): Tensor {
  checkObject(options, "bernoulli", "generator");
  const { generator } = options;
  checkFloat(x, "bernoulli");
  const p = x.data;
  for (const v of p) checkProbability(v, "bernoulli: p");
  const state = checkGenerator(generator, "bernoulli").address;
  const y = empty(x.shape);
  k.uniform(state, y.ptr, y.numel, 0, 1);
  const from = y.ptr / 4;
  for (let i = 0; i < p.length; i++) f32[from + i] = (f32[from + i] as number) < (p[i] as number) ? 1 : 0;
  return settle(y);
}
