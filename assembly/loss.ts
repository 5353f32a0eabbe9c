// The squared error.
import { each2, grad2, sum2 } from "./differences";

// d^2
@unmanaged class Mse {
  @inline f(d: v128, c: v128, p: v128, q: v128): v128 {
    return f32x4.mul(d, d);
  }
  @inline df(d: v128, c: v128, p: v128, q: v128): v128 {
    return f32x4.add(d, d);
  }
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
