// The piecewise functions that are methods of tensors, and their gradients. df takes the saved x or y; p, q, r are parameters.
import { chain, chainWith, mapWide, mapWith, mapWithWide } from "./loops";

// max(x, 0), NaN stays NaN; gradient 0 at 0
@unmanaged class Relu {
  @inline f(x: v128): v128 {
    // x first, or NaN is lost; f32x4.max takes 1.7 times as long
    return f32x4.pmax(x, f32x4.splat(0));
  }
  @inline df(y: v128, g: v128): v128 {
    return v128.andnot(g, f32x4.le(y, f32x4.splat(0)));
  }
}
export function relu(x: usize, y: usize, n: usize): void {
  mapWide<Relu>(x, y, n);
}
export function reluGrad(y: usize, gy: usize, gx: usize, n: usize): void {
  chain<Relu>(y, gy, gx, n);
}

// min(max(x, p), q), NaN stays NaN; gradient 1 inside and at the bounds
@unmanaged class Clamp {
  @inline f(x: v128, p: v128, q: v128, r: v128): v128 {
    // x first, or NaN is lost; f32x4.min and max take 3 times as long
    return f32x4.pmin(f32x4.pmax(x, p), q);
  }
  @inline df(x: v128, g: v128, p: v128, q: v128, r: v128): v128 {
    return v128.and(g, v128.and(f32x4.ge(x, p), f32x4.le(x, q)));
  }
}
export function clamp(x: usize, y: usize, n: usize, low: f32, high: f32): void {
  mapWithWide<Clamp>(x, y, n, f32x4.splat(low), f32x4.splat(high), f32x4.splat(high));
  // all bits set are a NaN, which a bound of NaN makes of everything
  if (low !== low || high !== high) memory.fill(y, 0xff, n << 2);
}
export function clampGrad(x: usize, gy: usize, gx: usize, n: usize, low: f32, high: f32): void {
  chainWith<Clamp>(x, gy, gx, n, f32x4.splat(low), f32x4.splat(high), f32x4.splat(high));
}

// x, 0 where |x| <= p
@unmanaged class Hardshrink {
  @inline f(x: v128, p: v128, q: v128, r: v128): v128 {
    return v128.andnot(x, f32x4.le(f32x4.abs(x), p));
  }
  @inline df(x: v128, g: v128, p: v128, q: v128, r: v128): v128 {
    return v128.and(g, f32x4.gt(f32x4.abs(x), p));
  }
}
export function hardshrink(x: usize, y: usize, n: usize, lambda: f32): void {
  mapWith<Hardshrink>(x, y, n, f32x4.splat(lambda), f32x4.splat(lambda), f32x4.splat(lambda));
}
export function hardshrinkGrad(x: usize, gy: usize, gx: usize, n: usize, lambda: f32): void {
  chainWith<Hardshrink>(x, gy, gx, n, f32x4.splat(lambda), f32x4.splat(lambda), f32x4.splat(lambda));
}
