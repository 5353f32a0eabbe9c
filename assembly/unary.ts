// Roots, powers, signs and roundings of one tensor and their gradients: sqrt(x, y, n), sqrtGrad(y, gy, gx, n).
// df takes the saved x or y.
import { splatAt } from "./lanes";
import { chain, map, mapWide } from "./loops";

const C = memory.data<f32>([1, 0.5]);

// the square root
@unmanaged class Sqrt {
  @inline f(x: v128): v128 {
    return f32x4.sqrt(x);
  }
  @inline df(y: v128, g: v128): v128 {
    return f32x4.div(g, f32x4.add(y, y));
  }
}
export function sqrt(x: usize, y: usize, n: usize): void {
  map<Sqrt>(x, y, n);
}
export function sqrtGrad(y: usize, gy: usize, gx: usize, n: usize): void {
  chain<Sqrt>(y, gy, gx, n);
}
// 1 / sqrt(x)
@unmanaged class Rsqrt {
  @inline f(x: v128): v128 {
    return f32x4.div(splatAt(C, 0), f32x4.sqrt(x));
  }
  @inline df(y: v128, g: v128): v128 {
    return f32x4.mul(f32x4.mul(f32x4.mul(splatAt(C, 1), f32x4.neg(g)), y), f32x4.mul(y, y));
  }
}
export function rsqrt(x: usize, y: usize, n: usize): void {
  map<Rsqrt>(x, y, n);
}
export function rsqrtGrad(y: usize, gy: usize, gx: usize, n: usize): void {
  chain<Rsqrt>(y, gy, gx, n);
}
// 1 / x
@unmanaged class Reciprocal {
  @inline f(x: v128): v128 {
    return f32x4.div(splatAt(C, 0), x);
  }
  @inline df(y: v128, g: v128): v128 {
    return f32x4.mul(f32x4.neg(g), f32x4.mul(y, y));
  }
}
export function reciprocal(x: usize, y: usize, n: usize): void {
  map<Reciprocal>(x, y, n);
}
export function reciprocalGrad(y: usize, gy: usize, gx: usize, n: usize): void {
  chain<Reciprocal>(y, gy, gx, n);
}
// x^2
@unmanaged class Square {
  @inline f(x: v128): v128 {
    return f32x4.mul(x, x);
  }
  @inline df(x: v128, g: v128): v128 {
    return f32x4.mul(g, f32x4.add(x, x));
  }
}
export function square(x: usize, y: usize, n: usize): void {
  mapWide<Square>(x, y, n);
}
export function squareGrad(x: usize, gy: usize, gx: usize, n: usize): void {
  chain<Square>(x, gy, gx, n);
}
// x^3
@unmanaged class Cube {
  @inline f(x: v128): v128 {
    return f32x4.mul(x, f32x4.mul(x, x));
  }
  @inline df(x: v128, g: v128): v128 {
    return f32x4.mul(f32x4.mul(g, f32x4.add(x, f32x4.add(x, x))), x);
  }
}
export function cube(x: usize, y: usize, n: usize): void {
  map<Cube>(x, y, n);
}
export function cubeGrad(x: usize, gy: usize, gx: usize, n: usize): void {
  chain<Cube>(x, gy, gx, n);
}
// @ts-ignore: decorator
@inline
function signOf(x: v128): v128 {
  const zero = f32x4.splat(0), one = splatAt(C, 0);
  return f32x4.sub(v128.and(f32x4.gt(x, zero), one), v128.and(f32x4.lt(x, zero), one));
}
// |x|
@unmanaged class Abs {
  @inline f(x: v128): v128 {
    return f32x4.abs(x);
  }
  @inline df(x: v128, g: v128): v128 {
    return f32x4.mul(g, signOf(x));
  }
}
export function abs(x: usize, y: usize, n: usize): void {
  mapWide<Abs>(x, y, n);
}
export function absGrad(x: usize, gy: usize, gx: usize, n: usize): void {
  chain<Abs>(x, gy, gx, n);
}
// -x
@unmanaged class Neg {
  @inline f(x: v128): v128 {
    return v128.xor(x, i32x4.splat(<i32>0x80000000));
  }
}
export function neg(x: usize, y: usize, n: usize): void {
  mapWide<Neg>(x, y, n);
}
// -1, 0 or 1; 0 for NaN
@unmanaged class Sign {
  @inline f(x: v128): v128 {
    return signOf(x);
  }
}
export function sign(x: usize, y: usize, n: usize): void {
  map<Sign>(x, y, n);
}
// rounded down
@unmanaged class Floor {
  @inline f(x: v128): v128 {
    return f32x4.floor(x);
  }
}
export function floor(x: usize, y: usize, n: usize): void {
  map<Floor>(x, y, n);
}
// rounded up
@unmanaged class Ceil {
  @inline f(x: v128): v128 {
    return f32x4.ceil(x);
  }
}
export function ceil(x: usize, y: usize, n: usize): void {
  map<Ceil>(x, y, n);
}
// rounded towards 0
@unmanaged class Trunc {
  @inline f(x: v128): v128 {
    return f32x4.trunc(x);
  }
}
export function trunc(x: usize, y: usize, n: usize): void {
  map<Trunc>(x, y, n);
}
// rounded to the nearest integer, halves to the even one
@unmanaged class Round {
  @inline f(x: v128): v128 {
    return f32x4.nearest(x);
  }
}
export function round(x: usize, y: usize, n: usize): void {
  map<Round>(x, y, n);
}
