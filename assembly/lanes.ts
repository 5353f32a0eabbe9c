// v128 helpers that every family shares: fused multiply-add where the build has it, horizontal sums and maxima.

/** a * b + c in each of four lanes: one rounding in the relaxed build, two in the plain one. */
// @ts-ignore: decorator
@inline
export function fma(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** c - a * b in each of four lanes. */
// @ts-ignore: decorator
@inline
export function fnma(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_nmadd(a, b, c);
  return f32x4.sub(c, f32x4.mul(a, b));
}

/** Sum of the four lanes, pairwise. */
// @ts-ignore: decorator
@inline
export function sumLanes(v: v128): f32 {
  const s = f32x4.add(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(s, 0) + f32x4.extract_lane(s, 1);
}

/** Largest of the four lanes; NaN if any lane is NaN. */
// @ts-ignore: decorator
@inline
export function maxLanes(v: v128): f32 {
  const s = f32x4.max(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.max(s, v128.shuffle<f32>(s, s, 1, 0, 3, 2)), 0);
}

/** One float of memory in all four lanes. Constants come from tables through this: V8 from Node 24 on rebuilds a v128 constant at each use in a loop. */
// @ts-ignore: decorator
@inline
export function splatAt(table: usize, index: usize): v128 {
  return v128.load32_splat(table + (index << 2));
}

const LANES = memory.data<i32>([-1, -1, -1, -1, 0, 0, 0, 0]);

/** Mask of the first n lanes, n = 0..4: the end of a row that is not a whole vector. */
// @ts-ignore: decorator
@inline
export function firstLanes(n: usize): v128 {
  return v128.load(LANES + ((4 - n) << 2));
}

/** Store the masked lanes of v, leaving what else is there. */
// @ts-ignore: decorator
@inline
export function storeMasked(p: usize, v: v128, mask: v128): void {
  v128.store(p, v128.bitselect(v, v128.load(p), mask));
}

/** Sum of the four lanes in double precision: how a block of a long sum joins the others. */
// @ts-ignore: decorator
@inline
export function sumLanesF64(v: v128): f64 {
  const s = f64x2.add(f64x2.promote_low_f32x4(v), f64x2.promote_low_f32x4(v128.shuffle<f32>(v, v, 2, 3, 0, 1)));
  return f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
}

/** Four words `step` bytes apart. */
// @ts-ignore: decorator
@inline
export function gather4(x: usize, step: usize): v128 {
  if (step === 4) return v128.load(x);
  let v = v128.load32_zero(x);
  v = v128.load32_lane(x + step, v, 1);
  v = v128.load32_lane(x + 2 * step, v, 2);
  return v128.load32_lane(x + 3 * step, v, 3);
}

// Of shorter rows four are taken at a time, as columns are: their ends cost more than all the rest.
const SHORT: usize = 16;
/** Whether a reduction of [outer, n, inner] takes its rows as columns */
// @ts-ignore: decorator
@inline
export function rowsAreShort(outer: usize, n: usize, inner: usize): bool {
  return inner === 1 && n < SHORT && outer >= 4;
}
