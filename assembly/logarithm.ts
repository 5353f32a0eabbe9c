// log, log2, log10 and log1p on four floats at once.
import { fma, fnma, splatAt } from "./lanes";

// log(x) = e ln2 + log(1 + f), 1 + f in [sqrt(1/2), sqrt(2)); log(1 + f) = f - s (f - R(s^2)), s = f / (2 + f).
const LOG = memory.data<f32>([
  1, // 0
  2, // 1
  0.298730731, 0.399774969, 0.666667759, // 2..4: R
  1.17549435e-38, // 5: the smallest normal float
  8388608, // 6: 2^23
  23, // 7
  Infinity, // 8
  -0.0, // 9
]);
// k, hi, lo: log of another base = k log(1 + f) + e (hi + lo).
const BASE_E = memory.data<f32>([1, 0.693359375, -0.000212194440]);
const BASE_2 = memory.data<f32>([1.44269504, 1, 0]);
const BASE_10 = memory.data<f32>([0.434294482, 0.301025391, 0.00000460503907]);
const LOG_BITS = memory.data<i32>([
  0x3f3504f3, // 0: sqrt(1/2)
  0x7f800000, // 1: added, the normal positive floats become the smallest integers,
  <i32>0xfeffffff, // 2: up to this one
  0x3f800000, // 3: 1
  0x7fffffff, // 4: added, the floats above 0 become the smallest integers,
  <i32>0xf1800000, // 5: up to 2^100
]);

/** log(1 + f) for 1 + f in [sqrt(1/2), sqrt(2)). */
// @ts-ignore: decorator
@inline
function logNear1(f: v128): v128 {
  const s = f32x4.div(f, f32x4.add(f, splatAt(LOG, 1))), w = f32x4.mul(s, s);
  const r = f32x4.mul(w, fma(w, fma(w, splatAt(LOG, 2), splatAt(LOG, 3)), splatAt(LOG, 4)));
  return fnma(s, f32x4.sub(f, r), f);
}

/** Exponent of x once its fraction lies in [sqrt(1/2), sqrt(2)). */
// @ts-ignore: decorator
@inline
function exponentOf(x: v128): v128 {
  return i32x4.shr_s(i32x4.sub(x, splatAt(LOG_BITS, 0)), 23);
}

/** log of the fraction of x, whose exponent is e. */
// @ts-ignore: decorator
@inline
function logFraction(x: v128, e: v128): v128 {
  return logNear1(f32x4.sub(i32x4.sub(x, i32x4.shl(e, 23)), splatAt(LOG, 0)));
}

/** Logarithm from the exponent and the log of the fraction, small parts first. */
// @ts-ignore: decorator
@inline
function logSum(e: v128, l: v128, base: usize): v128 {
  const k = base == BASE_E ? l : f32x4.mul(l, splatAt(base, 0));
  return fma(e, splatAt(base, 1), base == BASE_2 ? k : fma(e, splatAt(base, 2), k));
}

/** log where some lane is subnormal, 0, negative, Inf or NaN; y is right in the other lanes. */
function logSpecial(x: v128, y: v128, base: usize): v128 {
  const z = f32x4.mul(x, splatAt(LOG, 6)), e = exponentOf(z);
  const low = logSum(f32x4.sub(f32x4.convert_i32x4_s(e), splatAt(LOG, 7)), logFraction(z, e), base);
  const inf = splatAt(LOG, 8);
  y = v128.bitselect(low, y, f32x4.lt(x, splatAt(LOG, 5)));
  y = v128.bitselect(v128.xor(inf, splatAt(LOG, 9)), y, f32x4.eq(x, f32x4.splat(0)));
  y = v128.bitselect(inf, y, f32x4.eq(x, inf));
  return v128.or(y, v128.not(f32x4.ge(x, f32x4.splat(0))));
}

// @ts-ignore: decorator
@inline
function logBase(x: v128, base: usize): v128 {
  const e = exponentOf(x), y = logSum(f32x4.convert_i32x4_s(e), logFraction(x, e), base);
  const special = i32x4.gt_s(i32x4.add(x, splatAt(LOG_BITS, 1)), splatAt(LOG_BITS, 2));
  return v128.any_true(special) ? logSpecial(x, y, base) : y;
}

/** log(x): -Inf at 0, NaN below. */
// @ts-ignore: decorator
@inline
export function log4(x: v128): v128 {
  return logBase(x, BASE_E);
}

/** log2(x), exact at powers of two. */
export function log24(x: v128): v128 {
  return logBase(x, BASE_2);
}

/** log10(x) */
export function log104(x: v128): v128 {
  return logBase(x, BASE_10);
}

/** log1p where 1 + x is not in (0, 2^100); y is right in the other lanes. */
function log1pSpecial(x: v128, y: v128): v128 {
  const u = f32x4.add(x, splatAt(LOG, 0));
  const near = v128.and(f32x4.gt(u, f32x4.splat(0)), f32x4.lt(x, splatAt(LOG, 6)));
  return v128.bitselect(y, log4(u), near);
}

/** log(1 + x), to the last digits near 0. */
// @ts-ignore: decorator
@inline
export function log1p4(x: v128): v128 {
  const one = splatAt(LOG, 0), u = f32x4.add(x, one), e = exponentOf(u);
  const s = i32x4.sub(one, i32x4.shl(e, 23));
  const l = logNear1(fma(x, s, f32x4.sub(s, one)));
  const y = v128.or(logSum(f32x4.convert_i32x4_s(e), l, BASE_E), v128.and(x, splatAt(LOG, 9)));
  const special = i32x4.gt_s(i32x4.add(u, splatAt(LOG_BITS, 4)), splatAt(LOG_BITS, 5));
  return v128.any_true(special) ? log1pSpecial(x, y) : y;
}
