// The norms beside 1 and 2 over [outer, n, inner] layouts, value by value: any p, the infinities, and 0, which counts.

// @ts-expect-error: decorator
@inline
function power(v: f64, p: f32): f64 {
  return <f64>Mathf.pow(<f32>v, p);
}

/** y = (sum of |x|^p)^(1/p); the largest |x| for p = Infinity, the smallest for -Infinity, the non-zeros counted for 0; of nothing 0 */
export function normP(x: usize, y: usize, outer: usize, n: usize, inner: usize, p: f32): void {
  const stride = inner << 2;
  for (; outer; outer--) {
    const stop = x + n * stride;
    for (let i: usize = 0; i < stride; i += 4) {
      let s: f64 = p === -Infinity && n ? Infinity : 0;
      for (let at = x + i; at < stop; at += stride) {
        const v = <f64>abs<f32>(load<f32>(at));
        if (p === Infinity) s = max<f64>(s, v);
        else if (p === -Infinity) s = min<f64>(s, v);
        else if (p === 0) s += v !== 0 ? 1 : 0;
        else s += power(v, p);
      }
      store<f32>(y + i, p === 0 || abs<f32>(p) === Infinity || !n ? <f32>s : <f32>power(s, 1 / p));
    }
    x = stop;
    y += stride;
  }
}

/** gx += sign(x) |x|^(p - 1) gy / y^(p - 1), and 0 where x or y is 0; for finite p */
export function normPGrad(
  x: usize, y: usize, gy: usize, gx: usize, outer: usize, n: usize, inner: usize, p: f32,
): void {
  const stride = inner << 2;
  for (; outer; outer--) {
    const stop = x + n * stride;
    for (let i: usize = 0; i < stride; i += 4) {
      const norm = <f64>load<f32>(y + i);
      if (norm === 0) continue;
      const g = <f64>load<f32>(gy + i) / power(norm, p - 1);
      for (let at = x + i, to = gx + i; at < stop; at += stride, to += stride) {
        const v = <f64>load<f32>(at);
        if (v !== 0) store<f32>(to, load<f32>(to) + <f32>(copysign<f64>(power(abs<f64>(v), p - 1), v) * g));
      }
    }
    gx += n * stride;
    x = stop;
    y += stride;
    gy += stride;
  }
}
