// What views are made with: where their elements lie in the storage of another tensor, and the gradient back to there.
import { typeError } from "../check.ts";
import { dimsTable, kernels as k, record, settle, type Tensor, tracks, viewOf } from "../op.ts";
import { type Shape, stridesOf } from "../shape.ts";

/** Sizes or dims one by one, or in one array. */
export type Spread = number[] | [Shape];

export function integers(values: Spread, op: string, what: string): number[] {
  const list: readonly unknown[] = values.length === 1 && Array.isArray(values[0]) ? values[0] : values;
  for (const v of list) {
    if (!Number.isInteger(v)) throw typeError`${op}: expected ${what} to be integers, got ${v}`;
  }
  return [...(list as readonly number[])];
}

/** Where a view lies, given the strides of what it is taken from: its own strides and the distance to its first element. */
type Geometry = (strides: Shape) => readonly [strides: readonly number[], shift: number];

/**
 * Ends an op that reads `x` through other sizes and strides, without a copy.
 * Its gradient adds into the same places of a row-major gradient of `x`.
 */
export function viewed(x: Tensor, shape: Shape, geometry: Geometry): Tensor {
  const [strides, shift] = geometry(x.strides);
  const y = viewOf(x, shape, strides, x.offset + shift);
  if (!tracks(x)) return settle(y);
  const [gradStrides, gradShift] = x.isDense ? [strides, shift] : geometry(stridesOf(x.shape));
  return record(y, [x], [], (gy, gx) => {
    k.stridedAdd(gy, gx + gradShift * 4, dimsTable(shape, gradStrides), shape.length);
  });
}

/** The values with the one at `d` replaced by any number of others. */
export function replaced(values: Shape, d: number, ...others: readonly number[]): number[] {
  return [...values.slice(0, d), ...others, ...values.slice(d + 1)];
}

/** The same elements in the same order under another shape. */
export function reshaped(x: Tensor, shape: Shape, strides: readonly number[] | null): Tensor {
  const n = x.numel;
  const y = viewOf(x, shape, strides, x.offset);
  return tracks(x) ? record(y, [x], [], (gy, gx) => k.addInto(gy, gx, n)) : settle(y);
}

/** Strides of a view of `x` under `shape`, or null if the elements lie too scattered for one. */
export function viewStrides(x: Tensor, shape: Shape): readonly number[] | null {
  if (x.isDense || x.numel === 0) return stridesOf(shape);
  const strides = new Array<number>(shape.length);
  const old = x.strides;
  let d = shape.length - 1;
  let block = 1;
  let base = old[x.ndim - 1] as number;
  for (let i = x.ndim - 1; i >= 0; i--) {
    block *= x.shape[i] as number;
    if (i > 0 && (x.shape[i - 1] === 1 || old[i - 1] === block * base)) continue;
    let filled = 1;
    for (; d >= 0 && (filled < block || shape[d] === 1); d--) {
      strides[d] = filled * base;
      filled *= shape[d] as number;
    }
    if (filled !== block) return null;
    if (i > 0) {
      block = 1;
      base = old[i - 1] as number;
    }
  }
  return d < 0 ? strides : null;
}
