// The loops of the reductions: sums, and what reached a sum spread back over its terms.
// Sums are in float64, of four terms each added up in float32 before.

import { firstLanes } from "./lanes";

/** Columns that sumColumns takes at once: narrower, each row would be a cache line far from the next (1.5 times slower at 16). */
const WIDE: usize = 1024;
/** The float64 sums that it leaves behind, in groups of four columns. */
const SUMS = memory.data(1024 * 8, 16);

// A term of the sum: f(x, p), where p belongs to the row, and column(x, p), where p is the address of what belongs to the columns.

// x
@unmanaged export class Plain {
  @inline f(x: v128, p: v128): v128 {
    return x;
  }
  @inline column(x: v128, p: usize): v128 {
    return x;
  }
}

// |x|
@unmanaged export class Magnitude {
  @inline f(x: v128, p: v128): v128 {
    return f32x4.abs(x);
  }
}

// x^2
@unmanaged export class Square {
  @inline f(x: v128, p: v128): v128 {
    return f32x4.mul(x, x);
  }
}

// (x - p)^2
@unmanaged export class SquareFrom {
  @inline f(x: v128, p: v128): v128 {
    const d = f32x4.sub(x, p);
    return f32x4.mul(d, d);
  }
  @inline column(x: v128, p: usize): v128 {
    const d = f32x4.sub(x, v128.load(p));
    return f32x4.mul(d, d);
  }
}

/** Width of the next panel of columns when `left` >= 4 are left; never are fewer than four left after it. */
// @ts-ignore: decorator
@inline
export function panelWidth(left: usize): usize {
  return left <= WIDE ? left : min<usize>(WIDE, left - 4);
}

// @ts-ignore: decorator
@inline
function low(v: v128): v128 {
  return f64x2.promote_low_f32x4(v);
}

// @ts-ignore: decorator
@inline
function high(v: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<u32>(v, v, 2, 3, 2, 3));
}

/** sum of f(x, parameter) over n adjacent floats */
export function sumRow<Op>(x: usize, n: usize, parameter: f32): f64 {
  const p = f32x4.splat(parameter);
  const stop = x + ((n >> 4) << 6);
  let a = f64x2.splat(0);
  let b = a;
  while (x < stop) {
    const v = f32x4.add(changetype<Op>(0).f(v128.load(x), p), changetype<Op>(0).f(v128.load(x, 16), p));
    const w = f32x4.add(changetype<Op>(0).f(v128.load(x, 32), p), changetype<Op>(0).f(v128.load(x, 48), p));
    const s = f32x4.add(v, w);
    a = f64x2.add(a, low(s));
    b = f64x2.add(b, high(s));
    x += 64;
  }
  for (const end = stop + ((n & 12) << 2); x < end; x += 16) {
    const v = changetype<Op>(0).f(v128.load(x), p);
    a = f64x2.add(a, low(v));
    b = f64x2.add(b, high(v));
  }
  a = f64x2.add(a, b);
  let sum = f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1);
  for (const end = x + ((n & 3) << 2); x < end; x += 4) {
    sum += <f64>f32x4.extract_lane(changetype<Op>(0).f(v128.load32_zero(x), p), 0);
  }
  return sum;
}

/** One vector of sums of n <= 16 floats. part: the mask of the last four */
// @ts-ignore: decorator
@inline
function shortRow(x: usize, n: usize, part: v128): v128 {
  const last = x + ((n - 1 & ~3) << 2);
  let v = v128.and(v128.load(last), part);
  for (; x < last; x += 16) v = f32x4.add(v, v128.load(x));
  return v;
}

/** y = (sum of n <= 16 floats) / c, of four rows step bytes apart, too short for sumRow */
export function sumShort(x: usize, y: usize, n: usize, step: usize, c: f32): void {
  const part = firstLanes(((n - 1) & 3) + 1);
  const p = shortRow(x, n, part), q = shortRow(x + step, n, part);
  const r = shortRow(x + 2 * step, n, part), s = shortRow(x + 3 * step, n, part);
  // turned: the sums of two lanes of each row, which float64 holds exactly
  const pq = v128.shuffle<f32>(p, q, 0, 4, 1, 5), pq1 = v128.shuffle<f32>(p, q, 2, 6, 3, 7);
  const rs = v128.shuffle<f32>(r, s, 0, 4, 1, 5), rs1 = v128.shuffle<f32>(r, s, 2, 6, 3, 7);
  const a = f64x2.add(f64x2.add(low(pq), high(pq)), f64x2.add(low(pq1), high(pq1)));
  const b = f64x2.add(f64x2.add(low(rs), high(rs)), f64x2.add(low(rs1), high(rs1)));
  const sums = v128.shuffle<u32>(f32x4.demote_f64x2_zero(a), f32x4.demote_f64x2_zero(b), 0, 1, 4, 5);
  v128.store(y, f32x4.div(sums, f32x4.splat(c)));
}

/** Adds one row at x to four sums, by way of their low and high halves. */
// @ts-ignore: decorator
@inline
function addFour(sums: usize, v: v128): void {
  v128.store(sums, f64x2.add(v128.load(sums), low(v)));
  v128.store(sums, f64x2.add(v128.load(sums, 16), high(v)), 16);
}

/** Sums of f(x, p) down `width` adjacent columns, 4 to panelWidth, of n rows, stride bytes apart: columnSum has them. */
export function sumColumns<Op>(x: usize, n: usize, stride: usize, width: usize, p: usize): void {
  const last = (width - 4) << 2;
  memory.fill(SUMS, 0, ((width + 3) & ~3) << 3);
  for (; n >= 4; n -= 4) {
    let sums = SUMS;
    for (let c: usize = 0; c < width << 2; c += 16) {
      const by = min(c, last), q = p + by;
      let at = x + by;
      const v = changetype<Op>(0).column(v128.load(at), q), w = changetype<Op>(0).column(v128.load((at += stride)), q);
      const s = changetype<Op>(0).column(v128.load((at += stride)), q);
      const t = changetype<Op>(0).column(v128.load(at + stride), q);
      addFour(sums, f32x4.add(f32x4.add(v, w), f32x4.add(s, t)));
      sums += 32;
    }
    x += stride << 2;
  }
  for (; n; n--) {
    let sums = SUMS;
    for (let c: usize = 0; c < width << 2; c += 16) {
      const by = min(c, last);
      addFour(sums, changetype<Op>(0).column(v128.load(x + by), p + by));
      sums += 32;
    }
    x += stride;
  }
}

/** The sum of column j. The last four columns of a width that is not a multiple of four have a group of their own. */
// @ts-ignore: decorator
@inline
export function columnSum(j: usize, width: usize): f64 {
  return load<f64>(SUMS + ((j < (width & ~3) ? j : ((width & ~3) + j + 4 - width)) << 3));
}

// a and b of the row at hand in four lanes each, where the loop over columns would find those of four columns
const ROW = memory.data(32, 16);

/** gx += f(x, a, b, c) over [outer, n, inner], where a and b hold one value for each row or column and c is `scale` */
// @ts-ignore: decorator
@inline
export function spread<Op>(
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
