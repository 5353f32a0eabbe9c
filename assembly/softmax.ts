// Softmax and log-softmax over the middle dim of [outer, n, inner], shifted by the largest value, and their gradients.
// Rows (inner 1) run two vectors at a time; columns in panels of PANEL, swept row by row: memory is read in order.
// A NaN is skipped by the maximum and comes back through the exponential; so does a row of -Inf only.
import { firstLanes, fma, fnma, storeMasked, splatAt, sumLanes } from "./lanes";
import { log4 } from "./math";

export const PANEL: usize = 64; // columns
/** Of each column of the panel: largest value, and sum of the exponentials. */
export const MAX = memory.data(256, 16);
export const SUM = memory.data(256, 16);

// exp of what is never positive: 2^n (1 + r + r^2 P(r)); below -87.7 the scale 2^n becomes 0 by itself.
const FALL = memory.data<f32>([
  -88, // 0: below, n would leave the exponent
  1.44269504, // 1: 1 / ln2
  12583039, // 2: shifter 1.5 * 2^23 + 127
  0.693359375, // 3: ln2, the few high bits that make n * ln2 exact
  -0.000212194440, // 4: ln2, the rest
  0.001381454005, 0.0083687451, 0.0416683908, 0.166665204, 0.4999999345, 1, // 5..10: P(r), then 1
  -Infinity, // 11
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
  p = fma(p, r, splatAt(FALL, 10));
  return f32x4.mul(fma(p, r, splatAt(FALL, 10)), i32x4.shl(t, 23));
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

/** e = exp(x - m) over n adjacent floats; gives their sum */
export function expRow(x: usize, e: usize, n: usize, m: f32): f32 {
  const stop = x + (n & ~7) * 4, end = x + n * 4, shift = f32x4.splat(m);
  let a = f32x4.splat(0), b = a;
  while (x < stop) {
    const u = fall4(f32x4.sub(v128.load(x), shift)), v = fall4(f32x4.sub(v128.load(x, 16), shift));
    v128.store(e, u);
    v128.store(e, v, 16);
    a = f32x4.add(a, u);
    b = f32x4.add(b, v);
    x += 32;
    e += 32;
  }
  while (x < end) {
    a = f32x4.add(a, expPart(x, e, shift, firstLanes(min<usize>((end - x) >> 2, 4))));
    x += 16;
    e += 16;
  }
  return sumLanes(f32x4.add(a, b));
}

/** Natural logarithm of one float. */
export function log1(x: f32): f32 {
  return f32x4.extract_lane(log4(f32x4.splat(x)), 0);
}

/** MAX, SUM and e = exp(x - MAX) of `width` columns of n rows, `step` bytes from row to row */
export function expColumns(x: usize, e: usize, n: usize, step: usize, width: usize): void {
  const size = width * 4, pairs = (width & ~7) * 4;
  for (let j: usize = 0; j < size; j += 16) {
    v128.store(MAX + j, v128.load32_splat(FALL, 44));
    v128.store(SUM + j, f32x4.splat(0));
  }
  for (let p = x, i = n; i; i--, p += step) {
    for (let j: usize = 0; j < size; j += 16) v128.store(MAX + j, f32x4.pmax(v128.load(p + j), v128.load(MAX + j)));
  }
  for (; n; n--, x += step, e += step) {
    for (let j: usize = 0; j < pairs; j += 32) {
      const u = fall4(f32x4.sub(v128.load(x + j), v128.load(MAX + j)));
      const v = fall4(f32x4.sub(v128.load(x + j, 16), v128.load(MAX + j, 16)));
      v128.store(e + j, u);
      v128.store(e + j, v, 16);
      v128.store(SUM + j, f32x4.add(v128.load(SUM + j), u));
      v128.store(SUM + j, f32x4.add(v128.load(SUM + j, 16), v), 16);
    }
    for (let j = pairs; j < size; j += 16) {
      const u = expPart(x + j, e + j, v128.load(MAX + j), firstLanes(min<usize>((size - j) >> 2, 4)));
      v128.store(SUM + j, f32x4.add(v128.load(SUM + j), u));
    }
  }
}

/** y = exp(x - max) / sum exp(x - max) */
export function softmax(x: usize, y: usize, outer: usize, n: usize, inner: usize): void {
  const step = inner * 4, part = firstLanes(n & 3);
  for (; outer; outer--, x += n * step, y += n * step) {
    if (inner == 1) {
      const scale = f32x4.splat(1 / expRow(x, y, n, maxRow(x, n))), end = y + (n & ~3) * 4;
      for (let p = y; p < end; p += 16) v128.store(p, f32x4.mul(v128.load(p), scale));
      if (n & 3) storeMasked(end, f32x4.mul(v128.load(end), scale), part);
      continue;
    }
    for (let i: usize = 0; i < step; i += PANEL * 4) {
      const size = min(step - i, PANEL * 4);
      expColumns(x + i, y + i, n, step, size >> 2);
      for (let j: usize = 0; j < size; j += 16) v128.store(SUM + j, f32x4.div(f32x4.splat(1), v128.load(SUM + j)));
      for (let p = y + i, end = p + n * step; p < end; p += step) {
        for (let j: usize = 0; j < size; j += 16) {
          const mask = firstLanes(min<usize>((size - j) >> 2, 4));
          storeMasked(p + j, f32x4.mul(v128.load(p + j), v128.load(SUM + j)), mask);
        }
      }
    }
  }
}

/** y = x - max - log(sum exp(x - max)) */
export function logSoftmax(x: usize, y: usize, outer: usize, n: usize, inner: usize): void {
  const step = inner * 4, size = (n & ~3) * 4, part = firstLanes(n & 3);
  for (; outer; outer--, x += n * step, y += n * step) {
    if (inner == 1) {
      const m = maxRow(x, n), max = f32x4.splat(m), log = f32x4.splat(log1(expRow(x, y, n, m)));
      for (let i: usize = 0; i < size; i += 16) {
        v128.store(y + i, f32x4.sub(f32x4.sub(v128.load(x + i), max), log));
      }
      if (n & 3) storeMasked(y + size, f32x4.sub(f32x4.sub(v128.load(x + size), max), log), part);
      continue;
    }
    for (let i: usize = 0; i < step; i += PANEL * 4) {
      const size = min(step - i, PANEL * 4);
      expColumns(x + i, y + i, n, step, size >> 2);
      for (let j: usize = 0; j < size; j += 16) v128.store(SUM + j, log4(v128.load(SUM + j)));
      for (let p = y + i, q = x + i, end = p + n * step; p < end; p += step, q += step) {
        for (let j: usize = 0; j < size; j += 16) {
          const d = f32x4.sub(f32x4.sub(v128.load(q + j), v128.load(MAX + j)), v128.load(SUM + j));
          storeMasked(p + j, d, firstLanes(min<usize>((size - j) >> 2, 4)));
        }
      }
    }
  }
}

// The gradients: a sum of terms along the row, then gx += d(y, gy, sum).
// softmax: y * (gy - sum(y * gy))
@unmanaged class Softmax {
  @inline term(y: v128, gy: v128, s: v128): v128 {
    return fma(y, gy, s);
  }
  @inline d(y: v128, gy: v128, s: v128): v128 {
    return f32x4.mul(y, f32x4.sub(gy, s));
  }
}

// log-softmax: gy - exp(y) * sum(gy)
@unmanaged class LogSoftmax {
  @inline term(y: v128, gy: v128, s: v128): v128 {
    return f32x4.add(gy, s);
  }
  @inline d(y: v128, gy: v128, s: v128): v128 {
    return fnma(fall4(y), s, gy);
  }
}

// @ts-ignore: decorator
@inline
function rowGrad<Op>(y: usize, gy: usize, gx: usize, n: usize): void {
  const pairs = (n & ~7) * 4, size = n * 4;
  let a = f32x4.splat(0), b = a;
  for (let j: usize = 0; j < pairs; j += 32) {
    a = changetype<Op>(0).term(v128.load(y + j), v128.load(gy + j), a);
    b = changetype<Op>(0).term(v128.load(y + j, 16), v128.load(gy + j, 16), b);
  }
  for (let j = pairs; j < size; j += 16) {
    const mask = firstLanes(min<usize>((size - j) >> 2, 4));
    a = changetype<Op>(0).term(v128.and(v128.load(y + j), mask), v128.and(v128.load(gy + j), mask), a);
  }
  const s = f32x4.splat(sumLanes(f32x4.add(a, b)));
  for (let j: usize = 0; j < pairs; j += 32) {
    const u = changetype<Op>(0).d(v128.load(y + j), v128.load(gy + j), s);
    const v = changetype<Op>(0).d(v128.load(y + j, 16), v128.load(gy + j, 16), s);
    v128.store(gx + j, f32x4.add(v128.load(gx + j), u));
    v128.store(gx + j, f32x4.add(v128.load(gx + j, 16), v), 16);
  }
  for (let j = pairs; j < size; j += 16) {
    const u = changetype<Op>(0).d(v128.load(y + j), v128.load(gy + j), s);
    storeMasked(gx + j, f32x4.add(v128.load(gx + j), u), firstLanes(min<usize>((size - j) >> 2, 4)));
  }
}

// @ts-ignore: decorator
@inline
function panelGrad<Op>(y: usize, gy: usize, gx: usize, n: usize, step: usize, size: usize): void {
  for (let j: usize = 0; j < size; j += 16) v128.store(SUM + j, f32x4.splat(0));
  for (let i: usize = 0; i < n * step; i += step) {
    for (let j: usize = 0; j < size; j += 16) {
      v128.store(SUM + j, changetype<Op>(0).term(v128.load(y + i + j), v128.load(gy + i + j), v128.load(SUM + j)));
    }
  }
  for (let i: usize = 0; i < n * step; i += step) {
    for (let j: usize = 0; j < size; j += 16) {
      const u = changetype<Op>(0).d(v128.load(y + i + j), v128.load(gy + i + j), v128.load(SUM + j));
      storeMasked(gx + i + j, f32x4.add(v128.load(gx + i + j), u), firstLanes(min<usize>((size - j) >> 2, 4)));
    }
  }
}

// @ts-ignore: decorator
@inline
function grad<Op>(y: usize, gy: usize, gx: usize, outer: usize, n: usize, inner: usize): void {
  const step = inner * 4;
  for (; outer; outer--, y += n * step, gy += n * step, gx += n * step) {
    if (inner == 1) rowGrad<Op>(y, gy, gx, n);
    else {
      for (let i: usize = 0; i < step; i += PANEL * 4) {
        panelGrad<Op>(y + i, gy + i, gx + i, n, step, min(step - i, PANEL * 4));
      }
    }
  }
}

/** gx += y * (gy - sum(y * gy)) */
export function softmaxGrad(y: usize, gy: usize, gx: usize, outer: usize, n: usize, inner: usize): void {
  grad<Softmax>(y, gy, gx, outer, n, inner);
}

/** gx += gy - exp(y) * sum(gy) */
export function logSoftmaxGrad(y: usize, gy: usize, gx: usize, outer: usize, n: usize, inner: usize): void {
  grad<LogSoftmax>(y, gy, gx, outer, n, inner);
}
