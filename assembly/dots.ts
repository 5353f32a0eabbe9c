// Products whose factors both lie along k (x w^T): dot products, four columns at a time, without packing.
// Strides in bytes; reads may run up to 12 bytes past a row.
import { firstLanes, fma, storeMasked } from "./lanes";

/** Sums of the lanes of four vectors, as one vector */
// @ts-ignore: decorator
@inline
function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f64>(ab, cd, 0, 2), v128.shuffle<f64>(ab, cd, 1, 3));
}

/** y[n] = c + v, n <= 4 */
function put(y: usize, c: usize, v: v128, n: usize): void {
  if (c) v = f32x4.add(v, v128.load(c));
  if (n >= 4) v128.store(y, v);
  else storeMasked(y, v, firstLanes(n));
}

/** y[0, 0..n) = c + x w^T for one row of x and n <= 4 rows of w; two sums a column hide the latency of fma */
function one(x: usize, w: usize, wRow: usize, y: usize, c: usize, n: usize, k: usize): void {
  let w1 = n > 1 ? w + wRow : w;
  let w2 = n > 2 ? w1 + wRow : w;
  let w3 = n > 3 ? w2 + wRow : w;
  let a0 = f32x4.splat(0), a1 = f32x4.splat(0), a2 = f32x4.splat(0), a3 = f32x4.splat(0);
  let b0 = f32x4.splat(0), b1 = f32x4.splat(0), b2 = f32x4.splat(0), b3 = f32x4.splat(0);
  const end = x + ((k & ~7) << 2);
  while (x < end) {
    const left = v128.load(x), right = v128.load(x, 16);
    a0 = fma(left, v128.load(w), a0);
    b0 = fma(right, v128.load(w, 16), b0);
    a1 = fma(left, v128.load(w1), a1);
    b1 = fma(right, v128.load(w1, 16), b1);
    a2 = fma(left, v128.load(w2), a2);
    b2 = fma(right, v128.load(w2, 16), b2);
    a3 = fma(left, v128.load(w3), a3);
    b3 = fma(right, v128.load(w3, 16), b3);
    x += 32;
    w += 32;
    w1 += 32;
    w2 += 32;
    w3 += 32;
  }
  // the last 1 to 7: a whole vector under the full mask, then the rest
  for (k &= 7; k > 0; k = k > 4 ? k - 4 : 0) {
    const mask = firstLanes(min<usize>(k, 4)), left = v128.and(v128.load(x), mask);
    a0 = fma(left, v128.and(v128.load(w), mask), a0);
    a1 = fma(left, v128.and(v128.load(w1), mask), a1);
    a2 = fma(left, v128.and(v128.load(w2), mask), a2);
    a3 = fma(left, v128.and(v128.load(w3), mask), a3);
    x += 16;
    w += 16;
    w1 += 16;
    w2 += 16;
    w3 += 16;
  }
  put(y, c, sums(f32x4.add(a0, b0), f32x4.add(a1, b1), f32x4.add(a2, b2), f32x4.add(a3, b3)), n);
}

/** y[0..2, 0..n) = c + x w^T for two rows of x and n <= 4 rows of w */
function two(
  x: usize, xRow: usize, w: usize, wRow: usize, y: usize, yRow: usize, c: usize, cRow: usize, n: usize, k: usize,
): void {
  let z = x + xRow;
  let w1 = n > 1 ? w + wRow : w;
  let w2 = n > 2 ? w1 + wRow : w;
  let w3 = n > 3 ? w2 + wRow : w;
  let a0 = f32x4.splat(0), a1 = f32x4.splat(0), a2 = f32x4.splat(0), a3 = f32x4.splat(0);
  let b0 = f32x4.splat(0), b1 = f32x4.splat(0), b2 = f32x4.splat(0), b3 = f32x4.splat(0);
  const end = x + ((k & ~7) << 2);
  while (x < end) {
    let left = v128.load(x), right = v128.load(z);
    let s = v128.load(w);
    a0 = fma(left, s, a0);
    b0 = fma(right, s, b0);
    s = v128.load(w1);
    a1 = fma(left, s, a1);
    b1 = fma(right, s, b1);
    s = v128.load(w2);
    a2 = fma(left, s, a2);
    b2 = fma(right, s, b2);
    s = v128.load(w3);
    a3 = fma(left, s, a3);
    b3 = fma(right, s, b3);
    left = v128.load(x, 16);
    right = v128.load(z, 16);
    s = v128.load(w, 16);
    a0 = fma(left, s, a0);
    b0 = fma(right, s, b0);
    s = v128.load(w1, 16);
    a1 = fma(left, s, a1);
    b1 = fma(right, s, b1);
    s = v128.load(w2, 16);
    a2 = fma(left, s, a2);
    b2 = fma(right, s, b2);
    s = v128.load(w3, 16);
    a3 = fma(left, s, a3);
    b3 = fma(right, s, b3);
    x += 32;
    z += 32;
    w += 32;
    w1 += 32;
    w2 += 32;
    w3 += 32;
  }
  // the last 1 to 7: a whole vector under the full mask, then the rest
  for (k &= 7; k > 0; k = k > 4 ? k - 4 : 0) {
    const mask = firstLanes(min<usize>(k, 4));
    const left = v128.and(v128.load(x), mask), right = v128.and(v128.load(z), mask);
    let s = v128.and(v128.load(w), mask);
    a0 = fma(left, s, a0);
    b0 = fma(right, s, b0);
    s = v128.and(v128.load(w1), mask);
    a1 = fma(left, s, a1);
    b1 = fma(right, s, b1);
    s = v128.and(v128.load(w2), mask);
    a2 = fma(left, s, a2);
    b2 = fma(right, s, b2);
    s = v128.and(v128.load(w3), mask);
    a3 = fma(left, s, a3);
    b3 = fma(right, s, b3);
    x += 16;
    z += 16;
    w += 16;
    w1 += 16;
    w2 += 16;
    w3 += 16;
  }
  put(y, c, sums(a0, a1, a2, a3), n);
  put(y + yRow, c ? c + cRow : 0, sums(b0, b1, b2, b3), n);
}

// Depth of a pass: no float sums up more than an eighth of it in a row.
const DEPTH: usize = 4096;

/** y[m, n] = c + x[m, k] w[n, k]^T, both contiguous along k; the smaller factor is walked in the inner loop */
export function dots(
  x: usize, w: usize, y: usize, c: usize, m: usize, n: usize, k: usize,
  xRow: usize, wRow: usize, yRow: usize, cRow: usize,
): void {
  const tall = m > n;
  const outer = tall ? m : n, outerStep: usize = tall ? 2 : 4;
  const inner = tall ? n : m, innerStep: usize = tall ? 4 : 2;
  while (true) {
    const depth = min(k, DEPTH);
    for (let o: usize = 0; o < outer; o += outerStep) {
      for (let q: usize = 0; q < inner; q += innerStep) {
        const i = tall ? o : q, j = tall ? q : o;
        const from = x + i * xRow, by = w + j * wRow, to = y + i * yRow + (j << 2);
        const add = c ? c + i * cRow + (j << 2) : 0;
        if (m - i > 1) two(from, xRow, by, wRow, to, yRow, add, cRow, n - j, depth);
        else one(from, by, wRow, to, add, n - j, depth);
      }
    }
    k -= depth;
    if (!k) return;
    x += depth << 2;
    w += depth << 2;
    c = y;
    cRow = yRow;
  }
}
