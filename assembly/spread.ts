// The gradients of reductions: what reached one output spread over the [n] inputs it came from, gx += f(x, a, b).
import { fall4 } from "./falls";
import { spread } from "./sums";

// a belongs to the gradient, b to the output, c is a constant: x * a
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

// e^(x - b) * a, where x <= b
@unmanaged class Share {
  @inline f(x: v128, a: v128, b: v128, c: v128): v128 {
    return f32x4.mul(fall4(f32x4.sub(x, b)), a);
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
