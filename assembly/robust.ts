// Losses that grow in a straight line: l1, Huber, smooth l1.
import { each2, grad2, sum2 } from "./differences";
import { fnma, splatAt } from "./lanes";

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

export function l1Loss(x: usize, t: usize, y: usize, n: usize): void {
  each2<L1>(x, t, y, n, 0, 0, 0);
}
export function l1LossSum(x: usize, t: usize, y: usize, n: usize, divisor: f32): void {
  sum2<L1>(x, t, y, n, 0, 0, 0, divisor);
}
export function l1LossGrad(x: usize, t: usize, gy: usize, gx: usize, n: usize, each: bool, scale: f32): void {
  grad2<L1>(x, t, gy, gx, n, 0, 0, 0, each, scale);
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
