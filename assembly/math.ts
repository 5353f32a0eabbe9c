// exp, tanh, sigmoid, erf on four floats at once; log is in logarithm.ts, sin and cos in trig.ts, pow in power.ts.
// The coefficients are our own minimax fits; every other entry of a table says what it is. tests/wasm measures the errors in ulp.
import { fma, fnma, splatAt } from "./lanes";

export { log4, log24, log104, log1p4 } from "./logarithm";

// exp(x) = 2^n (1 + q), q = r + r^2 P(r), |r| <= ln2 / 2. Adding a shifter rounds to the integer n and leaves n + 126 in the
// low bits: shifted into the exponent they are 2^(n-1), so n = 128 still fits, and the last step doubles.
export const EXP = memory.data<f32>([
  89, // 0: from here on 2^128 * 1.3 overflows to Inf by itself
  -86.9, // 1: below, 2^(n-1) leaves the normal range
  1.44269504, // 2: 1 / ln2
  -0.693359375, // 3: -ln2, the few high bits that make n * ln2 exact
  0.000212194440, // 4: -ln2, the rest
  0.00138145400, 0.00836874511, 0.0416683908, 0.166665204, 0.499999934, // 5..9: P
  12583038, // 10: shifter 1.5 * 2^23 + 126
  12583039, // 11: shifter that leaves 2^n
  12583102, // 12: shifter that leaves 2^(n+63)
  1.08420217e-19, // 13: 2^-63
  -104, // 14: below, exp rounds to 0
  -40, // 15: below, e^x vanishes beside 1
  40, // 16: above, 1 + e^-x is 1
  9.02, // 17: from here on tanh is 1
  0.5, 1, 2, // 18..20
  -0.0, // 21: the sign bit
  0.693147181, // 22: ln2
  -151, 129, // 23, 24: where 2^x is 0 and Inf
  -89, // 25: from here on e^-x is Inf, in two halves
  // 26..33: entries 2 to 9 for e^-x, with -q instead of q
  -1.44269504, 0.693359375, -0.000212194440, -0.00138145400, 0.00836874511, -0.0416683908, 0.166665204, -0.499999934,
]);
export const PLAIN: usize = EXP + 8;
const MIRRORED: usize = EXP + 104;

/** The integer nearest v / ln2, still on the shifter. table: PLAIN, or MIRRORED for -v */
// @ts-ignore: decorator
@inline
function shifted(table: usize, v: v128, shifter: v128): v128 {
  return fma(v, splatAt(table, 0), shifter);
}

/** r = v - n ln2; MIRRORED: -r for -v. */
// @ts-ignore: decorator
@inline
function remainder(table: usize, v: v128, n: v128): v128 {
  return fma(n, splatAt(table, 2), fma(n, splatAt(table, 1), v));
}

/** P(r); MIRRORED: -P(r) from -r. */
// @ts-ignore: decorator
@inline
function polynomial(table: usize, r: v128): v128 {
  let p = fma(r, splatAt(table, 3), splatAt(table, 4));
  p = fma(p, r, splatAt(table, 5));
  p = fma(p, r, splatAt(table, 6));
  return fma(p, r, splatAt(table, 7));
}

/** e^r - 1 */
// @ts-ignore: decorator
@inline
export function expm1Of(r: v128, p: v128): v128 {
  return fma(f32x4.mul(r, r), p, r);
}

/** The same for the remainder r = v - n ln2. */
// @ts-ignore: decorator
@inline
function expm1Near0(v: v128, n: v128): v128 {
  const r = remainder(PLAIN, v, n);
  return expm1Of(r, polynomial(PLAIN, r));
}

// A function by way of e^v: the table, the shifter, four constants, v from x, x from memory once more (registers are scarce) if it is
// wanted, and the result from x, r, P(r) and the power of two.

/** exp where the result is subnormal; called apart because subnormal arithmetic stalls the processor. */
function expSmall(x: v128): v128 {
  const v = f32x4.pmax(x, splatAt(EXP, 14)), shifter = splatAt(EXP, 12);
  const t = shifted(PLAIN, v, shifter), s = i32x4.shl(t, 23);
  const y = fma(expm1Near0(v, f32x4.sub(t, shifter)), s, s);
  return f32x4.mul(v128.andnot(y, f32x4.le(x, splatAt(EXP, 14))), splatAt(EXP, 13));
}

// e^x, right at +-Inf and NaN, gradual down to the smallest subnormal; s = 2^(n-1)
@unmanaged export class ExpByE {
  @inline table(): usize {
    return PLAIN;
  }
  @inline shifter(): v128 {
    return splatAt(EXP, 10);
  }
  @inline k(i: usize): v128 {
    return splatAt(EXP, i === 0 ? 1 : i === 1 ? 0 : i === 2 ? 1 : 1);
  }
  @inline again(at: usize): v128 {
    return v128.load(at);
  }
  @inline v(x: v128, least: v128, most: v128): v128 {
    return f32x4.pmax(f32x4.pmin(x, most), least);
  }
  @inline y(x: v128, r: v128, p: v128, s: v128, least: v128, most: v128, k2: v128, k3: v128): v128 {
    const h = fma(expm1Of(r, p), s, s), small = f32x4.lt(x, least);
    let y = v128.andnot(f32x4.add(h, h), small);
    if (v128.any_true(small)) {
      const kept = v128.and(small, f32x4.gt(x, splatAt(EXP, 14)));
      if (v128.any_true(kept)) y = v128.or(y, v128.and(kept, expSmall(x)));
    }
    return y;
  }
}

// e^x - 1, to the last digits near 0; s = 2^(n-1)
@unmanaged export class Expm1ByE {
  @inline table(): usize {
    return PLAIN;
  }
  @inline shifter(): v128 {
    return splatAt(EXP, 10);
  }
  @inline k(i: usize): v128 {
    return splatAt(EXP, i === 0 ? 15 : i === 1 ? 0 : i === 2 ? 18 : 21);
  }
  @inline again(at: usize): v128 {
    return v128.load(at);
  }
  @inline v(x: v128, least: v128, most: v128): v128 {
    return f32x4.pmax(f32x4.pmin(x, most), least);
  }
  @inline y(x: v128, r: v128, p: v128, s: v128, least: v128, most: v128, half: v128, sign: v128): v128 {
    const h = fma(expm1Of(r, p), s, f32x4.sub(s, half));
    return v128.or(f32x4.add(h, h), v128.and(x, sign));
  }
}

// 1 / (1 + e^-x); 0 where e^-x overflows, as PyTorch has it; s = 2^(n-1)
@unmanaged export class SigmoidByE {
  @inline table(): usize {
    return MIRRORED;
  }
  @inline shifter(): v128 {
    return splatAt(EXP, 10);
  }
  @inline k(i: usize): v128 {
    return splatAt(EXP, i === 0 ? 25 : i === 1 ? 16 : i === 2 ? 18 : 19);
  }
  @inline again(at: usize): v128 {
    return f32x4.splat(0);
  }
  @inline v(x: v128, least: v128, most: v128): v128 {
    return f32x4.pmin(f32x4.pmax(x, least), most);
  }
  @inline y(x: v128, r: v128, p: v128, s: v128, least: v128, most: v128, half: v128, one: v128): v128 {
    // half of 1 + e^-x, where e^r = 1 + r (1 + r P): mirrored, both products change their sign
    const d = fnma(fma(p, r, one), f32x4.mul(r, s), f32x4.add(s, half));
    return f32x4.div(one, f32x4.add(d, d));
  }
}

// tanh(x) = E / (E + 2), E = e^2|x| - 1, with the sign of x; s = 2^n
@unmanaged export class TanhByE {
  @inline table(): usize {
    return PLAIN;
  }
  @inline shifter(): v128 {
    return splatAt(EXP, 11);
  }
  @inline k(i: usize): v128 {
    return splatAt(EXP, i === 0 ? 21 : i === 1 ? 17 : i === 2 ? 19 : 20);
  }
  @inline again(at: usize): v128 {
    return v128.load(at);
  }
  @inline v(x: v128, sign: v128, most: v128): v128 {
    const c = f32x4.pmin(v128.andnot(x, sign), most);
    return f32x4.add(c, c);
  }
  @inline y(x: v128, r: v128, p: v128, s: v128, sign: v128, most: v128, one: v128, two: v128): v128 {
    const e = fma(expm1Of(r, p), s, f32x4.sub(s, one));
    return v128.or(f32x4.div(e, f32x4.add(e, two)), v128.and(x, sign));
  }
}

/** y = f(x) of n floats, by twos of vectors; what the last two write beyond y is put back. Constants wait in locals: see benchmarks/variants. */
// @ts-ignore: decorator
@inline
export function mapByE<Op>(x: usize, y: usize, n: usize): void {
  const table = changetype<Op>(0).table(), shifter = changetype<Op>(0).shifter();
  const c0 = splatAt(table, 0), c1 = splatAt(table, 1), c2 = splatAt(table, 2), c3 = splatAt(table, 3);
  const c4 = splatAt(table, 4), c5 = splatAt(table, 5), c6 = splatAt(table, 6), c7 = splatAt(table, 7);
  const k0 = changetype<Op>(0).k(0), k1 = changetype<Op>(0).k(1), k2 = changetype<Op>(0).k(2), k3 = changetype<Op>(0).k(3);
  const bytes = ((n + 3) & ~3) << 2, stop = x + bytes, beyond = y + bytes, kept = v128.load(beyond);
  while (x < stop) {
    const va = changetype<Op>(0).v(v128.load(x), k0, k1), vb = changetype<Op>(0).v(v128.load(x, 16), k0, k1);
    const ta = fma(va, c0, shifter), tb = fma(vb, c0, shifter);
    const na = f32x4.sub(ta, shifter), nb = f32x4.sub(tb, shifter);
    let ra = fma(na, c1, va), rb = fma(nb, c1, vb);
    ra = fma(na, c2, ra), rb = fma(nb, c2, rb);
    let pa = fma(ra, c3, c4), pb = fma(rb, c3, c4);
    pa = fma(pa, ra, c5), pb = fma(pb, rb, c5);
    pa = fma(pa, ra, c6), pb = fma(pb, rb, c6);
    pa = fma(pa, ra, c7), pb = fma(pb, rb, c7);
    v128.store(y, changetype<Op>(0).y(changetype<Op>(0).again(x), ra, pa, i32x4.shl(ta, 23), k0, k1, k2, k3));
    v128.store(y, changetype<Op>(0).y(changetype<Op>(0).again(x + 16), rb, pb, i32x4.shl(tb, 23), k0, k1, k2, k3), 16);
    x += 32;
    y += 32;
  }
  v128.store(beyond, kept);
}

// @ts-ignore: decorator
@inline
function byE<Op>(x: v128): v128 {
  const table = changetype<Op>(0).table(), shifter = changetype<Op>(0).shifter();
  const k0 = changetype<Op>(0).k(0), k1 = changetype<Op>(0).k(1), v = changetype<Op>(0).v(x, k0, k1);
  const t = shifted(table, v, shifter), r = remainder(table, v, f32x4.sub(t, shifter)), p = polynomial(table, r);
  return changetype<Op>(0).y(x, r, p, i32x4.shl(t, 23), k0, k1, changetype<Op>(0).k(2), changetype<Op>(0).k(3));
}

/** e^x */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  return byE<ExpByE>(x);
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
  const v = f32x4.mul(a, p), t = shifted(PLAIN, v, shifter), s = i32x4.shl(t, 23);
  const e = fma(expm1Near0(v, f32x4.sub(t, shifter)), s, f32x4.sub(s, splatAt(EXP, 19)));
  return v128.or(v128.andnot(e, sign), v128.and(x, sign));
}
