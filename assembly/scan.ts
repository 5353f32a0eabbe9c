// Products, running sums, any and all over [outer, n, inner] layouts, floats in float64; inner is 1 or at least 4.

import { gather4, rowsAreShort } from "./lanes";

/** y = product of x */
export function prod(x: usize, y: usize, outer: usize, n: usize, inner: usize): void {
  let groups = inner, apart: usize = 4, stride = inner << 2;
  if (rowsAreShort(outer, n, inner)) {
    groups = outer;
    apart = n << 2;
    stride = 4;
    outer = 1;
  }
  const rows = groups === 1;
  const step = rows ? <usize>16 : stride;
  const count = rows ? n >> 2 : n;
  for (; outer; outer--) {
    const stop = x + n * stride;
    for (let i: usize = 0; i < groups; i += 4) {
      if (!rows && i + 4 > groups) i = groups - 4;
      let at = x + i * apart;
      let a = f64x2.splat(1);
      let b = a;
      for (let j = count; j; j--) {
        const v = gather4(at, apart);
        a = f64x2.mul(a, f64x2.promote_low_f32x4(v));
        b = f64x2.mul(b, f64x2.promote_low_f32x4(v128.shuffle<u32>(v, v, 2, 3, 2, 3)));
        at += step;
      }
      if (rows) {
        a = f64x2.mul(a, b);
        let p = f64x2.extract_lane(a, 0) * f64x2.extract_lane(a, 1);
        for (; at < stop; at += 4) p *= <f64>load<f32>(at);
        store<f32>(y, <f32>p);
      } else {
        const low = f32x4.demote_f64x2_zero(a);
        v128.store(y + (i << 2), v128.shuffle<u32>(low, f32x4.demote_f64x2_zero(b), 0, 1, 4, 5));
      }
    }
    x = stop;
    y += groups << 2;
  }
}

/** y = product of int32 x, wrapping */
export function prodInt(x: usize, y: usize, outer: usize, n: usize, inner: usize): void {
  const stride = inner << 2;
  for (; outer; outer--) {
    const stop = x + n * stride;
    for (let i: usize = 0; i < stride; i += 4) {
      let p = 1;
      for (let at = x + i; at < stop; at += stride) p *= load<i32>(at);
      store<i32>(y + i, p);
    }
    x = stop;
    y += stride;
  }
}

/** gx += gy * (product of all other x): of a group with one zero only the zero has a gradient, with two nothing has */
export function prodGrad(x: usize, gy: usize, gx: usize, outer: usize, n: usize, inner: usize): void {
  const stride = inner << 2;
  for (; outer; outer--) {
    for (let i: usize = 0; i < stride; i += 4) {
      const stop = n * stride + i;
      let zeros = 0;
      let p = <f64>load<f32>(gy + i);
      for (let j = i; j < stop; j += stride) {
        const v = <f64>load<f32>(x + j);
        if (v === 0) zeros++;
        else p *= v;
      }
      if (zeros > 1) continue;
      for (let j = i; j < stop; j += stride) {
        const v = <f64>load<f32>(x + j);
        if (zeros === 0) store<f32>(gx + j, load<f32>(gx + j) + <f32>(p / v));
        else if (v === 0) store<f32>(gx + j, load<f32>(gx + j) + <f32>p);
      }
    }
    x += n * stride;
    gx += n * stride;
    gy += stride;
  }
}

/** y[j] += x[0] + ... + x[j], or x[j] + ... + x[n - 1] for back = 1, which is its gradient */
export function cumsum(x: usize, y: usize, outer: usize, n: usize, inner: usize, back: usize): void {
  const stride = inner << 2;
  const size = n * stride;
  const step = back ? -stride : stride;
  for (; outer; outer--) {
    let p = back ? x + size - stride : x;
    let q = back ? y + size - stride : y;
    for (const stop = p + ((inner & ~3) << 2); p < stop; p += 16, q += 16) {
      let a = f64x2.splat(0);
      let b = a;
      for (let j = n, at = p, to = q; j; j--, at += step, to += step) {
        const v = v128.load(at);
        a = f64x2.add(a, f64x2.promote_low_f32x4(v));
        b = f64x2.add(b, f64x2.promote_low_f32x4(v128.shuffle<u32>(v, v, 2, 3, 2, 3)));
        const low = f32x4.demote_f64x2_zero(a);
        const sum = v128.shuffle<u32>(low, f32x4.demote_f64x2_zero(b), 0, 1, 4, 5);
        v128.store(to, f32x4.add(v128.load(to), sum));
      }
    }
    for (let i = inner & 3; i; i--, p += 4, q += 4) {
      let s: f64 = 0;
      for (let j = n, at = p, to = q; j; j--, at += step, to += step) {
        s += <f64>load<f32>(at);
        store<f32>(to, load<f32>(to) + <f32>s);
      }
    }
    x += size;
    y += size;
  }
}

/** y[j] = x[0] + ... + x[j] of int32 x, wrapping */
export function cumsumInt(x: usize, y: usize, outer: usize, n: usize, inner: usize): void {
  const stride = inner << 2;
  for (; outer; outer--) {
    for (let i: usize = 0; i < stride; i += 4) {
      const stop = n * stride + i;
      let s = 0;
      for (let j = i; j < stop; j += stride) {
        s += load<i32>(x + j);
        store<i32>(y + j, s);
      }
    }
    x += n * stride;
    y += n * stride;
  }
}

/** y = whether at least one (every = 0) or every one (1) of n words has a bit of mask; inner is 1 or at least 4 */
export function some(x: usize, y: usize, outer: usize, n: usize, inner: usize, mask: u32, every: usize): void {
  const bits = i32x4.splat(mask), zero = i32x4.splat(0), one = i32x4.splat(1);
  let groups = inner, apart: usize = 4, stride = inner << 2;
  if (rowsAreShort(outer, n, inner)) {
    groups = outer;
    apart = n << 2;
    stride = 4;
    outer = 1;
  }
  for (; outer; outer--) {
    const stop = x + n * stride;
    if (groups === 1) {
      let at = x;
      const whole = x + ((n & ~3) << 2);
      if (every) while (at < whole && i32x4.all_true(v128.and(v128.load(at), bits))) at += 16;
      else while (at < whole && !v128.any_true(v128.and(v128.load(at), bits))) at += 16;
      while (at < stop && (load<u32>(at) & mask ? 1 : 0) === every) at += 4;
      store<u32>(y, at < stop ? 1 - <u32>every : <u32>every);
    } else {
      for (let i: usize = 0; i < groups; i += 4) {
        if (i + 4 > groups) i = groups - 4;
        // the lanes where the answer is no longer `every`
        let met = zero;
        for (let at = x + i * apart, j = n; j; j--, at += stride) {
          const v = i32x4.eq(v128.and(gather4(at, apart), bits), zero);
          met = v128.or(met, every ? v : v128.not(v));
        }
        v128.store(y + (i << 2), every ? v128.andnot(one, met) : v128.and(met, one));
      }
    }
    x = stop;
    y += groups << 2;
  }
}
