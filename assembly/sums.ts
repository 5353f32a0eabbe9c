// The summing loops of the reductions: float32 lanes over short blocks, float64 between the blocks.
// A block is 16 additions deep in a row and 32 in a column, so 200,000 elements sum to within a few 1e-8 of the float64 sum.
import { exp4 } from "./math";

/** The sixteen float64 sums that sumColumns leaves behind. */
export const SUMS = memory.data(16 * 8, 16);

// the first 1, 2, 3 lanes
const LANES = memory.data<u32>([0, 0, 0, 0, -1, 0, 0, 0, -1, -1, 0, 0, -1, -1, -1, 0], 16);

// a term of the sum, f(x, p), where p belongs to the row or column: x
@unmanaged export class Plain {
  @inline f(x: v128, p: v128): v128 {
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
}

/** e^x, called rather than inlined: its loops hold it four times over. */
function e(x: v128): v128 {
  return exp4(x);
}

// e^(x - p)
@unmanaged export class ExpFrom {
  @inline f(x: v128, p: v128): v128 {
    return e(f32x4.sub(x, p));
  }
}

/** Start of the next strip of sixteen columns: the last one is drawn back over columns already done. */
// @ts-expect-error: decorator
@inline
export function strip(i: usize, inner: usize): usize {
  return i + 16 > inner ? inner - 16 : i;
}

/** The last n = 1, 2 or 3 words of a row, zeros behind them. */
// @ts-expect-error: decorator
@inline
export function loadPart(x: usize, n: usize): v128 {
  if (n === 1) return v128.load32_zero(x);
  const v = v128.load64_zero(x);
  return n === 2 ? v : v128.load_lane<u32>(x + 8, v, 2);
}

// @ts-expect-error: decorator
@inline
function widen(v: v128): v128 {
  return f64x2.add(f64x2.promote_low_f32x4(v), f64x2.promote_low_f32x4(v128.shuffle<u32>(v, v, 2, 3, 2, 3)));
}

/** sum of f(x, parameter) over n adjacent floats */
export function sumRow<Op>(x: usize, n: usize, parameter: f32): f64 {
  const p = f32x4.splat(parameter);
  const stop = x + ((n >> 4) << 6);
  const stop4 = x + ((n >> 2) << 4);
  let total = f64x2.splat(0);
  while (x < stop) {
    const block = min(x + 1024, stop);
    let a = f32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    do {
      a = f32x4.add(a, changetype<Op>(0).f(v128.load(x), p));
      b = f32x4.add(b, changetype<Op>(0).f(v128.load(x, 16), p));
      c = f32x4.add(c, changetype<Op>(0).f(v128.load(x, 32), p));
      d = f32x4.add(d, changetype<Op>(0).f(v128.load(x, 48), p));
      x += 64;
    } while (x < block);
    total = f64x2.add(total, widen(f32x4.add(f32x4.add(a, b), f32x4.add(c, d))));
  }
  let a = f32x4.splat(0);
  while (x < stop4) {
    a = f32x4.add(a, changetype<Op>(0).f(v128.load(x), p));
    x += 16;
  }
  const rest = n & 3;
  if (rest) {
    const v = changetype<Op>(0).f(loadPart(x, rest), p);
    a = f32x4.add(a, v128.and(v, v128.load(LANES + (rest << 4))));
  }
  total = f64x2.add(total, widen(a));
  return f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1);
}

// @ts-expect-error: decorator
@inline
function keep(at: usize, v: v128): void {
  v128.store(at, f64x2.add(v128.load(at), f64x2.promote_low_f32x4(v)));
  const high = f64x2.promote_low_f32x4(v128.shuffle<u32>(v, v, 2, 3, 2, 3));
  v128.store(at, f64x2.add(v128.load(at, 16), high), 16);
}

/** SUMS = sums of f(x, p) down sixteen adjacent columns of n rows, stride bytes apart; p is the address of their sixteen parameters */
export function sumColumns<Op>(x: usize, n: usize, stride: usize, p: usize): void {
  const p0 = v128.load(p);
  const p1 = v128.load(p, 16);
  const p2 = v128.load(p, 32);
  const p3 = v128.load(p, 48);
  memory.fill(SUMS, 0, 128);
  while (n) {
    let block = min<usize>(n, 32);
    n -= block;
    let a = f32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    do {
      a = f32x4.add(a, changetype<Op>(0).f(v128.load(x), p0));
      b = f32x4.add(b, changetype<Op>(0).f(v128.load(x, 16), p1));
      c = f32x4.add(c, changetype<Op>(0).f(v128.load(x, 32), p2));
      d = f32x4.add(d, changetype<Op>(0).f(v128.load(x, 48), p3));
      x += stride;
    } while (--block);
    keep(SUMS, a);
    keep(SUMS + 32, b);
    keep(SUMS + 64, c);
    keep(SUMS + 96, d);
  }
}
