// Maxima and minima: of everything, along a dim with their positions, or of two tensors; any and all.
import { rangeError } from "../check.ts";
import { checkTensor, denseAny, empty, ops, record, settle, Tensor, tracks } from "../op.ts";
import { checkDim, checkDims } from "../shape.ts";
import { maximum, minimum } from "./binary.ts";
import { type Dims, grouped, rows } from "./grouping.ts";

/** Largest or smallest values along a dim and the first position of each (int32). Destructures as [values, indices] too. */
export interface Extremum extends Iterable<Tensor> {
  values: Tensor;
  indices: Tensor;
}

/** Bits that reverse the order of numbers, which turns a maximum into a minimum. */
function reversing(x: Tensor, largest: boolean): number {
  return largest ? 0 : x.dtype === "int32" ? -1 : 0x80000000;
}

/** @throws RangeError where a maximum of nothing is asked for. */
function checkSome(x: Tensor, dim: Dims | undefined, op: string): void {
  checkTensor(x, op);
  if (x.numel > 0) return;
  if (dim === null || dim === undefined || (Array.isArray(dim) && dim.length === 0)) {
    throw rangeError`${op}: Expected reduction dim to be specified for an empty input ${x.shape}`;
  }
  for (const d of checkDims(dim, x.ndim, op)) {
    if (x.shape[d] === 0) throw rangeError`${op}: Expected reduction dim ${d} of ${x.shape} to have non-zero size`;
  }
}

/** The kernel on any layout; addresses of absent outputs are 0. */
function search(
  x: Tensor,
  outer: number,
  n: number,
  inner: number,
  values: Tensor | null,
  indices: Tensor | null,
  largest: boolean,
): void {
  if (x.numel === 0) return;
  const [px, groups, columns] = rows(x, outer, n, inner, 4);
  const kernel = x.dtype === "int32" ? ops().maxDimInt : ops().maxDim;
  kernel(px, values?.ptr ?? 0, indices?.ptr ?? 0, groups, n, columns, reversing(x, largest));
}

/** Values alone; their gradient is shared evenly by equal inputs. */
function extreme(x: Tensor, dim: Dims | undefined, keepdim: boolean, largest: boolean, op: string): Tensor {
  checkSome(x, dim, op);
  const kind = op === "amax" || op === "amin" ? 2 : 0;
  return grouped(x, op, dim, keepdim, denseAny, (a, outer, n, inner, shape) => {
    const y = empty(shape, a.dtype);
    search(a, outer, n, inner, y, null, largest);
    if (!tracks(a)) return settle(y);
    const [pa, py] = [a.ptr, y.ptr];
    return record(y, [a], [a, y], (gy, gx) => ops().evenGrad(pa, py, gy, gx, outer, n, inner, kind));
  });
}

/** Values and positions along one dim; the gradient goes to the position found. */
function located(x: Tensor, dim: number, keepdim: boolean, largest: boolean, op: string): Extremum {
  checkDim(dim, x.ndim, op);
  checkSome(x, dim, op);
  let indices: Tensor | null = null;
  const values = grouped(x, op, dim, keepdim, denseAny, (a, outer, n, inner, shape) => {
    const y = empty(shape, a.dtype);
    const at = empty(shape, "int32");
    indices = at;
    search(a, outer, n, inner, y, at, largest);
    if (!tracks(a)) return settle(y, at);
    const pi = at.ptr;
    return record(y, [a], [at], (gy, gx) => ops().gatherGrad(pi, gy, gx, outer, n, 1, inner), at);
  });
  return pair(values, indices as unknown as Tensor);
}

function pair(values: Tensor, indices: Tensor): Extremum {
  return {
    values,
    indices,
    *[Symbol.iterator]() {
      yield values;
      yield indices;
    },
  };
}

function position(x: Tensor, dim: number | null | undefined, keepdim: boolean, largest: boolean, op: string): Tensor {
  checkSome(x, dim, op);
  if (dim !== null && dim !== undefined) checkDim(dim, x.ndim, op);
  return grouped(x, op, dim, keepdim, denseAny, (a, outer, n, inner, shape) => {
    const y = empty(shape, "int32");
    search(a, outer, n, inner, null, y, largest);
    return settle(y);
  });
}

/**
 * The largest element, whose gradient equal elements share.
 * @see https://pytorch.org/docs/stable/generated/torch.max.html
 */
export function max(x: Tensor): Tensor;
/**
 * The larger of each pair of elements, as maximum().
 * @see https://pytorch.org/docs/stable/generated/torch.max.html
 */
export function max(x: Tensor, other: Tensor): Tensor;
/**
 * The largest along a dim, NaN above all, and its first position.
 * @see https://pytorch.org/docs/stable/generated/torch.max.html
 */
export function max(x: Tensor, dim: number, keepdim?: boolean): Extremum;
export function max(x: Tensor, dim?: Tensor | number | null, keepdim: boolean = false): Tensor | Extremum {
  if (dim instanceof Tensor) return maximum(x, dim);
  checkTensor(x, "max");
  return dim === undefined || dim === null
    ? extreme(x, null, keepdim, true, "max")
    : located(x, dim, keepdim, true, "max");
}

/**
 * The smallest element, whose gradient equal elements share.
 * @see https://pytorch.org/docs/stable/generated/torch.min.html
 */
export function min(x: Tensor): Tensor;
/**
 * The smaller of each pair of elements, as minimum().
 * @see https://pytorch.org/docs/stable/generated/torch.min.html
 */
export function min(x: Tensor, other: Tensor): Tensor;
/**
 * The smallest along a dim, NaN below all, and its first position.
 * @see https://pytorch.org/docs/stable/generated/torch.min.html
 */
export function min(x: Tensor, dim: number, keepdim?: boolean): Extremum;
export function min(x: Tensor, dim?: Tensor | number | null, keepdim: boolean = false): Tensor | Extremum {
  if (dim instanceof Tensor) return minimum(x, dim);
  checkTensor(x, "min");
  return dim === undefined || dim === null
    ? extreme(x, null, keepdim, false, "min")
    : located(x, dim, keepdim, false, "min");
}

/**
 * The largest over all elements, a dim, or several; equal elements share the gradient.
 * @see https://pytorch.org/docs/stable/generated/torch.amax.html
 */
export function amax(x: Tensor, dim?: Dims, keepdim: boolean = false): Tensor {
  return extreme(x, dim, keepdim, true, "amax");
}

/**
 * The smallest over all elements, a dim, or several; equal elements share the gradient.
 * @see https://pytorch.org/docs/stable/generated/torch.amin.html
 */
export function amin(x: Tensor, dim?: Dims, keepdim: boolean = false): Tensor {
  return extreme(x, dim, keepdim, false, "amin");
}

/**
 * First position of the largest element, in the flattened tensor or along a dim; int32.
 * @see https://pytorch.org/docs/stable/generated/torch.argmax.html
 */
export function argmax(x: Tensor, dim?: number | null, keepdim: boolean = false): Tensor {
  return position(x, dim, keepdim, true, "argmax");
}

/**
 * First position of the smallest element, in the flattened tensor or along a dim; int32.
 * @see https://pytorch.org/docs/stable/generated/torch.argmin.html
 */
export function argmin(x: Tensor, dim?: number | null, keepdim: boolean = false): Tensor {
  return position(x, dim, keepdim, false, "argmin");
}

function some(x: Tensor, dim: Dims | undefined, keepdim: boolean, every: 0 | 1, op: string): Tensor {
  return grouped(x, op, dim, keepdim, denseAny, (a, outer, n, inner, shape) => {
    const y = empty(shape, "int32");
    const [px, groups, columns] = rows(a, outer, n, inner, 4);
    ops().some(px, y.ptr, groups, n, columns, a.dtype === "int32" ? -1 : 0x7fffffff, every);
    return settle(y);
  });
}

/**
 * Whether any element, of all or along a dim, is not 0 (NaN is not 0): int32 0 or 1.
 * @see https://pytorch.org/docs/stable/generated/torch.any.html
 */
export function any(x: Tensor, dim?: Dims, keepdim: boolean = false): Tensor {
  return some(x, dim, keepdim, 0, "any");
}

/**
 * Whether all elements, of all or along a dim, differ from 0: int32 0 or 1. Of nothing: 1.
 * @see https://pytorch.org/docs/stable/generated/torch.all.html
 */
export function all(x: Tensor, dim?: Dims, keepdim: boolean = false): Tensor {
  return some(x, dim, keepdim, 1, "all");
}
