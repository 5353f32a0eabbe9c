// Max pooling without places, by rows: first down the columns of a window, then along what that leaves, in whole vectors and with no
// look at the edges: the rows between have -Infinity around them. A call does many rows of many planes, since a row may be short.
// NaN would be lost in the maxima: `suspect` finds it beforehand.

import { gather4 } from "./lanes";

const LOWEST = memory.data<f32>([-Infinity]);
/** Floats of rows in between that stay in L1: several, since a row just stored would be read across the seams of its stores. */
export const BAND: usize = 2048;

/** Whether n floats hold a NaN, or infinities of both signs. */
export function suspect(x: usize, n: usize): bool {
  let a = f32x4.splat(0), b = a, c = a, d = a;
  for (const stop = x + ((n & ~15) << 2); x < stop; x += 64) {
    a = f32x4.add(a, v128.load(x));
    b = f32x4.add(b, v128.load(x, 16));
    c = f32x4.add(c, v128.load(x, 32));
    d = f32x4.add(d, v128.load(x, 48));
  }
  for (const stop = x + ((n & 15) << 2); x < stop; x += 16) b = f32x4.add(b, v128.load(x));
  a = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
  return v128.any_true(f32x4.ne(a, a));
}

/** -Infinity in n floats */
export function lowest(y: usize, n: usize): void {
  for (const stop = y + (n << 2); y < stop; y += 16) v128.store(y, v128.load32_splat(LOWEST));
}

/** Four floats, S apart; `step` bytes where S is 0. */
// @ts-ignore: decorator
@inline
function pick(S: usize, x: usize, step: usize): v128 {
  if (S == 1) return v128.load(x);
  if (S == 2) return v128.shuffle<f32>(v128.load(x), v128.load(x, 16), 0, 2, 4, 6);
  if (S == 3) return v128.shuffle<f32>(v128.load(x), v128.load(x, 24), 0, 3, 4, 7);
  return gather4(x, step);
}

// @ts-ignore: decorator
@inline
function rows(S: usize, x: usize, y: usize, count: usize, xRow: usize, yRow: usize, n: usize, taps: usize, tap: usize, step: usize): void {
  const last: usize = (taps - 1) * tap, b = min<usize>(tap, last), c = min<usize>(2 * tap, last), next: usize = S ? S << 4 : step << 2;
  for (n <<= 2; count; count--) {
    let q = x, z = y;
    const stop = y + n;
    if (S == 1) {
      for (; z + 16 < stop; z += 32) {
        // the first three taps at once, or one of them again
        let v = f32x4.pmax(f32x4.pmax(v128.load(q), v128.load(q + b)), v128.load(q + c)), t = q + c;
        let u = f32x4.pmax(f32x4.pmax(v128.load(q, 16), v128.load(q + b, 16)), v128.load(q + c, 16));
        for (const end = q + last; t < end; ) {
          t += tap;
          v = f32x4.pmax(v, v128.load(t));
          u = f32x4.pmax(u, v128.load(t, 16));
        }
        v128.store(z, v);
        v128.store(z, u, 16);
        q += 32;
      }
    }
    for (; z < stop; z += 16) {
      let v = pick(S, q, step), t = q;
      for (const end = q + last; t < end; ) {
        t += tap;
        v = f32x4.pmax(v, pick(S, t, step));
      }
      v128.store(z, v);
      q += next;
    }
    if (S == 1) v128.store(stop, v128.load32_splat(LOWEST));
    x += xRow;
    y += yRow;
  }
}

/**
 * count rows of y, n floats each: the largest of `taps` taps, `tap` bytes apart, of what begins `stride` floats apart in x. A row ends
 * with up to 3 floats of anything, then 4 of -Infinity where stride is 1.
 */
export function largest(
  x: usize, y: usize, count: usize, xRow: usize, yRow: usize, n: usize, taps: usize, tap: usize, stride: usize,
): void {
  if (stride === 1) rows(1, x, y, count, xRow, yRow, n, taps, tap, 4);
  else if (stride === 2) rows(2, x, y, count, xRow, yRow, n, taps, tap, 8);
  else if (stride === 3) rows(3, x, y, count, xRow, yRow, n, taps, tap, 12);
  else rows(0, x, y, count, xRow, yRow, n, taps, tap, stride << 2);
}
