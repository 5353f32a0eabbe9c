// exp, tanh, sigmoid, erf on four floats at once; log is in logarithm.ts, sin and cos in trig.ts, pow in power.ts.
// The coefficients are our own minimax fits; every other entry of a table says what it is. tests/wasm measures the errors in ulp.
import { fma, fnma, splatAt } from "./lanes";

export { log4, log24, log104, log1p4 } from "./logarithm";

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
  -88.7228394, // 25: below, sigmoid is 0
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

// A function by way of e^v: v from x, the shifter, and the result from x, q and the power of two.

/** exp where the result is subnormal; called apart because subnormal arithmetic stalls the processor. */
function expSmall(x: v128): v128 {
  const v = f32x4.pmax(x, splatAt(EXP, 14)), shifter = splatAt(EXP, 12);
  const t = shifted(v, shifter), s = i32x4.shl(t, 23);
  const y = fma(expm1Near0(v, f32x4.sub(t, shifter)), s, s);
  return f32x4.mul(v128.andnot(y, f32x4.le(x, splatAt(EXP, 14))), splatAt(EXP, 13));
}

// e^x, right at +-Inf and NaN, gradual down to the smallest subnormal
@unmanaged export class ExpByE {
  @inline shifter(): v128 {
    return splatAt(EXP, 10);
  }
  @inline v(x: v128): v128 {
    return f32x4.pmax(f32x4.pmin(x, splatAt(EXP, 0)), splatAt(EXP, 1));
  }
  @inline y(x: v128, q: v128, half: v128): v128 {
    const h = fma(q, half, half), small = f32x4.lt(x, splatAt(EXP, 1));
    let y = v128.andnot(f32x4.add(h, h), small);
    if (v128.any_true(small)) {
      const kept = v128.and(small, f32x4.gt(x, splatAt(EXP, 14)));
      if (v128.any_true(kept)) y = v128.or(y, v128.and(kept, expSmall(x)));
    }
    return y;
  }
}

// e^x - 1, to the last digits near 0
@unmanaged export class Expm1ByE {
  @inline shifter(): v128 {
    return splatAt(EXP, 10);
  }
  @inline v(x: v128): v128 {
    return f32x4.pmax(f32x4.pmin(x, splatAt(EXP, 0)), splatAt(EXP, 15));
  }
  @inline y(x: v128, q: v128, half: v128): v128 {
    const h = fma(q, half, f32x4.sub(half, splatAt(EXP, 18)));
    return v128.or(f32x4.add(h, h), v128.and(x, splatAt(EXP, 21)));
  }
}

// 1 / (1 + e^-x); 0 where e^-x overflows, as PyTorch has it
@unmanaged export class SigmoidByE {
  @inline shifter(): v128 {
    return splatAt(EXP, 10);
  }
  @inline v(x: v128): v128 {
    return f32x4.pmax(f32x4.pmin(v128.xor(x, splatAt(EXP, 21)), splatAt(EXP, 16)), splatAt(EXP, 15));
  }
  @inline y(x: v128, q: v128, half: v128): v128 {
    const h = splatAt(EXP, 18), d = f32x4.add(fma(q, half, h), half);
    return f32x4.div(v128.andnot(h, f32x4.lt(x, splatAt(EXP, 25))), d);
  }
}

// tanh(x) = E / (E + 2), E = e^2|x| - 1, with the sign of x
@unmanaged export class TanhByE {
  @inline shifter(): v128 {
    return splatAt(EXP, 11);
  }
  @inline v(x: v128): v128 {
    const c = f32x4.pmin(v128.andnot(x, splatAt(EXP, 21)), splatAt(EXP, 17));
    return f32x4.add(c, c);
  }
  @inline y(x: v128, q: v128, s: v128): v128 {
    const e = fma(q, s, f32x4.sub(s, splatAt(EXP, 19)));
    return v128.or(f32x4.div(e, f32x4.add(e, splatAt(EXP, 20))), v128.and(x, splatAt(EXP, 21)));
  }
}

// @ts-ignore: decorator
@inline
function byE<Op>(x: v128): v128 {
  const v = changetype<Op>(0).v(x), shifter = changetype<Op>(0).shifter(), t = shifted(v, shifter);
  return changetype<Op>(0).y(x, expm1Near0(v, f32x4.sub(t, shifter)), i32x4.shl(t, 23));
}

/** The same for the three vectors at x, into y. Constants loaded once for all: a fifth to a third less time than one by one. */
// @ts-ignore: decorator
@inline
export function triadByE<Op>(x: usize, y: usize): void {
  const va = changetype<Op>(0).v(v128.load(x)), vb = changetype<Op>(0).v(v128.load(x, 16));
  const vc = changetype<Op>(0).v(v128.load(x, 32)), shifter = changetype<Op>(0).shifter();
  let c = splatAt(EXP, 2);
  const ta = fma(va, c, shifter), tb = fma(vb, c, shifter), tc = fma(vc, c, shifter);
  const na = f32x4.sub(ta, shifter), nb = f32x4.sub(tb, shifter), nc = f32x4.sub(tc, shifter);
  c = splatAt(EXP, 3);
  let ra = fnma(na, c, va), rb = fnma(nb, c, vb), rc = fnma(nc, c, vc);
  c = splatAt(EXP, 4);
  ra = fnma(na, c, ra), rb = fnma(nb, c, rb), rc = fnma(nc, c, rc);
  c = splatAt(EXP, 5);
  let d = splatAt(EXP, 6);
  let pa = fma(ra, c, d), pb = fma(rb, c, d), pc = fma(rc, c, d);
  d = splatAt(EXP, 7);
  pa = fma(pa, ra, d), pb = fma(pb, rb, d), pc = fma(pc, rc, d);
  d = splatAt(EXP, 8);
  pa = fma(pa, ra, d), pb = fma(pb, rb, d), pc = fma(pc, rc, d);
  d = splatAt(EXP, 9);
  pa = fma(pa, ra, d), pb = fma(pb, rb, d), pc = fma(pc, rc, d);
  pa = fma(f32x4.mul(ra, ra), pa, ra), pb = fma(f32x4.mul(rb, rb), pb, rb), pc = fma(f32x4.mul(rc, rc), pc, rc);
  // x once more from memory: registers are scarce
  v128.store(y, changetype<Op>(0).y(v128.load(x), pa, i32x4.shl(ta, 23)));
  v128.store(y, changetype<Op>(0).y(v128.load(x, 16), pb, i32x4.shl(tb, 23)), 16);
  v128.store(y, changetype<Op>(0).y(v128.load(x, 32), pc, i32x4.shl(tc, 23)), 32);
}

/** e^x */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  return byE<ExpByE>(x);
}

/** e^x - 1 */
// @ts-ignore: decorator
@inline
export function expm14(x: v128): v128 {
  return byE<Expm1ByE>(x);
}

/** 1 / (1 + e^-x) */
// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  return byE<SigmoidByE>(x);
}

/** tanh x */
// @ts-ignore: decorator
@inline
export function tanh4(x: v128): v128 {
  return byE<TanhByE>(x);
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
