// What the normalisations share: moments and gradient sums over rows of contiguous floats, and the transforms of a row.
// Statistics come from one pass over memory: float32 lanes of deviations from a running guess of the mean, folded into
// double precision sums every BLOCK values, so a mean of 10,000 standard deviations costs no digit of the variance.
import { firstLanes, fma, fnma, storeMasked, sumLanesF64 } from "./lanes";

const BLOCK: usize = 512;

/** The results of moments(): mean and sum of squared deviations. Of dots(): sum of gy and sum of gy * (x - mean). */
export let first: f64 = 0;
export let second: f64 = 0;

/** Mean of up to 256 values: where deviations are first measured from; 0 unless it is finite. */
function guess(x: usize, n: usize): f32 {
  const count = min<usize>(n, 256), stop = x + (count << 2);
  let s: f64 = 0;
  for (; x < stop; x += 4) s += load<f32>(x);
  const mean = <f32>(s / <f64>count);
  return mean - mean == 0 ? mean : 0;
}

/** Mean and squared deviations of `rows` rows of n floats that start `step` bytes apart. */
export function moments(x: usize, rows: usize, step: usize, n: usize): void {
  let k = guess(x, n), s: f64 = 0, q: f64 = 0, count: f64 = 0, pending: usize = 0;
  let s0 = f32x4.splat(0), s1 = f32x4.splat(0), q0 = f32x4.splat(0), q1 = f32x4.splat(0);
  while (rows--) {
    let p = x, left = n;
    while (left) {
      const shift = f32x4.splat(k), chunk = min(left, BLOCK), stop = p + (chunk & ~7) * 4, end = p + chunk * 4;
      while (p < stop) {
        const a = f32x4.sub(v128.load(p), shift), b = f32x4.sub(v128.load(p, 16), shift);
        s0 = f32x4.add(s0, a);
        s1 = f32x4.add(s1, b);
        q0 = fma(a, a, q0);
        q1 = fma(b, b, q1);
        p += 32;
      }
      while (p < end) {
        const a = v128.and(f32x4.sub(v128.load(p), shift), firstLanes(min<usize>((end - p) >> 2, 4)));
        s0 = f32x4.add(s0, a);
        q0 = fma(a, a, q0);
        p += 16;
      }
      left -= chunk;
      pending += chunk;
      if (pending >= BLOCK || !(left | rows)) {
        s += sumLanesF64(f32x4.add(s0, s1));
        q += sumLanesF64(f32x4.add(q0, q1));
        s0 = s1 = q0 = q1 = f32x4.splat(0);
        count += <f64>pending;
        pending = 0;
        // measure from the mean so far: the sums move along exactly
        const next = <f32>(<f64>k + s / count), d = <f64>k - <f64>next;
        if (d - d == 0) {
          q += d * (2 * s + count * d);
          s += count * d;
          k = next;
        }
      }
    }
    x += step;
  }
  first = <f64>k + s / count;
  second = max(q - (s * s) / count, 0);
}

/** Sums of gy and gy * (x - m) over rows as in moments(). */
export function dots(x: usize, gy: usize, rows: usize, step: usize, n: usize, m: f32): void {
  let s: f64 = 0, q: f64 = 0, pending: usize = 0;
  const mean = f32x4.splat(m);
  let s0 = f32x4.splat(0), s1 = f32x4.splat(0), q0 = f32x4.splat(0), q1 = f32x4.splat(0);
  while (rows--) {
    let p = x, g = gy, left = n;
    while (left) {
      const chunk = min(left, BLOCK), stop = p + (chunk & ~7) * 4, end = p + chunk * 4;
      while (p < stop) {
        const a = v128.load(g), b = v128.load(g, 16);
        s0 = f32x4.add(s0, a);
        s1 = f32x4.add(s1, b);
        q0 = fma(f32x4.sub(v128.load(p), mean), a, q0);
        q1 = fma(f32x4.sub(v128.load(p, 16), mean), b, q1);
        p += 32;
        g += 32;
      }
      while (p < end) {
        const mask = firstLanes(min<usize>((end - p) >> 2, 4)), a = v128.and(v128.load(g), mask);
        s0 = f32x4.add(s0, a);
        q0 = fma(v128.and(f32x4.sub(v128.load(p), mean), mask), a, q0);
        p += 16;
        g += 16;
      }
      left -= chunk;
      pending += chunk;
      if (pending >= BLOCK || !(left | rows)) {
        s += sumLanesF64(f32x4.add(s0, s1));
        q += sumLanesF64(f32x4.add(q0, q1));
        s0 = s1 = q0 = q1 = f32x4.splat(0);
        pending = 0;
      }
    }
    x += step;
    gy += step;
  }
  first = s;
  second = q;
}

/** 1 / sqrt(var + eps), 0 where both are 0, rounded where PyTorch rounds. */
// @ts-ignore: decorator
@inline
export function inverse(variance: f32, eps: f32): f32 {
  return variance == 0 && eps == 0 ? 0 : <f32>(1 / sqrt(<f64>variance + <f64>eps));
}

/** y = (x - m) * a + shift(m, a, b). PyTorch computes x * a + (b - m * a): this has its rounding of the parenthesis, so
 * that large means agree with it to the last digits, and keeps those of x * a where there is no fused multiply-add. */
// @ts-ignore: decorator
@inline
export function shift(m: f32, a: f32, b: f32): f32 {
  const product = <f64>m * <f64>a;
  return <f32>(product + <f64>(<f32>(<f64>b - product)));
}

/** y = (x - m) * a + c over n contiguous floats */
export function transform(x: usize, y: usize, n: usize, m: f32, a: f32, c: f32): void {
  const stop = x + (n & ~3) * 4, mean = f32x4.splat(m), scale = f32x4.splat(a), constant = f32x4.splat(c);
  while (x < stop) {
    v128.store(y, fma(f32x4.sub(v128.load(x), mean), scale, constant));
    x += 16;
    y += 16;
  }
  if (n & 3) storeMasked(y, fma(f32x4.sub(v128.load(x), mean), scale, constant), firstLanes(n & 3));
}

/** gx += (gy - c - (x - m) * b) * a over n contiguous floats */
export function transformGrad(x: usize, gy: usize, gx: usize, n: usize, m: f32, a: f32, b: f32, c: f32): void {
  const stop = x + (n & ~3) * 4;
  const mean = f32x4.splat(m), scale = f32x4.splat(a), slope = f32x4.splat(b), constant = f32x4.splat(c);
  while (x < stop) {
    const d = fnma(f32x4.sub(v128.load(x), mean), slope, f32x4.sub(v128.load(gy), constant));
    v128.store(gx, fma(d, scale, v128.load(gx)));
    x += 16;
    gy += 16;
    gx += 16;
  }
  if (n & 3) {
    const d = fnma(f32x4.sub(v128.load(x), mean), slope, f32x4.sub(v128.load(gy), constant));
    storeMasked(gx, fma(d, scale, v128.load(gx)), firstLanes(n & 3));
  }
}

/** gx += gy * a over n contiguous floats */
export function scaleGrad(gy: usize, gx: usize, n: usize, a: f32): void {
  const stop = gy + (n & ~3) * 4, scale = f32x4.splat(a);
  while (gy < stop) {
    v128.store(gx, fma(v128.load(gy), scale, v128.load(gx)));
    gy += 16;
    gx += 16;
  }
  if (n & 3) storeMasked(gx, fma(v128.load(gy), scale, v128.load(gx)), firstLanes(n & 3));
}
