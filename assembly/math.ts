// exp, log, tanh, sigmoid, erf and their relatives on four floats at once (sin and cos: trig.ts; pow: power.ts).
// The coefficients are our own minimax fits; every other entry of a table says what it is. tests/wasm measures the errors in ulp.
import { fma, fnma, splatAt } from "./lanes";

// exp(x) = 2^n (1 + q), q = r + r^2 P(r), |r| <= ln2 / 2. Adding a shifter rounds to the integer n and leaves n + 126 in the
// low bits: shifted into the exponent they are 2^(n-1), so n = 128 still fits, and the last step doubles.
const EXP = memory.data<f32>([
  89, // 0: from here on 2^128 * 1.3 overflows to Inf by itself
  -86.9, // 1: below, 2^(n-1) leaves the normal range
  1.44269504, // 2: 1 / ln2
  0.693359375, // 3: ln2, the few high bits that make n * ln2 exact
  -0.000212194440, // 4: ln2, the rest
  0.00138145400, 0.00836874511, 0.0416683908, 0.166665204, 0.499999934, // 5..9: P
  12583038, // 10: shifter 1.5 * 2^23 + 126
  12583039, // 11: shifter that leaves 2^n
  12583102, // 12: shifter that leaves 2^(n+63)
  1.08420217e-19, // 13: 2^-63
  -104, // 14: below, exp rounds to 0
  -40, // 15: below, e^x vanishes beside 1
  88.7228394, // 16: above, e^x is Inf
  9.02, // 17: from here on tanh is 1
  0.5, 1, 2, // 18..20
  -0.0, // 21: the sign bit
  0.693147181, // 22: ln2
  -151, 129, // 23, 24: where 2^x is 0 and Inf
]);

/** The integer nearest v / ln2, still on the shifter. */
// @ts-ignore: decorator
@inline
function shifted(v: v128, shifter: v128): v128 {
  return fma(v, splatAt(EXP, 2), shifter);
}

/** q = e^r - 1 for the remainder r = v - n ln2. */
// @ts-ignore: decorator
@inline
function expm1Near0(v: v128, n: v128): v128 {
  const r = fnma(n, splatAt(EXP, 4), fnma(n, splatAt(EXP, 3), v));
  let p = fma(r, splatAt(EXP, 5), splatAt(EXP, 6));
  p = fma(p, r, splatAt(EXP, 7));
  p = fma(p, r, splatAt(EXP, 8));
  p = fma(p, r, splatAt(EXP, 9));
  return fma(f32x4.mul(r, r), p, r);
}

/** exp where the result is subnormal; called apart because subnormal arithmetic stalls the processor. */
function expSmall(x: v128): v128 {
  const v = f32x4.pmax(x, splatAt(EXP, 14)), shifter = splatAt(EXP, 12);
  const t = shifted(v, shifter), s = i32x4.shl(t, 23);
  const y = fma(expm1Near0(v, f32x4.sub(t, shifter)), s, s);
  return f32x4.mul(v128.andnot(y, f32x4.le(x, splatAt(EXP, 14))), splatAt(EXP, 13));
}

/** e^x, right at +-Inf and NaN, gradual down to the smallest subnormal. */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  const small = f32x4.lt(x, splatAt(EXP, 1));
  const v = f32x4.pmax(f32x4.pmin(x, splatAt(EXP, 0)), splatAt(EXP, 1)), shifter = splatAt(EXP, 10);
  const t = shifted(v, shifter), half = i32x4.shl(t, 23);
  const h = fma(expm1Near0(v, f32x4.sub(t, shifter)), half, half);
  let y = v128.andnot(f32x4.add(h, h), small);
  if (v128.any_true(small)) {
    const kept = v128.and(small, f32x4.gt(x, splatAt(EXP, 14)));
    if (v128.any_true(kept)) y = v128.or(y, v128.and(kept, expSmall(x)));
  }
  return y;
}

/** exp4 for those who can spare a call: all share this one copy. */
export function expOf(x: v128): v128 {
  return exp4(x);
}

/** 2^x, exact at integers; the power of two in two halves, so that subnormals round once. */
export function exp24(x: v128): v128 {
  const v = f32x4.pmin(f32x4.pmax(x, splatAt(EXP, 23)), splatAt(EXP, 24)), n = f32x4.nearest(v);
  const q = expm1Near0(f32x4.mul(f32x4.sub(v, n), splatAt(EXP, 22)), f32x4.splat(0));
  const i = i32x4.trunc_sat_f32x4_s(n), h = i32x4.shr_s(i, 1), one = splatAt(EXP, 19);
  const s = i32x4.add(i32x4.shl(h, 23), one);
  return f32x4.mul(fma(q, s, s), i32x4.add(i32x4.shl(i32x4.sub(i, h), 23), one));
}

/** e^x - 1, to the last digits near 0. */
// @ts-ignore: decorator
@inline
export function expm14(x: v128): v128 {
  const v = f32x4.pmax(f32x4.pmin(x, splatAt(EXP, 0)), splatAt(EXP, 15)), shifter = splatAt(EXP, 10);
  const t = shifted(v, shifter), half = i32x4.shl(t, 23);
  const h = fma(expm1Near0(v, f32x4.sub(t, shifter)), half, f32x4.sub(half, splatAt(EXP, 18)));
  return v128.or(f32x4.add(h, h), v128.and(x, splatAt(EXP, 21)));
}

/** 1 / (1 + e^-x); 0 where e^-x overflows, as PyTorch has it. */
// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  const a = v128.xor(x, splatAt(EXP, 21)), top = splatAt(EXP, 16), shifter = splatAt(EXP, 10), h = splatAt(EXP, 18);
  const v = f32x4.pmax(f32x4.pmin(a, top), splatAt(EXP, 15));
  const t = shifted(v, shifter), half = i32x4.shl(t, 23);
  const d = f32x4.add(fma(expm1Near0(v, f32x4.sub(t, shifter)), half, h), half);
  return f32x4.div(v128.andnot(h, f32x4.gt(a, top)), d);
}

/** tanh(x) = E / (E + 2), E = e^2|x| - 1, with the sign of x */
// @ts-ignore: decorator
@inline
export function tanh4(x: v128): v128 {
  const sign = splatAt(EXP, 21), c = f32x4.pmin(v128.andnot(x, sign), splatAt(EXP, 17)), v = f32x4.add(c, c);
  const shifter = splatAt(EXP, 11), t = shifted(v, shifter), s = i32x4.shl(t, 23);
  const e = fma(expm1Near0(v, f32x4.sub(t, shifter)), s, f32x4.sub(s, splatAt(EXP, 19)));
  return v128.or(f32x4.div(e, f32x4.add(e, splatAt(EXP, 20))), v128.and(x, sign));
}

// erf(x) = 1 - e^(x P(x)) for x in [0, 4.1], from where on it is 1. Through e^v - 1 the first digits of small x survive, and
// unlike a quotient of polynomials it never exceeds 1.
const ERF = memory.data<f32>([
  4.1, // 0
  0.00000925626773, -0.000117641292, 0.000632836949, -0.00166702759, 0.000160396186, // 1..9: P
  0.0191530641, -0.102777831, -0.636619389, -1.12837923,
]);

/** erf(x) */
// @ts-ignore: decorator
@inline
export function erf4(x: v128): v128 {
  const sign = splatAt(EXP, 21), a = f32x4.pmin(v128.andnot(x, sign), splatAt(ERF, 0)), shifter = splatAt(EXP, 11);
  const a2 = f32x4.mul(a, a), a4 = f32x4.mul(a2, a2);
  // in halves: one chain of nine measured half as fast
  const p1 = fma(fma(a, splatAt(ERF, 2), splatAt(ERF, 3)), a2, fma(a, splatAt(ERF, 4), splatAt(ERF, 5)));
  const p0 = fma(fma(a, splatAt(ERF, 6), splatAt(ERF, 7)), a2, fma(a, splatAt(ERF, 8), splatAt(ERF, 9)));
  const p = fma(fma(a4, splatAt(ERF, 1), p1), a4, p0);
  const v = f32x4.mul(a, p), t = shifted(v, shifter), s = i32x4.shl(t, 23);
  const e = fma(expm1Near0(v, f32x4.sub(t, shifter)), s, f32x4.sub(s, splatAt(EXP, 19)));
  return v128.or(v128.andnot(e, sign), v128.and(x, sign));
}

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
