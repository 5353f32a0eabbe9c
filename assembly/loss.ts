// Losses of the difference of two tensors of one shape: each element's, their fused sum, and the gradients.
// y holds one value an element, or the sum over all divided by `divisor`; gy likewise (`each`), times `scale`.
// Sums run in float32 lanes over blocks of BLOCK and in double precision between them.
import { firstLanes, fma, fnma, splatAt, sumLanesF64 } from "./lanes";
import { seed } from "./seed";

const BLOCK: usize = 512;
const TABLE = memory.data<f32>([0.5, 1, -0.0, 0]);

// @ts-ignore: decorator
@inline
function half(): v128 {
  return splatAt(TABLE, 0);
}

// @ts-ignore: decorator
@inline
function one(): v128 {
  return splatAt(TABLE, 1);
}

// |d|; gradient sign(d), 0 at 0 and at NaN
@unmanaged class L1 {
  @inline f(d: v128, c: v128, p: v128, q: v128): v128 {
    return f32x4.abs(d);
  }
  @inline df(d: v128, c: v128, p: v128, q: v128): v128 {
    const zero = splatAt(TABLE, 3);
    return f32x4.sub(v128.and(f32x4.gt(d, zero), one()), v128.and(f32x4.lt(d, zero), one()));
  }
}

// d^2
@unmanaged class Mse {
  @inline f(d: v128, c: v128, p: v128, q: v128): v128 {
    return f32x4.mul(d, d);
  }
  @inline df(d: v128, c: v128, p: v128, q: v128): v128 {
    return f32x4.add(d, d);
  }
}

// p d^2 / 2 where |d| < c, else q (|d| - c / 2); gradient p d, or q sign(d). Smooth L1: p = 1 / c, q = 1; Huber: p = 1, q = c
@unmanaged class Huber {
  @inline f(d: v128, c: v128, p: v128, q: v128): v128 {
    const z = f32x4.abs(d), bowl = f32x4.mul(f32x4.mul(f32x4.mul(z, half()), z), p);
    return v128.bitselect(bowl, f32x4.mul(fnma(c, half(), z), q), f32x4.lt(z, c));
  }
  @inline df(d: v128, c: v128, p: v128, q: v128): v128 {
    const sign = v128.or(v128.and(d, splatAt(TABLE, 2)), q), bowl = f32x4.mul(d, p);
    return v128.bitselect(sign, bowl, f32x4.ge(f32x4.abs(d), c));
  }
}

// @ts-ignore: decorator
@inline
function each2<Op>(x: usize, t: usize, y: usize, n: usize, c: f32, p: f32, q: f32): void {
  const stop = x + ((n + 3) & ~3) * 4, vc = f32x4.splat(c), vp = f32x4.splat(p), vq = f32x4.splat(q);
  for (; x < stop; x += 16, t += 16, y += 16) {
    v128.store(y, changetype<Op>(0).f(f32x4.sub(v128.load(x), v128.load(t)), vc, vp, vq));
  }
}

// @ts-ignore: decorator
@inline
function sum2<Op>(x: usize, t: usize, y: usize, n: usize, c: f32, p: f32, q: f32, divisor: f32): void {
  const stop = x + (n & ~7) * 4, end = x + n * 4, vc = f32x4.splat(c), vp = f32x4.splat(p), vq = f32x4.splat(q);
  let total: f64 = 0, a = f32x4.splat(0), b = a;
  while (x < stop) {
    const block = min(x + BLOCK * 4, stop);
    while (x < block) {
      a = f32x4.add(a, changetype<Op>(0).f(f32x4.sub(v128.load(x), v128.load(t)), vc, vp, vq));
      b = f32x4.add(b, changetype<Op>(0).f(f32x4.sub(v128.load(x, 16), v128.load(t, 16)), vc, vp, vq));
      x += 32;
      t += 32;
    }
    total += sumLanesF64(f32x4.add(a, b));
    a = b = f32x4.splat(0);
  }
  for (; x < end; x += 16, t += 16) {
    const v = changetype<Op>(0).f(f32x4.sub(v128.load(x), v128.load(t)), vc, vp, vq);
    a = f32x4.add(a, v128.and(v, firstLanes(min<usize>((end - x) >> 2, 4))));
  }
  store<f32>(y, <f32>((total + sumLanesF64(a)) / <f64>divisor));
}

// @ts-ignore: decorator
@inline
function grad2<Op>(
  x: usize, t: usize, gy: usize, gx: usize, n: usize, c: f32, p: f32, q: f32, each: bool, scale: f32,
): void {
  const stop = x + ((n + 3) & ~3) * 4, vc = f32x4.splat(c), vp = f32x4.splat(p), vq = f32x4.splat(q);
  const s = f32x4.splat(scale), step: usize = each ? 16 : 0;
  for (let g = seed(gy, each); x < stop; x += 16, t += 16, gx += 16, g += step) {
    const d = changetype<Op>(0).df(f32x4.sub(v128.load(x), v128.load(t)), vc, vp, vq);
    v128.store(gx, fma(f32x4.mul(d, s), v128.load(g), v128.load(gx)));
  }
}

export function l1Loss(x: usize, t: usize, y: usize, n: usize): void {
  each2<L1>(x, t, y, n, 0, 0, 0);
}
export function l1LossSum(x: usize, t: usize, y: usize, n: usize, divisor: f32): void {
  sum2<L1>(x, t, y, n, 0, 0, 0, divisor);
}
export function l1LossGrad(x: usize, t: usize, gy: usize, gx: usize, n: usize, each: bool, scale: f32): void {
  grad2<L1>(x, t, gy, gx, n, 0, 0, 0, each, scale);
}

export function mseLoss(x: usize, t: usize, y: usize, n: usize): void {
  each2<Mse>(x, t, y, n, 0, 0, 0);
}
export function mseLossSum(x: usize, t: usize, y: usize, n: usize, divisor: f32): void {
  sum2<Mse>(x, t, y, n, 0, 0, 0, divisor);
}
export function mseLossGrad(x: usize, t: usize, gy: usize, gx: usize, n: usize, each: bool, scale: f32): void {
  grad2<Mse>(x, t, gy, gx, n, 0, 0, 0, each, scale);
}

export function huberLoss(x: usize, t: usize, y: usize, n: usize, c: f32, p: f32, q: f32): void {
  each2<Huber>(x, t, y, n, c, p, q);
}
export function huberLossSum(x: usize, t: usize, y: usize, n: usize, c: f32, p: f32, q: f32, divisor: f32): void {
  sum2<Huber>(x, t, y, n, c, p, q, divisor);
}
export function huberLossGrad(
  x: usize, t: usize, gy: usize, gx: usize, n: usize, c: f32, p: f32, q: f32, each: bool, scale: f32,
): void {
  grad2<Huber>(x, t, gy, gx, n, c, p, q, each, scale);
}
