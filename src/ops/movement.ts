// Views that keep every element: the same storage read under other sizes, or its dims in another order.
import { plainError, rangeError, typeError } from "../check.ts";
import { checkTensor, denseAny, type Tensor } from "../op.ts";
import { checkDim, checkDims, numelOf, type Shape } from "../shape.ts";
import { integers, replaced, reshaped, type Spread, viewed, viewStrides } from "./geometry.ts";

/** The shape with a -1 replaced by the size that makes `numel` elements. */
function completed(shape: number[], x: Tensor, op: string): number[] {
  const hole = shape.indexOf(-1);
  if (hole !== shape.lastIndexOf(-1)) throw rangeError`${op}: only one size can be -1, got ${shape}`;
  for (const size of shape) {
    if (size < -1) throw rangeError`${op}: expected sizes of at least 0, or one -1, got ${shape}`;
  }
  const known = shape.reduce((n, size) => (size === -1 ? n : n * size), 1);
  if (hole >= 0 && known === 0 && x.numel === 0) {
    throw rangeError`${op}: the -1 in ${shape} could be any size`;
  }
  if (hole < 0 ? known !== x.numel : x.numel % known !== 0) {
    throw rangeError`${op}: the shape ${shape} does not fit the ${x.numel} elements of ${x.shape}`;
  }
  return hole < 0 ? shape : shape.map((size) => (size === -1 ? x.numel / known : size));
}

/**
 * The same elements under another shape; one size may be -1. A view where the strides allow it, else a copy.
 * @see https://pytorch.org/docs/stable/generated/torch.reshape.html
 */
export function reshape(x: Tensor, ...shape: Spread): Tensor {
  checkTensor(x, "reshape");
  const sizes = completed(integers(shape, "reshape", "sizes"), x, "reshape");
  const strides = viewStrides(x, sizes);
  return strides === null ? reshaped(denseAny(x, "reshape"), sizes, null) : reshaped(x, sizes, strides);
}

/**
 * As reshape, but never a copy.
 * @throws Error where the strides do not allow a view.
 * @see https://pytorch.org/docs/stable/generated/torch.Tensor.view.html
 */
export function view(x: Tensor, ...shape: Spread): Tensor {
  checkTensor(x, "view");
  const sizes = completed(integers(shape, "view", "sizes"), x, "view");
  const strides = viewStrides(x, sizes);
  if (strides === null) {
    throw plainError`view: the shape ${sizes} is not compatible with ${x.shape} of strides ${x.strides}; use reshape()`;
  }
  return reshaped(x, sizes, strides);
}

/**
 * Dims startDim to endDim, inclusive, as one. A scalar becomes a vector of one element.
 * @see https://pytorch.org/docs/stable/generated/torch.flatten.html
 */
export function flatten(x: Tensor, startDim: number = 0, endDim: number = -1): Tensor {
  checkTensor(x, "flatten");
  const from = checkDim(startDim, x.ndim, "flatten");
  const to = checkDim(endDim, x.ndim, "flatten");
  if (from > to) throw rangeError`flatten: startDim ${startDim} comes after endDim ${endDim}`;
  if (from === to && x.ndim > 0) return x;
  return reshape(x, [...x.shape.slice(0, from), numelOf(x.shape.slice(from, to + 1)), ...x.shape.slice(to + 1)]);
}

/**
 * One dim split into several whose sizes multiply to its own; one of them may be -1.
 * @see https://pytorch.org/docs/stable/generated/torch.unflatten.html
 */
export function unflatten(x: Tensor, dim: number, sizes: Shape): Tensor {
  checkTensor(x, "unflatten");
  const d = checkDim(dim, x.ndim, "unflatten");
  if (!Array.isArray(sizes) || sizes.length === 0) {
    throw typeError`unflatten: expected sizes as a non-empty array, got ${sizes}`;
  }
  const known = sizes.reduce((n, size) => (size === -1 ? n : n * size), 1);
  const size = x.shape[d] ?? 1;
  const filled = sizes.map((s) => (s === -1 ? size / known : s));
  if (numelOf(filled) !== size || filled.some((s) => !Number.isInteger(s) || s < 0)) {
    throw rangeError`unflatten: the sizes ${sizes} do not multiply to ${size}`;
  }
  return view(x, replaced(x.shape, d, ...filled));
}

/**
 * Without the dims of size 1, or without the named ones that have size 1.
 * @see https://pytorch.org/docs/stable/generated/torch.squeeze.html
 */
export function squeeze(x: Tensor, dim?: number | readonly number[]): Tensor {
  checkTensor(x, "squeeze");
  const dims = Array.isArray(dim) && dim.length === 0 ? [] : checkDims(dim, x.ndim, "squeeze");
  const kept = x.shape.map((_, d) => d).filter((d) => x.shape[d] !== 1 || !dims.includes(d));
  const pick = (values: Shape) => kept.map((d) => values[d] as number);
  return reshaped(x, pick(x.shape), pick(x.strides));
}

/**
 * With a dim of size 1 before dim `dim` of the input.
 * @see https://pytorch.org/docs/stable/generated/torch.unsqueeze.html
 */
export function unsqueeze(x: Tensor, dim: number): Tensor {
  checkTensor(x, "unsqueeze");
  const d = checkDim(dim, x.ndim + 1, "unsqueeze");
  const strides = x.strides;
  const step = d < x.ndim ? (strides[d] as number) * (x.shape[d] as number) : 1;
  return reshaped(
    x,
    [...x.shape.slice(0, d), 1, ...x.shape.slice(d)],
    [...strides.slice(0, d), step, ...strides.slice(d)],
  );
}

function reordered(x: Tensor, order: readonly number[]): Tensor {
  const pick = (values: Shape) => order.map((d) => values[d] as number);
  return viewed(x, pick(x.shape), (strides) => [pick(strides), 0]);
}

/**
 * The dims in another order: permute(x, 2, 0, 1) or permute(x, [2, 0, 1]).
 * @see https://pytorch.org/docs/stable/generated/torch.permute.html
 */
export function permute(x: Tensor, ...dims: Spread): Tensor {
  checkTensor(x, "permute");
  const order = integers(dims, "permute", "dims");
  if (order.length !== x.ndim) {
    throw rangeError`permute: expected ${x.ndim} dims for ${x.shape}, got ${order}`;
  }
  const list = order.map((d) => checkDim(d, x.ndim, "permute"));
  if (new Set(list).size !== list.length) throw rangeError`permute: a dim appears twice in ${order}`;
  return reordered(x, list);
}

function swapped(x: Tensor, dim0: number, dim1: number, op: string): Tensor {
  checkTensor(x, op);
  const a = checkDim(dim0, x.ndim, op);
  const b = checkDim(dim1, x.ndim, op);
  return reordered(
    x,
    x.shape.map((_, d) => (d === a ? b : d === b ? a : d)),
  );
}

/**
 * Two dims exchanged.
 * @see https://pytorch.org/docs/stable/generated/torch.transpose.html
 */
export function transpose(x: Tensor, dim0: number, dim1: number): Tensor {
  return swapped(x, dim0, dim1, "transpose");
}

/**
 * Two dims exchanged; transpose under NumPy's name.
 * @see https://pytorch.org/docs/stable/generated/torch.swapaxes.html
 */
export function swapaxes(x: Tensor, dim0: number, dim1: number): Tensor {
  return swapped(x, dim0, dim1, "swapaxes");
}

/**
 * A matrix transposed; vectors and scalars as they are.
 * @see https://pytorch.org/docs/stable/generated/torch.t.html
 */
export function t(x: Tensor): Tensor {
  checkTensor(x, "t");
  if (x.ndim > 2) throw rangeError`t: expected at most 2 dims, got ${x.shape}; use transpose()`;
  return reordered(x, x.ndim === 2 ? [1, 0] : x.shape.map((_, d) => d));
}

/**
 * Dims moved to other places, the others keeping their order.
 * @see https://pytorch.org/docs/stable/generated/torch.movedim.html
 */
export function movedim(x: Tensor, from: number | readonly number[], to: number | readonly number[]): Tensor {
  checkTensor(x, "movedim");
  const list = (dims: number | readonly number[]) =>
    (Array.isArray(dims) ? dims : [dims]).map((d: number) => checkDim(d, x.ndim, "movedim"));
  const [source, target] = [list(from), list(to)];
  if (source.length !== target.length || new Set(source).size < source.length || new Set(target).size < target.length) {
    throw rangeError`movedim: expected as many distinct dims from as to, got ${source} and ${target}`;
  }
  const rest = x.shape.map((_, d) => d).filter((d) => !source.includes(d));
  return reordered(
    x,
    x.shape.map((_, d) => (target.includes(d) ? (source[target.indexOf(d)] as number) : (rest.shift() as number))),
  );
}

function expanded(x: Tensor, sizes: Shape, op: string): Tensor {
  const lead = sizes.length - x.ndim;
  if (lead < 0) {
    throw rangeError`${op}: expected at least ${x.ndim} sizes for ${x.shape}, got ${sizes}`;
  }
  const shape = sizes.map((size, d) => {
    const old = d < lead ? 1 : (x.shape[d - lead] as number);
    const wanted = size === -1 && d >= lead ? old : size;
    if (wanted < 0) throw rangeError`${op}: the size ${size} of dim ${d} in ${sizes} is not allowed there`;
    if (wanted !== old && old !== 1) {
      throw rangeError`${op}: the shape ${x.shape} does not expand to ${sizes} at dim ${d}`;
    }
    return wanted;
  });
  return viewed(x, shape, (strides) => [
    shape.map((size, d) => (d < lead || x.shape[d - lead] !== size ? 0 : (strides[d - lead] as number))),
    0,
  ]);
}

/**
 * Dims of size 1 repeated without copying, and new ones in front; -1 keeps a size.
 * @see https://pytorch.org/docs/stable/generated/torch.Tensor.expand.html
 */
export function expand(x: Tensor, ...sizes: Spread): Tensor {
  checkTensor(x, "expand");
  return expanded(x, integers(sizes, "expand", "sizes"), "expand");
}

/**
 * Expanded to the shape of `other`.
 * @see https://pytorch.org/docs/stable/generated/torch.Tensor.expand_as.html
 */
export function expandAs(x: Tensor, other: Tensor): Tensor {
  checkTensor(x, "expandAs");
  checkTensor(other, "expandAs", "other");
  return expanded(x, other.shape, "expandAs");
}
