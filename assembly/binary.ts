// Elementwise arithmetic and comparison of two tensors, either of which may be broadcast: see map2 in loops.ts.
import { fma } from "./lanes";
import { map2, map2Cheap } from "./loops";
import { log4 } from "./math";
import { pow4, powInt4 } from "./power";

export { numbers } from "./loops";

// a + b
@unmanaged class Add {
  @inline f(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
}
// a - b
@unmanaged class Sub {
  @inline f(a: v128, b: v128): v128 {
    return f32x4.sub(a, b);
  }
}
// a b
@unmanaged class Mul {
  @inline f(a: v128, b: v128): v128 {
    return f32x4.mul(a, b);
  }
}
// a / b
@unmanaged class Div {
  @inline f(a: v128, b: v128): v128 {
    return f32x4.div(a, b);
  }
}
// the larger one, NaN if either is
@unmanaged class Max {
  @inline f(a: v128, b: v128): v128 {
    return f32x4.max(a, b);
  }
}
// the smaller one, NaN if either is
@unmanaged class Min {
  @inline f(a: v128, b: v128): v128 {
    return f32x4.min(a, b);
  }
}
// derivative of the larger one by a: 1, half where they are equal, 0 where b is larger
@unmanaged class MaxGrad {
  @inline f(a: v128, b: v128): v128 {
    return half(f32x4.eq(a, b), f32x4.lt(a, b));
  }
}
// derivative of the smaller one by a
@unmanaged class MinGrad {
  @inline f(a: v128, b: v128): v128 {
    return half(f32x4.eq(a, b), f32x4.gt(a, b));
  }
}
// @ts-ignore: decorator
@inline
function half(tie: v128, none: v128): v128 {
  const one = f32x4.splat(1);
  return v128.andnot(f32x4.sub(one, v128.and(tie, f32x4.splat(0.5))), none);
}
// a^b
@unmanaged class Pow {
  @inline f(a: v128, b: v128): v128 {
    return pow4(a, b);
  }
}
// derivative of a^b by a: b a^(b-1), 0 where b is 0
@unmanaged class PowGradA {
  @inline f(a: v128, b: v128): v128 {
    const d = f32x4.mul(b, pow4(a, f32x4.sub(b, f32x4.splat(1))));
    return v128.andnot(d, f32x4.eq(b, f32x4.splat(0)));
  }
}
// derivative of a^b by b: a^b log a, 0 where a is 0 and b is not negative
@unmanaged class PowGradB {
  @inline f(a: v128, b: v128): v128 {
    const zero = f32x4.splat(0);
    return v128.andnot(f32x4.mul(pow4(a, b), log4(a)), v128.and(f32x4.eq(a, zero), f32x4.ge(b, zero)));
  }
}
@unmanaged class Eq {
  @inline f(a: v128, b: v128): v128 {
    return i32x4.shr_u(f32x4.eq(a, b), 31);
  }
}
@unmanaged class Ne {
  @inline f(a: v128, b: v128): v128 {
    return i32x4.shr_u(f32x4.ne(a, b), 31);
  }
}
@unmanaged class Lt {
  @inline f(a: v128, b: v128): v128 {
    return i32x4.shr_u(f32x4.lt(a, b), 31);
  }
}
@unmanaged class Le {
  @inline f(a: v128, b: v128): v128 {
    return i32x4.shr_u(f32x4.le(a, b), 31);
  }
}
@unmanaged class AddInt {
  @inline f(a: v128, b: v128): v128 {
    return i32x4.add(a, b);
  }
}
@unmanaged class SubInt {
  @inline f(a: v128, b: v128): v128 {
    return i32x4.sub(a, b);
  }
}
@unmanaged class MulInt {
  @inline f(a: v128, b: v128): v128 {
    return i32x4.mul(a, b);
  }
}
@unmanaged class MaxInt {
  @inline f(a: v128, b: v128): v128 {
    return i32x4.max_s(a, b);
  }
}
@unmanaged class MinInt {
  @inline f(a: v128, b: v128): v128 {
    return i32x4.min_s(a, b);
  }
}
@unmanaged class PowInt {
  @inline f(a: v128, b: v128): v128 {
    return powInt4(a, b);
  }
}
@unmanaged class EqInt {
  @inline f(a: v128, b: v128): v128 {
    return i32x4.shr_u(i32x4.eq(a, b), 31);
  }
}
@unmanaged class NeInt {
  @inline f(a: v128, b: v128): v128 {
    return i32x4.shr_u(i32x4.ne(a, b), 31);
  }
}
@unmanaged class LtInt {
  @inline f(a: v128, b: v128): v128 {
    return i32x4.shr_u(i32x4.lt_s(a, b), 31);
  }
}
@unmanaged class LeInt {
  @inline f(a: v128, b: v128): v128 {
    return i32x4.shr_u(i32x4.le_s(a, b), 31);
  }
}

export function add(a: usize, b: usize, y: usize, rows: usize, cols: usize, ar: usize, ac: usize, br: usize, bc: usize): void {
  map2Cheap<Add>(a, b, y, rows, cols, ar, ac, br, bc);
}
export function sub(a: usize, b: usize, y: usize, rows: usize, cols: usize, ar: usize, ac: usize, br: usize, bc: usize): void {
  map2Cheap<Sub>(a, b, y, rows, cols, ar, ac, br, bc);
}
export function mul(a: usize, b: usize, y: usize, rows: usize, cols: usize, ar: usize, ac: usize, br: usize, bc: usize): void {
  map2Cheap<Mul>(a, b, y, rows, cols, ar, ac, br, bc);
}
export function div(a: usize, b: usize, y: usize, rows: usize, cols: usize, ar: usize, ac: usize, br: usize, bc: usize): void {
  map2Cheap<Div>(a, b, y, rows, cols, ar, ac, br, bc);
}
export function maximum(a: usize, b: usize, y: usize, rows: usize, cols: usize, ar: usize, ac: usize, br: usize, bc: usize): void {
  map2<Max>(a, b, y, rows, cols, ar, ac, br, bc);
}
export function minimum(a: usize, b: usize, y: usize, rows: usize, cols: usize, ar: usize, ac: usize, br: usize, bc: usize): void {
  map2<Min>(a, b, y, rows, cols, ar, ac, br, bc);
}
export function maximumGrad(a: usize, b: usize, y: usize, rows: usize, cols: usize, ar: usize, ac: usize, br: usize, bc: usize): void {
  map2<MaxGrad>(a, b, y, rows, cols, ar, ac, br, bc);
}
export function minimumGrad(a: usize, b: usize, y: usize, rows: usize, cols: usize, ar: usize, ac: usize, br: usize, bc: usize): void {
  map2<MinGrad>(a, b, y, rows, cols, ar, ac, br, bc);
}
export function pow(a: usize, b: usize, y: usize, rows: usize, cols: usize, ar: usize, ac: usize, br: usize, bc: usize): void {
  map2<Pow>(a, b, y, rows, cols, ar, ac, br, bc);
}
export function powGradA(a: usize, b: usize, y: usize, rows: usize, cols: usize, ar: usize, ac: usize, br: usize, bc: usize): void {
  map2<PowGradA>(a, b, y, rows, cols, ar, ac, br, bc);
}
export function powGradB(a: usize, b: usize, y: usize, rows: usize, cols: usize, ar: usize, ac: usize, br: usize, bc: usize): void {
  map2<PowGradB>(a, b, y, rows, cols, ar, ac, br, bc);
}
export function eq(a: usize, b: usize, y: usize, rows: usize, cols: usize, ar: usize, ac: usize, br: usize, bc: usize): void {
  map2<Eq>(a, b, y, rows, cols, ar, ac, br, bc);
}
export function ne(a: usize, b: usize, y: usize, rows: usize, cols: usize, ar: usize, ac: usize, br: usize, bc: usize): void {
  map2<Ne>(a, b, y, rows, cols, ar, ac, br, bc);
}
export function lt(a: usize, b: usize, y: usize, rows: usize, cols: usize, ar: usize, ac: usize, br: usize, bc: usize): void {
  map2<Lt>(a, b, y, rows, cols, ar, ac, br, bc);
}
export function le(a: usize, b: usize, y: usize, rows: usize, cols: usize, ar: usize, ac: usize, br: usize, bc: usize): void {
  map2<Le>(a, b, y, rows, cols, ar, ac, br, bc);
}
export function addInt(a: usize, b: usize, y: usize, rows: usize, cols: usize, ar: usize, ac: usize, br: usize, bc: usize): void {
  map2<AddInt>(a, b, y, rows, cols, ar, ac, br, bc);
}
export function subInt(a: usize, b: usize, y: usize, rows: usize, cols: usize, ar: usize, ac: usize, br: usize, bc: usize): void {
  map2<SubInt>(a, b, y, rows, cols, ar, ac, br, bc);
}
export function mulInt(a: usize, b: usize, y: usize, rows: usize, cols: usize, ar: usize, ac: usize, br: usize, bc: usize): void {
  map2<MulInt>(a, b, y, rows, cols, ar, ac, br, bc);
}
export function maximumInt(a: usize, b: usize, y: usize, rows: usize, cols: usize, ar: usize, ac: usize, br: usize, bc: usize): void {
  map2<MaxInt>(a, b, y, rows, cols, ar, ac, br, bc);
}
export function minimumInt(a: usize, b: usize, y: usize, rows: usize, cols: usize, ar: usize, ac: usize, br: usize, bc: usize): void {
  map2<MinInt>(a, b, y, rows, cols, ar, ac, br, bc);
}
export function powInt(a: usize, b: usize, y: usize, rows: usize, cols: usize, ar: usize, ac: usize, br: usize, bc: usize): void {
  map2<PowInt>(a, b, y, rows, cols, ar, ac, br, bc);
}
export function eqInt(a: usize, b: usize, y: usize, rows: usize, cols: usize, ar: usize, ac: usize, br: usize, bc: usize): void {
  map2<EqInt>(a, b, y, rows, cols, ar, ac, br, bc);
}
export function neInt(a: usize, b: usize, y: usize, rows: usize, cols: usize, ar: usize, ac: usize, br: usize, bc: usize): void {
  map2<NeInt>(a, b, y, rows, cols, ar, ac, br, bc);
}
export function ltInt(a: usize, b: usize, y: usize, rows: usize, cols: usize, ar: usize, ac: usize, br: usize, bc: usize): void {
  map2<LtInt>(a, b, y, rows, cols, ar, ac, br, bc);
}
export function leInt(a: usize, b: usize, y: usize, rows: usize, cols: usize, ar: usize, ac: usize, br: usize, bc: usize): void {
  map2<LeInt>(a, b, y, rows, cols, ar, ac, br, bc);
}

/** g += c x b on n floats, b one for all where step is 0 */
export function mulAdd(x: usize, b: usize, g: usize, n: usize, step: usize, c: f32): void {
  const stop = g + (((n + 3) & ~3) << 2), k = f32x4.splat(c);
  let shared = v128.load32_splat(b);
  while (g < stop) {
    if (step) {
      shared = v128.load(b);
      b += 16;
    }
    v128.store(g, fma(f32x4.mul(v128.load(x), k), shared, v128.load(g)));
    x += 16;
    g += 16;
  }
}

/** t = gy t on n floats, 0 wherever t is 0, whatever gy is there */
export function weigh(gy: usize, t: usize, n: usize): void {
  const stop = t + (((n + 3) & ~3) << 2);
  while (t < stop) {
    const w = v128.load(t);
    v128.store(t, v128.and(f32x4.mul(v128.load(gy), w), f32x4.ne(w, f32x4.splat(0))));
    gy += 16;
    t += 16;
  }
}

/** y = a where c is not 0, else b, on n words; an operand whose step is 0 is one word for all */
export function where(c: usize, a: usize, b: usize, y: usize, n: usize, cStep: usize, aStep: usize, bStep: usize): void {
  const stop = y + (((n + 3) & ~3) << 2), zero = i32x4.splat(0);
  let vc = v128.load32_splat(c), va = v128.load32_splat(a), vb = v128.load32_splat(b);
  while (y < stop) {
    if (cStep) vc = v128.load(c);
    if (aStep) va = v128.load(a);
    if (bStep) vb = v128.load(b);
    v128.store(y, v128.bitselect(vb, va, i32x4.eq(vc, zero)));
    c += cStep << 4;
    a += aStep << 4;
    b += bStep << 4;
    y += 16;
  }
}
