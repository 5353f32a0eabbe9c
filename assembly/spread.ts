// The gradients of reductions: what reached one output spread over the [n] inputs it came from, gx += f(x, a, b).
import { ExpFrom } from "./sums";

// A term takes x, a of the gradient and b of the output, which both belong to the row or column, and a constant c.
// x * a
@unmanaged class Times {
  @inline f(x: v128, a: v128, b: v128, c: v128): v128 {
    return f32x4.mul(x, a);
  }
}

// (x - b) * a * c
@unmanaged class Distance {
  @inline f(x: v128, a: v128, b: v128, c: v128): v128 {
    return f32x4.mul(f32x4.sub(x, b), f32x4.mul(a, c));
  }
}

// e^(x - b) * a
@unmanaged class Share {
  @inline f(x: v128, a: v128, b: v128, c: v128): v128 {
    return f32x4.mul(changetype<ExpFrom>(0).f(x, b), a);
  }
}

// sign(x) * a, 0 for NaN
@unmanaged class Sign {
  @inline f(x: v128, a: v128, b: v128, c: v128): v128 {
    const zero = f32x4.splat(0);
    const below = f32x4.lt(x, zero);
    return v128.and(v128.bitselect(f32x4.neg(a), a, below), v128.or(below, f32x4.gt(x, zero)));
  }
}

// a and b of the row at hand in four lanes each, where the loop over columns would find those of four columns
const ROW = memory.data(32, 16);

// @ts-ignore: decorator
@inline
function spread<Op>(
  x: usize, a: usize, b: usize, gx: usize, outer: usize, n: usize, inner: usize, scale: f32,
): void {
  const c = f32x4.splat(scale);
  const rows = inner === 1;
  const width = rows ? n : inner;
  const step: usize = rows ? 0 : 16;
  for (; outer; outer--) {
    if (rows) {
      v128.store(ROW, v128.load32_splat(a));
      v128.store(ROW, v128.load32_splat(b), 16);
    }
    for (let j = rows ? <usize>1 : n; j; j--) {
      let p = rows ? ROW : a;
      let q = rows ? ROW + 16 : b;
      const stop = gx + (width << 2);
      while (gx + 16 <= stop) {
        const v = changetype<Op>(0).f(v128.load(x), v128.load(p), v128.load(q), c);
        v128.store(gx, f32x4.add(v128.load(gx), v));
        x += 16;
        gx += 16;
        p += step;
        q += step;
      }
      while (gx < stop) {
        const v = changetype<Op>(0).f(v128.load32_zero(x), v128.load32_zero(p), v128.load32_zero(q), c);
        v128.store_lane<f32>(gx, f32x4.add(v128.load32_zero(gx), v), 0);
        x += 4;
        gx += 4;
        p += step >> 2;
        q += step >> 2;
      }
    }
    a += inner << 2;
    b += inner << 2;
  }
}

/** gx += x * a, for the 2-norm: a = gy / y */
export function norm2Grad(x: usize, a: usize, gx: usize, outer: usize, n: usize, inner: usize): void {
  spread<Times>(x, a, a, gx, outer, n, inner, 1);
}

/** gx += sign(x) * gy, for the 1-norm */
export function norm1Grad(x: usize, gy: usize, gx: usize, outer: usize, n: usize, inner: usize): void {
  spread<Sign>(x, gy, gy, gx, outer, n, inner, 1);
}

/** gx += (x - mean) * a * c: c = 2 / divisor and a = gy for the variance, c = 1 / divisor and a = gy / y for its root */
export function varianceGrad(
  x: usize, mean: usize, a: usize, gx: usize, outer: usize, n: usize, inner: usize, c: f32,
): void {
  spread<Distance>(x, a, mean, gx, outer, n, inner, c);
}

/** gx += gy * e^(x - y) */
export function logsumexpGrad(
  x: usize, y: usize, gy: usize, gx: usize, outer: usize, n: usize, inner: usize,
): void {
  spread<Share>(x, gy, y, gx, outer, n, inner, 1);
}

/** gx += gy * c: c is 1 for a sum, 1 / n for a mean */
export function sumGrad(gy: usize, gx: usize, outer: usize, n: usize, inner: usize, c: f32): void {
  const rows = inner === 1;
  const scale = f32x4.splat(c);
  for (; outer; outer--) {
    const g = f32x4.mul(v128.load32_splat(gy), scale);
    for (let j = rows ? <usize>1 : n; j; j--) {
      const stop = gx + (rows ? n << 2 : inner << 2);
      let p = gy;
      while (gx + 16 <= stop) {
        const v = rows ? g : f32x4.mul(v128.load(p), scale);
        v128.store(gx, f32x4.add(v128.load(gx), v));
        p += 16;
        gx += 16;
      }
      while (gx < stop) {
        store<f32>(gx, load<f32>(gx) + (rows ? f32x4.extract_lane(g, 0) : load<f32>(p) * c));
        p += 4;
        gx += 4;
      }
    }
    gy += inner << 2;
  }
}

/** a = gy / y, and 0 where y is 0, over n floats of wholly owned storage */
export function ratio(gy: usize, y: usize, a: usize, n: usize): void {
  const stop = y + (n << 2);
  while (y < stop) {
    const v = v128.load(y);
    v128.store(a, v128.andnot(f32x4.div(v128.load(gy), v), f32x4.eq(v, f32x4.splat(0))));
    y += 16;
    gy += 16;
    a += 16;
  }
}
