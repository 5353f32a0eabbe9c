// The piecewise activation functions that are no methods, and their gradients. df takes the saved x; p, q, r are the parameters.
import { fma, splatAt } from "./lanes";
import { chain, chainWith, map, mapWith } from "./loops";
import { clamp } from "./piecewise";

const C = memory.data<f32>([
  0.5, // 0
  3, // 1
  6, // 2
  0.166666667, // 3: 1 / 6
  0.333333333, // 4: 1 / 3
]);

/** min(max(x + 3, 0), 6) / 6 */
// @ts-ignore: decorator
@inline
function ramp(x: v128): v128 {
  return f32x4.pmin(f32x4.pmax(f32x4.add(x, splatAt(C, 1)), f32x4.splat(0)), splatAt(C, 2));
}

// clamp, but gradient 0 at the bounds
@unmanaged class Hardtanh {
  @inline df(x: v128, g: v128, p: v128, q: v128, r: v128): v128 {
    return v128.and(g, v128.and(f32x4.gt(x, p), f32x4.lt(x, q)));
  }
}
export function hardtanh(x: usize, y: usize, n: usize, low: f32, high: f32): void {
  clamp(x, y, n, low, high);
}
export function hardtanhGrad(x: usize, gy: usize, gx: usize, n: usize, low: f32, high: f32): void {
  chainWith<Hardtanh>(x, gy, gx, n, f32x4.splat(low), f32x4.splat(high), f32x4.splat(high));
}

// x, p x where x is not positive
@unmanaged class LeakyRelu {
  @inline f(x: v128, p: v128, q: v128, r: v128): v128 {
    return v128.bitselect(x, f32x4.mul(x, p), f32x4.gt(x, f32x4.splat(0)));
  }
  @inline df(x: v128, g: v128, p: v128, q: v128, r: v128): v128 {
    return v128.bitselect(g, f32x4.mul(g, p), f32x4.gt(x, f32x4.splat(0)));
  }
}
export function leakyRelu(x: usize, y: usize, n: usize, slope: f32): void {
  mapWith<LeakyRelu>(x, y, n, f32x4.splat(slope), f32x4.splat(slope), f32x4.splat(slope));
}
export function leakyReluGrad(x: usize, gy: usize, gx: usize, n: usize, slope: f32): void {
  chainWith<LeakyRelu>(x, gy, gx, n, f32x4.splat(slope), f32x4.splat(slope), f32x4.splat(slope));
}

// x, q where x <= p
@unmanaged class Threshold {
  @inline f(x: v128, p: v128, q: v128, r: v128): v128 {
    return v128.bitselect(q, x, f32x4.le(x, p));
  }
  @inline df(x: v128, g: v128, p: v128, q: v128, r: v128): v128 {
    return v128.andnot(g, f32x4.le(x, p));
  }
}
export function threshold(x: usize, y: usize, n: usize, limit: f32, value: f32): void {
  mapWith<Threshold>(x, y, n, f32x4.splat(limit), f32x4.splat(value), f32x4.splat(value));
}
export function thresholdGrad(x: usize, gy: usize, gx: usize, n: usize, limit: f32, value: f32): void {
  chainWith<Threshold>(x, gy, gx, n, f32x4.splat(limit), f32x4.splat(value), f32x4.splat(value));
}

// x moved p towards 0, 0 where |x| <= p or NaN
@unmanaged class Softshrink {
  @inline f(x: v128, p: v128, q: v128, r: v128): v128 {
    return v128.bitselect(f32x4.sub(x, p), v128.and(f32x4.add(x, p), f32x4.lt(x, f32x4.neg(p))), f32x4.gt(x, p));
  }
  @inline df(x: v128, g: v128, p: v128, q: v128, r: v128): v128 {
    return v128.and(g, f32x4.gt(f32x4.abs(x), p));
  }
}
export function softshrink(x: usize, y: usize, n: usize, lambda: f32): void {
  mapWith<Softshrink>(x, y, n, f32x4.splat(lambda), f32x4.splat(lambda), f32x4.splat(lambda));
}
export function softshrinkGrad(x: usize, gy: usize, gx: usize, n: usize, lambda: f32): void {
  chainWith<Softshrink>(x, gy, gx, n, f32x4.splat(lambda), f32x4.splat(lambda), f32x4.splat(lambda));
}

// min(max(x + 3, 0), 6) / 6
@unmanaged class Hardsigmoid {
  @inline f(x: v128): v128 {
    return f32x4.mul(ramp(x), splatAt(C, 3));
  }
  @inline df(x: v128, g: v128): v128 {
    const three = splatAt(C, 1);
    return v128.and(f32x4.mul(g, splatAt(C, 3)), f32x4.lt(f32x4.abs(x), three));
  }
}
export function hardsigmoid(x: usize, y: usize, n: usize): void {
  map<Hardsigmoid>(x, y, n);
}
export function hardsigmoidGrad(x: usize, gy: usize, gx: usize, n: usize): void {
  chain<Hardsigmoid>(x, gy, gx, n);
}

// x min(max(x + 3, 0), 6) / 6
@unmanaged class Hardswish {
  @inline f(x: v128): v128 {
    return f32x4.mul(f32x4.mul(x, ramp(x)), splatAt(C, 3));
  }
  @inline df(x: v128, g: v128): v128 {
    const three = splatAt(C, 1), inner = f32x4.mul(g, fma(x, splatAt(C, 4), splatAt(C, 0)));
    return v128.andnot(v128.bitselect(g, inner, f32x4.ge(x, three)), f32x4.lt(x, f32x4.neg(three)));
  }
}
export function hardswish(x: usize, y: usize, n: usize): void {
  map<Hardswish>(x, y, n);
}
export function hardswishGrad(x: usize, gy: usize, gx: usize, n: usize): void {
  chain<Hardswish>(x, gy, gx, n);
}
