// Plain numbers out of a tensor's memory: strided reading, nested arrays.
import { numelOf, type Shape } from "./shape.ts";

/** Nested arrays of numbers, a number for a scalar. */
export type NestedArray = number | NestedArray[];

/** The strided elements from index `from` of `view` on, in row-major order, in `out`. */
export function gathered<T extends Float32Array | Int32Array>(
  view: ArrayLike<number>,
  from: number,
  shape: Shape,
  strides: Shape,
  out: T,
): T {
  const index = new Array<number>(shape.length).fill(0);
  let at = from;
  for (let i = 0; i < out.length; i++) {
    out[i] = view[at] as number;
    for (let d = shape.length - 1; d >= 0; d--) {
      at += strides[d] as number;
      if (++(index[d] as number) < (shape[d] as number)) break;
      at -= (strides[d] as number) * (shape[d] as number);
      index[d] = 0;
    }
  }
  return out;
}

/** Row-major elements as nested arrays of that shape; a number for a scalar. */
export function nested(values: ArrayLike<number>, shape: Shape): NestedArray {
  let level: NestedArray[] = Array.from(values);
  for (let d = shape.length - 1; d > 0; d--) {
    const size = shape[d] as number;
    const rows = numelOf(shape.slice(0, d));
    level = Array.from({ length: rows }, (_, i) => level.slice(i * size, (i + 1) * size));
  }
  return shape.length === 0 ? (level[0] as number) : level;
}
