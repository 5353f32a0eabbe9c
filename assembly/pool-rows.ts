// Max pooling without places, by rows: first down the columns of a window, then along what that leaves, in whole vectors and with no
// look at the edges: the rows between have -Infinity on both sides. NaN would be lost in the maxima: `suspect` finds it beforehand.

import { gather4 } from "./lanes";

const LOWEST = memory.data<f32>([-Infinity]);
/** Floats that a run may reach past its end. */
const SLACK: usize = 8;
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

/** y = the largest of a, b and c, of n floats and up to SLACK more */
function largestOf(a: usize, b: usize, c: usize, y: usize, n: usize): void {
  b -= a;
  c -= a;
  y -= a;
  for (const stop = a + (n << 2); a < stop; a += 32) {
    const v = f32x4.pmax(f32x4.pmax(v128.load(a), v128.load(a + b)), v128.load(a + c));
    const w = f32x4.pmax(f32x4.pmax(v128.load(a, 16), v128.load(a + b, 16)), v128.load(a + c, 16));
    v128.store(a + y, v);
    v128.store(a + y, w, 16);
  }
}

/** y[n] = every second float from x on */
function thin(x: usize, y: usize, n: usize): void {
  for (const stop = y + (n << 2); y < stop; y += 16, x += 32) {
    v128.store(y, v128.shuffle<f32>(v128.load(x), v128.load(x, 16), 0, 2, 4, 6));
  }
}

/** -Infinity in n floats */
export function lowest(y: usize, n: usize): void {
  for (const stop = y + (n << 2); y < stop; y += 16) v128.store(y, v128.load32_splat(LOWEST));
}

/** Floats of each half that `along` makes of a row at stride 2. */
// @ts-ignore: decorator
@inline
export function halfWidth(ow: usize, reach: usize): usize {
  return (ow + (reach >> 1) + SLACK + 3) & ~3;
}

/** row = the largest down `taps` rows of w floats, rowBytes apart; what a run writes past their end is padding again. */
// @ts-ignore: decorator
@inline
export function down(x: usize, row: usize, w: usize, taps: usize, rowBytes: usize): void {
  const end = x + (taps - 1) * rowBytes;
  let b = min(x + rowBytes, end), c = min(b + rowBytes, end);
  largestOf(x, b, c, row, w);
  for (; c < end; ) {
    b = c + rowBytes;
    c = min(b + rowBytes, end);
    largestOf(row, b, c, row, w);
  }
  const low = v128.load32_splat(LOWEST);
  v128.store(row + (w << 2), low);
  v128.store(row + (w << 2), low, 16);
}

/** y[n] = the largest of `taps` taps, `dilation` columns apart, of the row; up to SLACK more are written */
export function along(row: usize, y: usize, work: usize, n: usize, taps: usize, dilation: usize, stride: usize): void {
  const reach = (taps - 1) * dilation, step = stride << 2;
  if (stride > 2) {
    for (const stop = y + (n << 2); y < stop; y += 16, row += step << 2) {
      let v = gather4(row, step);
      for (let q = row + (dilation << 2); q <= row + (reach << 2); q += dilation << 2) v = f32x4.pmax(gather4(q, step), v);
      v128.store(y, v);
    }
    return;
  }
  // where even and odd columns lie: at stride 2 apart, so that the same tap of neighbouring windows is a run
  let odd: usize = 4, next: usize = 8;
  if (stride === 2) {
    const count = n + (reach >> 1);
    odd = halfWidth(n, reach) << 2;
    next = 4;
    thin(row, work, count);
    thin(row + 4, work + odd, count);
    row = work;
  }
  let a = row;
  for (let tap = dilation; ; tap += 2 * dilation) {
    const c = min(tap, reach), d = min(tap + dilation, reach);
    largestOf(a, row + (c & 1) * odd + (c >> 1) * next, row + (d & 1) * odd + (d >> 1) * next, y, n);
    if (d === reach) return;
    a = y;
  }
}
