// exp(x - max) and its sum along rows and down columns: what softmax and cross entropy begin with.
// Rows (inner 1) run two vectors at a time; columns in panels of PANEL, swept row by row: memory is read in order.
// A NaN is skipped by the maximum and comes back through the exponential; so does a row of -Inf only.
import { firstLanes, fma, fnma, storeMasked, splatAt, sumLanes } from "./lanes";
import { log4 } from "./math";

export const PANEL: usize = 64; // columns
/** Of each column of the panel: largest value, and sum of the exponentials. */
export const MAX = memory.data(256, 16);
export const SUM = memory.data(256, 16);

// exp of what is never positive: 2^n (1 + r P(r)), 1.5 ulp; below -87.7 the scale 2^n becomes 0 by itself.
const FALL = memory.data<f32>([
  -88, // 0: below, n would leave the exponent
  1.44269504, // 1: 1 / ln2
  12583039, // 2: shifter 1.5 * 2^23 + 127
  0.693359375, // 3: ln2, the few high bits that make n * ln2 exact
  -0.000212194440, // 4: ln2, the rest
  0.00829027, 0.04189816, 0.16667638, 0.49999148, 0.99999971, // 5..9: P(r)
  -Infinity, // 10
]);

/** e^x for x <= 0, NaN for NaN; subnormal results are 0. Half the time of exp4, which has to look at both ends. */
// @ts-ignore: decorator
@inline
export function fall4(x: v128): v128 {
  const v = f32x4.pmax(x, splatAt(FALL, 0)), shifter = splatAt(FALL, 2);
  const t = fma(v, splatAt(FALL, 1), shifter), n = f32x4.sub(t, shifter);
  const r = fnma(n, splatAt(FALL, 4), fnma(n, splatAt(FALL, 3), v));
  let p = fma(r, splatAt(FALL, 5), splatAt(FALL, 6));
  p = fma(p, r, splatAt(FALL, 7));
  p = fma(p, r, splatAt(FALL, 8));
  p = fma(p, r, splatAt(FALL, 9));
  const s = i32x4.shl(t, 23);
  return fma(p, f32x4.mul(r, s), s);
}

/** e = exp(x - m) of a last vector; gives it with 0 in the lanes behind the end. */
// @ts-ignore: decorator
@inline
function expPart(x: usize, e: usize, m: v128, mask: v128): v128 {
  const u = v128.and(fall4(f32x4.sub(v128.load(x), m)), mask);
  storeMasked(e, u, mask);
  return u;
}

/** Largest of n adjacent floats. */
export function maxRow(x: usize, n: usize): f32 {
  const stop = x + (n & ~7) * 4, end = x + n * 4;
  let a = f32x4.splat(-Infinity), b = a;
  while (x < stop) {
    a = f32x4.pmax(v128.load(x), a);
    b = f32x4.pmax(v128.load(x, 16), b);
    x += 32;
  }
  while (x < end) {
    const v = v128.bitselect(v128.load(x), f32x4.splat(-Infinity), firstLanes(min<usize>((end - x) >> 2, 4)));
    a = f32x4.pmax(v, a);
    x += 16;
  }
  a = f32x4.pmax(a, b);
  a = f32x4.pmax(v128.shuffle<f32>(a, a, 2, 3, 0, 1), a);
  return f32x4.extract_lane(f32x4.pmax(v128.shuffle<f32>(a, a, 1, 0, 3, 2), a), 0);
}

/** e = exp(x - m) over n adjacent floats; gives their sum. Three vectors share each load of a constant. */
export function expRow(x: usize, e: usize, n: usize, m: f32): f32 {
  const stop = x + (n / 12) * 48, end = x + n * 4, shift = f32x4.splat(m);
  let a = f32x4.splat(0), b = a;
  while (x < stop) {
    // fall4, line by line
    let k = splatAt(FALL, 0);
    const u0 = f32x4.pmax(f32x4.sub(v128.load(x), shift), k);
    const u1 = f32x4.pmax(f32x4.sub(v128.load(x, 16), shift), k);
    const u2 = f32x4.pmax(f32x4.sub(v128.load(x, 32), shift), k);
    const shifter = splatAt(FALL, 2);
    k = splatAt(FALL, 1);
    const t0 = fma(u0, k, shifter), t1 = fma(u1, k, shifter), t2 = fma(u2, k, shifter);
    const n0 = f32x4.sub(t0, shifter), n1 = f32x4.sub(t1, shifter), n2 = f32x4.sub(t2, shifter);
    k = splatAt(FALL, 3);
    let r0 = fnma(n0, k, u0), r1 = fnma(n1, k, u1), r2 = fnma(n2, k, u2);
    k = splatAt(FALL, 4);
    r0 = fnma(n0, k, r0);
    r1 = fnma(n1, k, r1);
    r2 = fnma(n2, k, r2);
    k = splatAt(FALL, 6);
    const c = splatAt(FALL, 5);
    let p0 = fma(r0, c, k), p1 = fma(r1, c, k), p2 = fma(r2, c, k);
    k = splatAt(FALL, 7);
    p0 = fma(p0, r0, k);
    p1 = fma(p1, r1, k);
    p2 = fma(p2, r2, k);
    k = splatAt(FALL, 8);
    p0 = fma(p0, r0, k);
    p1 = fma(p1, r1, k);
    p2 = fma(p2, r2, k);
    k = splatAt(FALL, 9);
    p0 = fma(p0, r0, k);
    p1 = fma(p1, r1, k);
    p2 = fma(p2, r2, k);
    const s0 = i32x4.shl(t0, 23), s1 = i32x4.shl(t1, 23), s2 = i32x4.shl(t2, 23);
    p0 = fma(p0, f32x4.mul(r0, s0), s0);
    p1 = fma(p1, f32x4.mul(r1, s1), s1);
    p2 = fma(p2, f32x4.mul(r2, s2), s2);
    v128.store(e, p0);
    v128.store(e, p1, 16);
    v128.store(e, p2, 32);
    a = f32x4.add(a, f32x4.add(p0, p1));
    b = f32x4.add(b, p2);
    x += 48;
    e += 48;
  }
  while (x + 16 <= end) {
    const u = fall4(f32x4.sub(v128.load(x), shift));
    v128.store(e, u);
    b = f32x4.add(b, u);
    x += 16;
    e += 16;
  }
  if (x < end) {
    a = f32x4.add(a, expPart(x, e, shift, firstLanes((end - x) >> 2)));
  }
  return sumLanes(f32x4.add(a, b));
}

/** log4 for those who can spare a call: all share this one copy. */
export function logOf(x: v128): v128 {
  return log4(x);
}

/** Natural logarithm of one float. */
export function log1(x: f32): f32 {
  return f32x4.extract_lane(logOf(f32x4.splat(x)), 0);
}

/** MAX, SUM and e = exp(x - MAX) of `width` columns of n rows, `step` bytes from row to row */
export function expColumns(x: usize, e: usize, n: usize, step: usize, width: usize): void {
  const size = width * 4, whole = (width & ~3) * 4;
  for (let j: usize = 0; j < size; j += 16) {
    v128.store(MAX + j, v128.load32_splat(FALL, 40));
    v128.store(SUM + j, f32x4.splat(0));
  }
  for (let p = x, i = n; i; i--, p += step) {
    for (let j: usize = 0; j < size; j += 16) v128.store(MAX + j, f32x4.pmax(v128.load(p + j), v128.load(MAX + j)));
  }
  for (; n; n--, x += step, e += step) {
    for (let j: usize = 0; j < whole; j += 16) {
      const u = fall4(f32x4.sub(v128.load(x + j), v128.load(MAX + j)));
      v128.store(e + j, u);
      v128.store(SUM + j, f32x4.add(v128.load(SUM + j), u));
    }
    if (whole < size) {
      const u = expPart(x + whole, e + whole, v128.load(MAX + whole), firstLanes(width & 3));
      v128.store(SUM + whole, f32x4.add(v128.load(SUM + whole), u));
    }
  }
}
