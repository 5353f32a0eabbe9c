// Several tensors in one, one tensor several times, dims reversed: cat, stack, repeat, tile, flip.
import {
  checkTensor,
  composite,
  dense,
  denseAny,
  empty,
  kernels as k,
  record,
  settle,
  type Tensor,
  tracks,
} from "../op.ts";
import { checkDim, checkDims, numelOf, type Shape, sameShape, show } from "../shape.ts";
import { clone } from "./copy.ts";
import { integers, replaced, type Spread } from "./geometry.ts";
import { expand, reshape } from "./movement.ts";

function checkList(tensors: readonly Tensor[], op: string): void {
  if (!Array.isArray(tensors)) throw new TypeError(`${op}: expected an array of tensors, got ${String(tensors)}`);
  if (tensors.length === 0) throw new RangeError(`${op}: expected at least one tensor, got an empty array`);
  for (const [i, x] of tensors.entries()) checkTensor(x, op, `tensors[${i}]`);
}

/** Rows of pieces side by side; `widths` are the words a row of each piece has. */
function joined(
  tensors: readonly Tensor[],
  shape: Shape,
  outer: number,
  widths: readonly number[],
  op: string,
): Tensor {
  const ints = tensors.every((x) => x.dtype === "int32");
  const pieces = tensors.map((x) => (ints ? denseAny(x, op) : dense(x, op)));
  const y = empty(shape, ints ? "int32" : "float32");
  const total = widths.reduce((a, b) => a + b, 0);
  let at = y.ptr;
  for (const [i, piece] of pieces.entries()) {
    const width = widths[i] as number;
    k.copyRows(piece.ptr, at, outer, width, width, total);
    at += width * 4;
  }
  if (!pieces.some((piece) => tracks(piece))) return settle(y);
  return record(y, pieces, [], (gy, _0, _1, _2, all) => {
    let from = gy;
    for (let i = 0; i < widths.length; i++) {
      const width = widths[i] as number;
      if (all[i] !== 0) k.addRows(from, all[i] as number, outer, width, total, width);
      from += width * 4;
    }
  });
}

/**
 * Tensors one after the other along a dim; they agree in all other dims. Empty vectors are passed over, as in PyTorch.
 * @see https://pytorch.org/docs/stable/generated/torch.cat.html
 */
export function cat(tensors: readonly Tensor[], dim: number = 0): Tensor {
  checkList(tensors, "cat");
  const list = tensors.filter((x) => x.ndim !== 1 || x.numel !== 0);
  const first = list[0] ?? (tensors[0] as Tensor);
  if (first.ndim === 0) throw new RangeError("cat: scalars cannot be joined; use stack()");
  const d = checkDim(dim, first.ndim, "cat");
  for (const x of list) {
    if (x.ndim !== first.ndim || !sameShape(replaced(x.shape, d), replaced(first.shape, d))) {
      throw new RangeError(`cat: the shapes ${show(first.shape)} and ${show(x.shape)} differ outside dim ${dim}`);
    }
  }
  const inner = numelOf(first.shape.slice(d + 1));
  const widths = tensors.map((x) => (x.numel === 0 ? 0 : (x.shape[d] as number) * inner));
  const size = list.reduce((n, x) => n + (x.shape[d] as number), 0);
  return joined(tensors, replaced(first.shape, d, size), numelOf(first.shape.slice(0, d)), widths, "cat");
}

/**
 * Tensors of one shape side by side along a new dim.
 * @see https://pytorch.org/docs/stable/generated/torch.stack.html
 */
export function stack(tensors: readonly Tensor[], dim: number = 0): Tensor {
  checkList(tensors, "stack");
  const shape = (tensors[0] as Tensor).shape;
  const d = checkDim(dim, shape.length + 1, "stack");
  for (const x of tensors) {
    if (!sameShape(x.shape, shape)) {
      throw new RangeError(`stack: expected tensors of one shape, got ${show(shape)} and ${show(x.shape)}`);
    }
  }
  const inner = numelOf(shape.slice(d));
  const widths = new Array<number>(tensors.length).fill(inner);
  const stacked = [...shape.slice(0, d), tensors.length, ...shape.slice(d)];
  return joined(tensors, stacked, numelOf(shape.slice(0, d)), widths, "stack");
}

function repeated(x: Tensor, times: readonly number[], op: string): Tensor {
  if (times.length < x.ndim) {
    throw new RangeError(
      `${op}: expected a count for each of the ${x.ndim} dims of ${show(x.shape)}, got ${show(times)}`,
    );
  }
  if (times.some((n) => n < 0)) throw new RangeError(`${op}: expected non-negative counts, got ${show(times)}`);
  const shape = [...new Array<number>(times.length - x.ndim).fill(1), ...x.shape];
  return composite(() => {
    const apart = reshape(
      x,
      shape.flatMap((size) => [1, size]),
    );
    const wide = expand(
      apart,
      shape.flatMap((size, d) => [times[d] as number, size]),
    );
    const y = reshape(
      wide,
      shape.map((size, d) => size * (times[d] as number)),
    );
    return y.storage === x.storage ? clone(y) : y;
  });
}

/**
 * The tensor repeated along each dim, counts from the last dim on; more counts than dims add dims in front. Always a copy.
 * @see https://pytorch.org/docs/stable/generated/torch.Tensor.repeat.html
 */
export function repeat(x: Tensor, ...times: Spread): Tensor {
  checkTensor(x, "repeat");
  const counts = integers(times, "repeat", "counts");
  return repeated(x, counts, "repeat");
}

/**
 * As repeat, with missing counts in front taken as 1. Always a copy.
 * @see https://pytorch.org/docs/stable/generated/torch.tile.html
 */
export function tile(x: Tensor, ...times: Spread): Tensor {
  checkTensor(x, "tile");
  const counts = integers(times, "tile", "counts");
  return repeated(x, [...new Array<number>(Math.max(0, x.ndim - counts.length)).fill(1), ...counts], "tile");
}

/** y[.., j, ..] = x[.., n - 1 - j, ..] in one dim */
function flipDim(x: Tensor, d: number): Tensor {
  const a = denseAny(x, "flip");
  const y = empty(a.shape, a.dtype);
  const outer = numelOf(a.shape.slice(0, d));
  const n = a.shape[d] as number;
  const inner = numelOf(a.shape.slice(d + 1));
  k.flip(a.ptr, y.ptr, outer, n, inner);
  return tracks(a) ? record(y, [a], [], (gy, gx) => k.flipGrad(gy, gx, outer, n, inner)) : settle(y);
}

/**
 * The named dims in reverse order: flip(x, 0, 1) or flip(x, [0, 1]). A copy.
 * @see https://pytorch.org/docs/stable/generated/torch.flip.html
 */
export function flip(x: Tensor, ...dims: Spread): Tensor {
  checkTensor(x, "flip");
  const given = integers(dims, "flip", "dims");
  const list = given.length === 0 ? [] : checkDims(given, x.ndim, "flip");
  const [first, ...rest] = list;
  if (first === undefined) return clone(x);
  return rest.length === 0 ? flipDim(x, first) : composite(() => rest.reduce(flipDim, flipDim(x, first)));
}
