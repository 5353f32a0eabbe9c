// Batch normalisation over [n, c, l] and its gradient; layer and group normalisation are made of it.
// Keeps mean and rstd = 1 / sqrt(var + eps) for its gradient. Weight and bias are optional: 0 when absent.
import { firstLanes, fma, fnma, storeMasked } from "./lanes";
import { dots, first, inverse, moments, scaleGrad, second, shift, transform, transformGrad } from "./moments";

// @ts-ignore: decorator
@inline
function at(p: usize, i: usize): f32 {
  return load<f32>(p + (i << 2));
}

/** One value of an optional vector. */
// @ts-ignore: decorator
@inline
function or(p: usize, i: usize, absent: f32): f32 {
  return p ? load<f32>(p + (i << 2)) : absent;
}

// @ts-ignore: decorator
@inline
function put(p: usize, i: usize, v: f32): void {
  store<f32>(p + (i << 2), v);
}

/** p[i] += v where p is wanted */
// @ts-ignore: decorator
@inline
function bump(p: usize, i: usize, v: f32): void {
  if (p) store<f32>(p + (i << 2), load<f32>(p + (i << 2)) + v);
}

/** Bytes of scratch of the batch normalisations of c channels: two or three coefficients each, used where l = 1. */
export function batchNormWork(c: usize): usize {
  return ((c + 3) & ~3) * 12;
}

/** From the moments of channel i: its statistics, and the running ones moved by momentum (unbiased variance). */
function finish(
  i: usize, m: f64, squares: f64, count: usize, mean: usize, rstd: usize, runningMean: usize, runningVar: usize,
  eps: f32, momentum: f32,
): void {
  put(mean, i, <f32>m);
  put(rstd, i, inverse(<f32>squares / <f32>count, eps));
  const keep = 1 - <f64>momentum;
  if (runningMean) put(runningMean, i, <f32>(keep * at(runningMean, i) + <f64>momentum * m));
  if (runningVar) put(runningVar, i, <f32>(keep * at(runningVar, i) + <f64>momentum * (squares / <f64>(count - 1))));
}

/** y of one channel: n rows of l floats that start `step` bytes apart */
function channel(x: usize, y: usize, n: usize, step: usize, l: usize, m: f32, a: f32, b: f32): void {
  const c = shift(m, a, b);
  while (n--) {
    transform(x, y, l, m, a, c);
    x += step;
    y += step;
  }
}

/** Where l = 1 channels lie side by side: four of them at a time, in double precision. */
function columnMoments(
  x: usize, mean: usize, rstd: usize, runningMean: usize, runningVar: usize, n: usize, c: usize, eps: f32,
  momentum: f32,
): void {
  for (let i: usize = 0; i < c; i += 4) {
    let s0 = f64x2.splat(0), s1 = f64x2.splat(0), q0 = f64x2.splat(0), q1 = f64x2.splat(0);
    // deviations from the first row, from 0 where that is not finite
    const row = v128.load(x + i * 4), k = v128.and(row, f32x4.eq(f32x4.sub(row, row), f32x4.splat(0)));
    const stop = x + n * c * 4;
    for (let p = x + i * 4; p < stop; p += c * 4) {
      const d = f32x4.sub(v128.load(p), k);
      const lo = f64x2.promote_low_f32x4(d), hi = f64x2.promote_low_f32x4(v128.shuffle<f32>(d, d, 2, 3, 0, 1));
      s0 = f64x2.add(s0, lo);
      s1 = f64x2.add(s1, hi);
      q0 = f64x2.add(q0, f64x2.mul(lo, lo));
      q1 = f64x2.add(q1, f64x2.mul(hi, hi));
    }
    for (let j = i; j < min(i + 4, c); j++) {
      const upper = j & 2, s = upper ? s1 : s0, q = upper ? q1 : q0;
      const sum = j & 1 ? f64x2.extract_lane(s, 1) : f64x2.extract_lane(s, 0);
      const squares = j & 1 ? f64x2.extract_lane(q, 1) : f64x2.extract_lane(q, 0);
      const start = at(x, j), m = (start - start == 0 ? <f64>start : 0) + sum / <f64>n;
      finish(j, m, max(squares - (sum * sum) / <f64>n, 0), n, mean, rstd, runningMean, runningVar, eps, momentum);
    }
  }
}

/** y = (x - mean) * (rstd * w) + b with given statistics */
export function batchNormApply(
  x: usize, w: usize, b: usize, mean: usize, rstd: usize, y: usize, work: usize, n: usize, c: usize, l: usize,
): void {
  if (l == 1) {
    const shifts = work + ((c + 3) & ~3) * 4;
    for (let i: usize = 0; i < c; i++) {
      const a = at(rstd, i) * or(w, i, 1);
      put(work, i, a);
      put(shifts, i, shift(at(mean, i), a, or(b, i, 0)));
    }
    while (n--) {
      for (let i: usize = 0; i < c * 4; i += 16) {
        const d = fma(f32x4.sub(v128.load(x + i), v128.load(mean + i)), v128.load(work + i), v128.load(shifts + i));
        storeMasked(y + i, d, firstLanes(min<usize>(c - (i >> 2), 4)));
      }
      x += c * 4;
      y += c * 4;
    }
    return;
  }
  while (n--) {
    for (let i: usize = 0; i < c; i++) {
      channel(x, y, 1, 0, l, at(mean, i), at(rstd, i) * or(w, i, 1), or(b, i, 0));
      x += l * 4;
      y += l * 4;
    }
  }
}

/** Training: mean and rstd of each channel, running statistics moved, y = (x - mean) * (rstd * w) + b */
export function batchNorm(
  x: usize, w: usize, b: usize, y: usize, mean: usize, rstd: usize, runningMean: usize, runningVar: usize,
  work: usize, n: usize, c: usize, l: usize, eps: f32, momentum: f32,
): void {
  if (l == 1) {
    columnMoments(x, mean, rstd, runningMean, runningVar, n, c, eps, momentum);
    batchNormApply(x, w, b, mean, rstd, y, work, n, c, l);
    return;
  }
  for (let i: usize = 0; i < c; i++) {
    moments(x, n, c * l * 4, l);
    finish(i, first, second, n * l, mean, rstd, runningMean, runningVar, eps, momentum);
    channel(x, y, n, c * l * 4, l, at(mean, i), at(rstd, i) * or(w, i, 1), or(b, i, 0));
    x += l * 4;
    y += l * 4;
  }
}

/** mean and rstd from running statistics */
export function batchNormRunning(
  runningMean: usize, runningVar: usize, mean: usize, rstd: usize, c: usize, eps: f32,
): void {
  for (let i: usize = 0; i < c; i++) {
    put(mean, i, at(runningMean, i));
    put(rstd, i, 1 / sqrt(at(runningVar, i) + eps));
  }
}

/** Coefficients of gx = (gy - constant - (x - mean) * slope) * a, from the sums s of gy and q of gy * (x - mean). */
let slope: f32 = 0;
let constant: f32 = 0;
// @ts-ignore: decorator
@inline
function project(s: f64, q: f64, r: f32, count: usize): void {
  slope = <f32>((q * <f64>r * <f64>r) / <f64>count);
  constant = <f32>(s / <f64>count);
}

/** Gradients where l = 1: sums of four channels at a time, coefficients to work, then row by row. */
function columnGrad(
  x: usize, gy: usize, mean: usize, rstd: usize, w: usize, gx: usize, gw: usize, gb: usize, work: usize, n: usize,
  c: usize, training: bool,
): void {
  const slopes = work + ((c + 3) & ~3) * 4, constants = slopes + ((c + 3) & ~3) * 4, stop = x + n * c * 4;
  for (let i: usize = 0; i < c; i += 4) {
    let s0 = f64x2.splat(0), s1 = f64x2.splat(0), q0 = f64x2.splat(0), q1 = f64x2.splat(0);
    const m = v128.load(mean + i * 4);
    for (let p = x + i * 4, g = gy + i * 4; p < stop; p += c * 4, g += c * 4) {
      const a = v128.load(g), d = f32x4.mul(f32x4.sub(v128.load(p), m), a);
      s0 = f64x2.add(s0, f64x2.promote_low_f32x4(a));
      s1 = f64x2.add(s1, f64x2.promote_low_f32x4(v128.shuffle<f32>(a, a, 2, 3, 0, 1)));
      q0 = f64x2.add(q0, f64x2.promote_low_f32x4(d));
      q1 = f64x2.add(q1, f64x2.promote_low_f32x4(v128.shuffle<f32>(d, d, 2, 3, 0, 1)));
    }
    for (let j = i; j < min(i + 4, c); j++) {
      const vs = j & 2 ? s1 : s0, vq = j & 2 ? q1 : q0;
      const s = j & 1 ? f64x2.extract_lane(vs, 1) : f64x2.extract_lane(vs, 0);
      const q = j & 1 ? f64x2.extract_lane(vq, 1) : f64x2.extract_lane(vq, 0);
      const r = at(rstd, j), a = r * or(w, j, 1);
      bump(gw, j, <f32>(q * <f64>r));
      bump(gb, j, <f32>s);
      project(s, q, r, n);
      put(work, j, a);
      put(slopes, j, slope);
      put(constants, j, constant);
    }
  }
  if (!gx) return;
  const row = c * 4;
  for (; x < stop; x += row, gy += row, gx += row) {
    for (let i: usize = 0; i < row; i += 16) {
      let d = v128.load(gy + i);
      if (training) {
        const e = f32x4.sub(v128.load(x + i), v128.load(mean + i));
        d = fnma(e, v128.load(slopes + i), f32x4.sub(d, v128.load(constants + i)));
      }
      const sum = fma(d, v128.load(work + i), v128.load(gx + i));
      storeMasked(gx + i, sum, firstLanes(min<usize>((row - i) >> 2, 4)));
    }
  }
}

/** Gradients of batchNorm (training: statistics depend on x) or batchNormApply; gx, gw, gb are 0 where not wanted */
export function batchNormGrad(
  x: usize, gy: usize, mean: usize, rstd: usize, w: usize, gx: usize, gw: usize, gb: usize, work: usize, n: usize,
  c: usize, l: usize, training: bool,
): void {
  if (l == 1) {
    columnGrad(x, gy, mean, rstd, w, gx, gw, gb, work, n, c, training);
    return;
  }
  const step = c * l * 4;
  for (let i: usize = 0; i < c; i++) {
    const m = at(mean, i), r = at(rstd, i), a = r * or(w, i, 1);
    if (training || gw || gb) {
      dots(x, gy, n, step, l, m);
      bump(gw, i, <f32>(second * <f64>r));
      bump(gb, i, <f32>first);
      project(first, second, r, n * l);
    }
    if (gx) {
      for (let j: usize = 0; j < n * step; j += step) {
        if (training) transformGrad(x + j, gy + j, gx + j, l, m, a, slope, constant);
        else scaleGrad(gy + j, gx + j, l, a);
      }
      gx += l * 4;
    }
    x += l * 4;
    gy += l * 4;
  }
}
