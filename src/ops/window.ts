// Sizes of windows that slide over images: one number for rows and columns, or a pair.
import { rangeError, typeError } from "../check.ts";
import type { Tensor } from "../op.ts";
import { show } from "../shape.ts";

/** One size for rows and columns, or one each: [rows, columns]. */
export type Pair = number | readonly [rows: number, columns: number];

/** @throws TypeError unless `value` is an integer or two of them; an array of one counts for both. */
export function pairOf(value: unknown, op: string, name: string): [rows: number, columns: number] {
  if (Number.isInteger(value)) return [value as number, value as number];
  const list = Array.isArray(value) ? value : [value];
  if (list.length < 1 || list.length > 2 || !list.every(Number.isInteger)) {
    const got = Array.isArray(value) ? show(value) : String(value);
    throw typeError`${op}: expected ${name} to be an integer or a pair of integers, got ${got}`;
  }
  return [list[0], list[list.length - 1]];
}

/** @throws RangeError if one of the pair is below `least`. */
export function checkPair([y, x]: readonly [number, number], least: number, op: string, name: string): void {
  if (y >= least && x >= least) return;
  const rule = least === 1 ? "positive" : "non-negative";
  throw rangeError`${op}: expected ${name} to be ${rule}, got ${y === x ? y : show([y, x])}`;
}

/** An image tensor as a batch: [n, c, h, w] from that, or from [c, h, w]. @throws TypeError unless float32, RangeError for another rank. */
export function imagesOf(x: Tensor, op: string): [n: number, c: number, h: number, w: number] {
  const { shape } = x;
  if (x.dtype !== "float32") throw typeError`${op}: expected input to be float32, got ${x.dtype}`;
  if (shape.length !== 3 && shape.length !== 4) {
    throw rangeError`${op}: expected input [c, h, w] or [n, c, h, w], got the shape ${shape}`;
  }
  return (shape.length === 3 ? [1, ...shape] : [...shape]) as [number, number, number, number];
}

/** Padding as a pair or by its name. @throws RangeError for another name, or "same" with a stride. */
export function paddingOf(
  padding: unknown,
  stride: readonly number[],
  op: string,
): [number, number] | "same" | "valid" {
  if (typeof padding !== "string") return pairOf(padding, op, "padding");
  if (padding === "same" && stride.some((s) => s !== 1)) {
    throw rangeError`${op}: padding "same" wants a stride of 1, got ${stride}`;
  }
  if (padding === "same" || padding === "valid") return padding;
  throw rangeError`${op}: expected padding to be "same", "valid" or integers, got ${padding}`;
}
