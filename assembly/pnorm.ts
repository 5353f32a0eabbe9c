// The norms beside 1 and 2: any p, the infinities, and 0, which counts.
import { pow4 } from "./power";
import { spread, sumRow } from "./sums";

// |x|^p
@unmanaged class Power {
  @inline f(x: v128, p: v128): v128 {
    return pow4(f32x4.abs(x), p);
  }
}

/** y = (sum of |x|^p)^(1/p) over rows of n > 0, for a finite p other than 0 */
export function normP(x: usize, y: usize, m: usize, n: usize, p: f32): void {
  const root = f32x4.splat(1 / p);
  for (; m; m--, x += n << 2, y += 4) {
    const sum = f32x4.splat(<f32>sumRow<Power>(x, n, p));
    store<f32>(y, f32x4.extract_lane(pow4(sum, root), 0));
  }
}

/** y = the largest |x| of a row of n for p = Infinity, the smallest for -Infinity, the number of non-zeros for 0 */
export function normLimit(x: usize, y: usize, m: usize, n: usize, p: f32): void {
  for (; m; m--, y += 4) {
    let s: f32 = p < 0 ? Infinity : 0;
    for (const stop = x + (n << 2); x < stop; x += 4) {
      const v = abs<f32>(load<f32>(x));
      s = p > 0 ? max<f32>(s, v) : p < 0 ? min<f32>(s, v) : s + (v !== 0 ? 1 : 0);
    }
    store<f32>(y, s);
  }
}

// sign(x) |x|^c a, 0 at 0
@unmanaged class Slope {
  @inline f(x: v128, a: v128, b: v128, c: v128): v128 {
    const v = f32x4.mul(pow4(f32x4.abs(x), c), a);
    const zero = f32x4.splat(0);
    return v128.andnot(v128.bitselect(f32x4.neg(v), v, f32x4.lt(x, zero)), f32x4.eq(x, zero));
  }
}

/** gx += sign(x) |x|^e a, where e = p - 1 and a = gy / y^e */
export function normPGrad(x: usize, a: usize, gx: usize, outer: usize, n: usize, inner: usize, e: f32): void {
  spread<Slope>(x, a, a, gx, outer, n, inner, e);
}

/** a = gy / y^e, and 0 where y is 0, over n floats of wholly owned storage */
export function ratio(gy: usize, y: usize, a: usize, n: usize, e: f32): void {
  const stop = y + (n << 2);
  while (y < stop) {
    const v = v128.load(y);
    const d = e === 1 ? v : pow4(v, f32x4.splat(e));
    v128.store(a, v128.andnot(f32x4.div(v128.load(gy), d), f32x4.eq(v, f32x4.splat(0))));
    y += 16;
    gy += 16;
    a += 16;
  }
}
