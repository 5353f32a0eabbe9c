// One tensor several times, dims reversed: repeat, tile, flip.
import { rangeError } from "../check.ts";
import { checkTensor, composite, denseAny, empty, ops, record, settle, type Tensor, tracks } from "../op.ts";
import { checkDims, numelOf } from "../shape.ts";
import { clone } from "./copy.ts";
import { integers, type Spread } from "./geometry.ts";
import { expand, reshape } from "./movement.ts";

function repeated(x: Tensor, times: readonly number[], op: string): Tensor {
  if (times.length < x.ndim) {
    throw rangeError`${op}: expected at least ${x.ndim} counts for ${x.shape}, got ${times}`;
  }
  if (times.some((n) => n < 0)) throw rangeError`${op}: expected non-negative counts, got ${times}`;
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
  ops().flip(a.ptr, y.ptr, outer, n, inner);
  return tracks(a) ? record(y, [a], [], (gy, gx) => ops().flipGrad(gy, gx, outer, n, inner)) : settle(y);
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
