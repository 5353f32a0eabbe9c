// Max pooling without places, by rows: first down the columns of a window, then along what that leaves, in whole vectors and with no
// look at the edges: the rows between have -Infinity on both sides. NaN would be lost in the maxima: `suspect` finds it beforehand.

import { gather4 } from "./lanes";

const LOWEST = memory.data<f32>([-Infinity]);
/** Floats that a run may reach past its end. */
const SLACK: usize = 8;
/** Floats of rows in between that stay in L1: several, since a row just stored would be read across the seams of its stores. */
const BAND: usize = 2048;

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

/** y = the largest of a, b and c, of n floats and up to SLACK more; y may be a */
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

/** Floats of a row in between: what x and its padding fill, or what the windows read. */
// @ts-ignore: decorator
@inline
export function rowWidth(w: usize, pad: usize, ow: usize, stride: usize, reach: usize): usize {
  return (max(pad + w, ow * stride + reach) + 2 * SLACK + 3) & ~3;
}

/** Rows that are made before the first of them is read. */
// @ts-ignore: decorator
@inline
export function bandOf(width: usize): usize {
  return max<usize>(BAND / width, 1);
}

/** Floats of each half that `along` makes of a row at stride 2. */
// @ts-ignore: decorator
@inline
export function halfWidth(ow: usize, reach: usize): usize {
  return (ow + (reach >> 1) + SLACK + 3) & ~3;
}

/** row = the largest down `taps` rows of w floats, rowBytes apart, behind `pad` columns. */
export function down(x: usize, row: usize, w: usize, taps: usize, rowBytes: usize, pad: usize): void {
  // `along` may have changed the padding, and a run reaches past its end
  lowest(row, pad);
  row += pad << 2;
  let a = x, b = taps > 1 ? x + rowBytes : x, c = taps > 2 ? b + rowBytes : b;
  for (let left = <isize>taps; ; left -= 2) {
    largestOf(a, b, c, row, w);
    if (left < 4) break;
    a = row;
    b = c + rowBytes;
    c = left > 4 ? b + rowBytes : b;
  }
  lowest(row + (w << 2), SLACK);
}

/** y[n] = the largest of `taps` taps, `dilation` columns apart, of the row; more of y is written, and of the row at stride 1 */
export function along(row: usize, y: usize, work: usize, n: usize, taps: usize, dilation: usize, stride: usize): void {
  if (stride === 1) {
    const step = dilation << 2;
    // windows of three times as many taps from time to time
    let known: usize = 1;
    for (; known * 3 < taps; known *= 3) {
      const next = row + known * step;
      largestOf(row, next, next + known * step, row, n + (taps - known * 3) * dilation);
    }
    const last = row + (taps - known) * step;
    largestOf(row, min(row + known * step, last), last, y, n);
    return;
  }
  const reach = (taps - 1) * dilation, step = stride << 2;
  if (stride > 2) {
    for (const stop = y + (n << 2); y < stop; y += 16, row += step << 2) {
      let v = gather4(row, step);
      for (let q = row + (dilation << 2); q <= row + (reach << 2); q += dilation << 2) v = f32x4.pmax(v, gather4(q, step));
      v128.store(y, v);
    }
    return;
  }
  // even and odd columns apart, so that the same tap of neighbouring windows is a run
  const half = halfWidth(n, reach) << 2, count = n + (reach >> 1);
  thin(row, work, count);
  thin(row + 4, work + half, count);
  let a = work;
  for (let tap: usize = 1; ; tap += 2) {
    const c = min(tap, taps - 1) * dilation, d = min(tap + 1, taps - 1) * dilation;
    largestOf(a, work + (c & 1) * half + ((c >> 1) << 2), work + (d & 1) * half + ((d >> 1) << 2), y, n);
    if (tap + 2 >= taps) break;
    a = y;
  }
}
