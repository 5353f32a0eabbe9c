// The gradients of reductions: what reached one output spread over the [n] inputs it came from, gx += f(x, a, b).
import { ExpFrom, loadPart } from "./sums";

// a is of the gradient, b of the output; both belong to the row or column: a * c
@unmanaged class Same {
  @inline f(x: v128, a: v128, b: v128, c: v128): v128 {
    return f32x4.mul(a, c);
  }
  @inline at(x: usize): v128 {
    return f32x4.splat(0);
  }
  @inline part(x: usize, n: usize): v128 {
    return f32x4.splat(0);
  }
}

@unmanaged class Reads {
  @inline at(x: usize): v128 {
    return v128.load(x);
  }
  @inline part(x: usize, n: usize): v128 {
    return loadPart(x, n);
  }
}

// x * a
@unmanaged class Times extends Reads {
  @inline f(x: v128, a: v128, b: v128, c: v128): v128 {
    return f32x4.mul(x, a);
  }
}

// (x - b) * a * c
@unmanaged class Distance extends Reads {
  @inline f(x: v128, a: v128, b: v128, c: v128): v128 {
    return f32x4.mul(f32x4.sub(x, b), f32x4.mul(a, c));
  }
}

// e^(x - b) * a
@unmanaged class Share extends Reads {
  @inline f(x: v128, a: v128, b: v128, c: v128): v128 {
    return f32x4.mul(changetype<ExpFrom>(0).f(x, b), a);
  }
}

// sign(x) * a, 0 for NaN
@unmanaged class Sign extends Reads {
  @inline f(x: v128, a: v128, b: v128, c: v128): v128 {
    const zero = f32x4.splat(0);
    const below = f32x4.lt(x, zero);
    return v128.and(v128.bitselect(f32x4.neg(a), a, below), v128.or(below, f32x4.gt(x, zero)));
  }
}

// @ts-expect-error: decorator
@inline
function storePart(y: usize, v: v128, n: usize): void {
  if (n === 1) {
    v128.store_lane<u32>(y, v, 0);
    return;
  }
  v128.store_lane<u64>(y, v, 0);
  if (n === 3) v128.store_lane<u32>(y + 8, v, 2);
}

// @ts-expect-error: decorator
@inline
function spread<Op>(
  x: usize, a: usize, b: usize, gx: usize, outer: usize, n: usize, inner: usize, scale: f32,
): void {
  const c = f32x4.splat(scale);
  const rows = inner === 1;
  const width = rows ? n : inner;
  const count = rows ? <usize>1 : n;
  const rest = width & 3;
  for (; outer; outer--) {
    for (let j = count; j; j--) {
      let p = a;
      let q = b;
      const stop = gx + ((width >> 2) << 4);
      if (rows) {
        const pa = v128.load32_splat(a);
        const pb = v128.load32_splat(b);
        while (gx < stop) {
          v128.store(gx, f32x4.add(v128.load(gx), changetype<Op>(0).f(changetype<Op>(0).at(x), pa, pb, c)));
          x += 16;
          gx += 16;
        }
        if (rest) {
          const v = changetype<Op>(0).f(changetype<Op>(0).part(x, rest), pa, pb, c);
          storePart(gx, f32x4.add(loadPart(gx, rest), v), rest);
        }
      } else {
        while (gx < stop) {
          const v = changetype<Op>(0).f(changetype<Op>(0).at(x), v128.load(p), v128.load(q), c);
          v128.store(gx, f32x4.add(v128.load(gx), v));
          x += 16;
          gx += 16;
          p += 16;
          q += 16;
        }
        if (rest) {
          const v = changetype<Op>(0).f(changetype<Op>(0).part(x, rest), loadPart(p, rest), loadPart(q, rest), c);
          storePart(gx, f32x4.add(loadPart(gx, rest), v), rest);
        }
      }
      x += rest << 2;
      gx += rest << 2;
    }
    a += rows ? 4 : inner << 2;
    b += rows ? 4 : inner << 2;
  }
}

/** gx += gy * c: c is 1 for a sum, 1 / n for a mean */
export function sumGrad(gy: usize, gx: usize, outer: usize, n: usize, inner: usize, c: f32): void {
  spread<Same>(gy, gy, gy, gx, outer, n, inner, c);
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
