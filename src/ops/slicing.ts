// Parts of a dim as views: select, narrow, slice, split, chunk, unbind, unfold.
import { checkCount, checkInteger, rangeError, typeError } from "../check.ts";
import { checkTensor, type Tensor } from "../op.ts";
import { checkDim } from "../shape.ts";
import { replaced, viewed } from "./geometry.ts";

/** The dim of a tensor that is no scalar. */
function dimOf(x: Tensor, dim: number, op: string): number {
  checkTensor(x, op);
  if (x.ndim === 0) throw rangeError`${op}: a scalar has no dim`;
  return checkDim(dim, x.ndim, op);
}

/** Every step-th index of one dim from `start` on. */
function stepped(x: Tensor, d: number, start: number, size: number, step: number): Tensor {
  return viewed(x, replaced(x.shape, d, size), (strides) => {
    const stride = strides[d] as number;
    return [replaced(strides, d, stride * step), start * stride];
  });
}

/**
 * Index `index` of a dim, without that dim. Negative ones count from the end.
 * @see https://pytorch.org/docs/stable/generated/torch.select.html
 */
export function select(x: Tensor, dim: number, index: number): Tensor {
  const d = dimOf(x, dim, "select");
  const size = x.shape[d] as number;
  checkInteger(index, "select", "index");
  if (index < -size || index >= size) {
    throw rangeError`select: index ${index} is out of range for dim ${dim} of ${x.shape}`;
  }
  const at = index < 0 ? index + size : index;
  return viewed(x, replaced(x.shape, d), (strides) => [replaced(strides, d), at * (strides[d] as number)]);
}

/**
 * `length` indices of a dim from `start` on, which counts from the end if negative.
 * @see https://pytorch.org/docs/stable/generated/torch.narrow.html
 */
export function narrow(x: Tensor, dim: number, start: number, length: number): Tensor {
  const d = dimOf(x, dim, "narrow");
  const size = x.shape[d] as number;
  checkInteger(start, "narrow", "start");
  checkInteger(length, "narrow", "length");
  const from = start < 0 ? start + size : start;
  if (from < 0 || from > size || length < 0 || from + length > size) {
    throw rangeError`narrow: start ${start} and length ${length} exceed dim ${dim} of ${x.shape}`;
  }
  return stepped(x, d, from, length, 1);
}

/** Indices start to end (exclusive) of a dim, every step-th: Python's x[start:end:step], clamped to the dim likewise. */
export function slice(
  x: Tensor,
  dim: number = 0,
  start?: number | null,
  end?: number | null,
  step: number = 1,
): Tensor {
  const d = dimOf(x, dim, "slice");
  const size = x.shape[d] as number;
  const bound = (value: number | null | undefined, otherwise: number, what: string) => {
    if (value === null || value === undefined || value === Infinity) return otherwise;
    checkInteger(value, "slice", what);
    return Math.min(Math.max(value < 0 ? value + size : value, 0), size);
  };
  const from = bound(start, 0, "start");
  const to = bound(end, size, "end");
  checkCount(step, "slice", "step", 1);
  return stepped(x, d, from, Math.max(0, Math.ceil((to - from) / step)), step);
}

/**
 * Windows of `size` along a dim, `step` apart, as a last dim more: overlapping views.
 * @see https://pytorch.org/docs/stable/generated/torch.Tensor.unfold.html
 */
export function unfold(x: Tensor, dim: number, size: number, step: number): Tensor {
  checkTensor(x, "unfold");
  const d = checkDim(dim, x.ndim, "unfold");
  const length = x.shape[d] ?? 1;
  if (!Number.isInteger(size) || size < 0 || size > length) {
    throw rangeError`unfold: expected a size from 0 to ${length}, got ${size}`;
  }
  checkCount(step, "unfold", "step", 1);
  if (x.ndim === 0) return viewed(x, [size], () => [[1], 0]);
  return viewed(x, [...replaced(x.shape, d, Math.floor((length - size) / step) + 1), size], (strides) => {
    const stride = strides[d] as number;
    return [[...replaced(strides, d, stride * step), stride], 0];
  });
}

/** Parts of a dim with these sizes, as views. */
function parts(x: Tensor, d: number, sizes: readonly number[]): Tensor[] {
  let start = 0;
  return sizes.map((size) => {
    start += size;
    return stepped(x, d, start - size, size, 1);
  });
}

/** Sizes of parts of at most `size`, the last one smaller where they do not fit. */
function evenly(length: number, size: number): number[] {
  const count = Math.max(1, Math.ceil(length / size));
  return Array.from({ length: count }, (_, i) => Math.min(size, length - i * size));
}

/**
 * Parts of `size` indices of a dim (the last may be smaller), or parts of the listed sizes. Views.
 * @see https://pytorch.org/docs/stable/generated/torch.split.html
 */
export function split(x: Tensor, sizes: number | readonly number[], dim: number = 0): Tensor[] {
  const d = dimOf(x, dim, "split");
  const length = x.shape[d] as number;
  if (typeof sizes === "number") {
    if (!Number.isInteger(sizes) || sizes < 0 || (sizes === 0 && length > 0)) {
      throw rangeError`split: expected the size to be a positive integer, got ${sizes}`;
    }
    return parts(x, d, sizes === 0 ? [0] : evenly(length, sizes));
  }
  if (!Array.isArray(sizes)) {
    throw typeError`split: expected a size or an array of sizes, got ${sizes}`;
  }
  if (sizes.some((size) => !Number.isInteger(size) || size < 0) || sizes.reduce((a, b) => a + b, 0) !== length) {
    throw rangeError`split: expected sizes that sum to ${length}, got ${sizes}`;
  }
  return parts(x, d, sizes);
}

/**
 * A dim in `chunks` parts of one size, the last smaller; fewer where the sizes do not work out. Views.
 * @see https://pytorch.org/docs/stable/generated/torch.chunk.html
 */
export function chunk(x: Tensor, chunks: number, dim: number = 0): Tensor[] {
  const d = dimOf(x, dim, "chunk");
  checkCount(chunks, "chunk", "chunks", 1);
  const length = x.shape[d] as number;
  return parts(x, d, length === 0 ? new Array<number>(chunks).fill(0) : evenly(length, Math.ceil(length / chunks)));
}

/**
 * Every index of a dim as a view without that dim.
 * @see https://pytorch.org/docs/stable/generated/torch.unbind.html
 */
export function unbind(x: Tensor, dim: number = 0): Tensor[] {
  const d = dimOf(x, dim, "unbind");
  return Array.from({ length: x.shape[d] as number }, (_, i) => select(x, d, i));
}
