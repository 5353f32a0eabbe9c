// Maxima and minima with their positions, and products, over [outer, n, inner] layouts; inner is 1 or at least 4.
// The first maximum wins, and NaN wins over numbers, as in PyTorch. A minimum is a maximum of flipped bits:
// x ^ flip reverses the order, with the sign bit for floats and all bits for integers.

import { gather4, rowsAreShort } from "./lanes";

@unmanaged class Floats {
  @inline larger(a: v128, b: v128): v128 {
    return f32x4.pmax(a, b);
  }
  @inline nan(a: v128): v128 {
    return f32x4.ne(a, a);
  }
  @inline same(a: v128, b: v128): v128 {
    return f32x4.eq(a, b);
  }
  // b stays, being no smaller or NaN
  @inline stays(b: v128, x: v128): v128 {
    return v128.or(f32x4.ge(b, x), f32x4.ne(b, b));
  }
}

@unmanaged class Integers {
  @inline larger(a: v128, b: v128): v128 {
    return i32x4.max_s(a, b);
  }
  @inline nan(a: v128): v128 {
    return i32x4.splat(0);
  }
  @inline same(a: v128, b: v128): v128 {
    return i32x4.eq(a, b);
  }
  @inline stays(b: v128, x: v128): v128 {
    return i32x4.ge_s(b, x);
  }
}

/** Offset in bytes of the first lane that is met. */
// @ts-ignore: decorator
@inline
function firstLane(hits: v128): usize {
  return ctz<i32>(i32x4.bitmask(hits)) << 2;
}

/** Address of the first largest of n > 0 words, or of the first NaN. */
function largest<Op>(x: usize, n: usize, flip: u32): usize {
  const f = i32x4.splat(flip);
  const stop16 = x + ((n >> 4) << 6);
  const stop4 = x + ((n >> 2) << 4);
  const stop = x + (n << 2);
  let at = x;
  let a = v128.xor(v128.load32_splat(x), f);
  let b = a;
  let nan = i32x4.splat(0);
  while (at < stop16) {
    const v0 = v128.xor(v128.load(at), f);
    const v1 = v128.xor(v128.load(at, 16), f);
    const v2 = v128.xor(v128.load(at, 32), f);
    const v3 = v128.xor(v128.load(at, 48), f);
    const n01 = v128.or(changetype<Op>(0).nan(v0), changetype<Op>(0).nan(v1));
    const n23 = v128.or(changetype<Op>(0).nan(v2), changetype<Op>(0).nan(v3));
    nan = v128.or(nan, v128.or(n01, n23));
    a = changetype<Op>(0).larger(a, changetype<Op>(0).larger(v0, v1));
    b = changetype<Op>(0).larger(b, changetype<Op>(0).larger(v2, v3));
    at += 64;
  }
  while (at < stop) {
    const v = v128.xor(at < stop4 ? v128.load(at) : v128.load32_splat(at), f);
    nan = v128.or(nan, changetype<Op>(0).nan(v));
    a = changetype<Op>(0).larger(a, v);
    at += at < stop4 ? 16 : 4;
  }
  at = x;
  if (v128.any_true(nan)) {
    while (load<f32>(at) === load<f32>(at)) at += 4;
    return at;
  }
  a = changetype<Op>(0).larger(a, b);
  a = changetype<Op>(0).larger(a, v128.shuffle<u32>(a, a, 2, 3, 0, 1));
  a = v128.xor(changetype<Op>(0).larger(a, v128.shuffle<u32>(a, a, 1, 0, 3, 2)), f);
  while (at < stop16) {
    const h01 = v128.or(changetype<Op>(0).same(v128.load(at), a), changetype<Op>(0).same(v128.load(at, 16), a));
    const h23 = v128.or(changetype<Op>(0).same(v128.load(at, 32), a), changetype<Op>(0).same(v128.load(at, 48), a));
    if (v128.any_true(v128.or(h01, h23))) break;
    at += 64;
  }
  while (at < stop4) {
    const hits = changetype<Op>(0).same(v128.load(at), a);
    if (v128.any_true(hits)) return at + firstLane(hits);
    at += 16;
  }
  while (!v128.any_true(changetype<Op>(0).same(v128.load32_splat(at), a))) at += 4;
  return at;
}

// @ts-ignore: decorator
@inline
function extreme<Op>(
  x: usize, y: usize, index: usize, outer: usize, n: usize, inner: usize, flip: u32,
): void {
  const f = i32x4.splat(flip);
  const one = i32x4.splat(1);
  let groups = inner, step: usize = 4, stride = inner << 2;
  if (rowsAreShort(outer, n, inner)) {
    groups = outer;
    step = n << 2;
    stride = 4;
    outer = 1;
  }
  for (; outer; outer--) {
    if (groups === 1) {
      const at = largest<Op>(x, n, flip);
      if (y) store<u32>(y, load<u32>(at));
      if (index) store<u32>(index, <u32>((at - x) >> 2));
    } else {
      for (let i: usize = 0; i < groups; i += 4) {
        if (i + 4 > groups) i = groups - 4;
        let at = x + i * step;
        let best = v128.xor(gather4(at, step), f);
        let where = i32x4.splat(0);
        let j = where;
        for (let left = n - 1; left; left--) {
          at += stride;
          j = i32x4.add(j, one);
          const v = v128.xor(gather4(at, step), f);
          const stays = changetype<Op>(0).stays(best, v);
          best = v128.bitselect(best, v, stays);
          where = v128.bitselect(where, j, stays);
        }
        if (y) v128.store(y + (i << 2), v128.xor(best, f));
        if (index) v128.store(index + (i << 2), where);
      }
    }
    x += n * stride;
    if (y) y += groups << 2;
    if (index) index += groups << 2;
  }
}

/** y = the largest, index = its position; either may be absent (0) */
export function maxDim(x: usize, y: usize, index: usize, outer: usize, n: usize, inner: usize, flip: u32): void {
  extreme<Floats>(x, y, index, outer, n, inner, flip);
}

/** The same for int32. */
export function maxDimInt(x: usize, y: usize, index: usize, outer: usize, n: usize, inner: usize, flip: u32): void {
  extreme<Integers>(x, y, index, outer, n, inner, flip);
}

/**
 * gx += gy shared evenly by the inputs equal to y.
 * kind 0: the maximum of all, where NaN inputs share if y is NaN. kind 1: the same of |x|, times sign(x), the infinity norm.
 * kind 2: amax and amin, where a y of NaN gives NaN to all.
 */
export function evenGrad(
  x: usize, y: usize, gy: usize, gx: usize, outer: usize, n: usize, inner: usize, kind: usize,
): void {
  const stride = inner << 2;
  for (; outer; outer--) {
    for (let i: usize = 0; i < stride; i += 4) {
      const best = load<f32>(y + i);
      const stop = n * stride + i;
      let ties: f32 = 0;
      for (let j = i; j < stop; j += stride) {
        if (meets(load<f32>(x + j), best, kind)) ties++;
      }
      const g = load<f32>(gy + i) / ties;
      for (let j = i; j < stop; j += stride) {
        const v = load<f32>(x + j);
        if (kind === 2 && best !== best) store<f32>(gx + j, NaN);
        if (!meets(v, best, kind)) continue;
        const sign: f32 = kind === 1 && !(v > 0) ? (v < 0 ? -1 : 0) : 1;
        store<f32>(gx + j, load<f32>(gx + j) + g * sign);
      }
    }
    x += n * stride;
    gx += n * stride;
    y += stride;
    gy += stride;
  }
}

// @ts-ignore: decorator
@inline
function meets(x: f32, best: f32, kind: usize): bool {
  return best !== best ? x !== x && kind !== 2 : (kind === 1 ? abs<f32>(x) : x) === best;
}
