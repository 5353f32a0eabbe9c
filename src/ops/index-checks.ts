// What ops that read at given places demand of those.
import { rangeError } from "../check.ts";
import { kernels as k, type Tensor } from "../op.ts";
import { i32 } from "../wasm/index.ts";

/** @throws RangeError unless every index is in [0, n). */
export function checkRange(index: Tensor, n: number, op: string, what: string): void {
  const bad = k.badIndex(index.ptr, index.numel, n);
  if (bad < index.numel) {
    const value = i32[index.ptr / 4 + bad];
    throw rangeError`${op}: index ${value} is out of range for ${what} of size ${n}: expected 0 to ${n - 1}`;
  }
}
