// sin, cos and tan on four floats at once: the angle is reduced in double precision, beyond 2^25 with the bits of 2 / pi.
import { fma, splatAt } from "./lanes";

// sin r = r (1 + u S(u)), cos r = 1 + u C(u), u = r^2, |r| <= pi / 4
const TRIG = memory.data<f32>([
  -0.000195166558, 0.00833217354, -0.166666549, 1, // 0..3: S, then 1
  0.0000244324130, -0.00138873099, 0.0416666456, -0.5, // 4..7: C
  33554432, // 8: 2^25
]);
// 2 / pi, the shifter 1.5 * 2^52 that rounds to an integer and leaves it in the low bits, pi / 2 in two parts
const REDUCE = memory.data<f64>([0.6366197723675814, 6755399441055744, 1.570796325802803, 9.920935796805404e-10]);
// 2 / pi, 224 binary digits
const TWO_OVER_PI = memory.data<u32>([
  0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab,
]);

/** x modulo 2 pi, for one |x| >= 2^25: of 2 / pi only the 96 digits that decide the angle take part. */
function reduceLarge(x: f32): f64 {
  const bits = reinterpret<u32>(x), exponent = (bits >> 23) & 255;
  if (exponent < 152) return <f64>x;
  if (exponent == 255) return NaN;
  const first = exponent - 152, word = TWO_OVER_PI + ((first >> 5) << 2), shift = <u64>(first & 31);
  const a = <u64>load<u32>(word), b = <u64>load<u32>(word, 4), c = <u64>load<u32>(word, 8), d = <u64>load<u32>(word, 12);
  const high = (((a << 32) | b) << shift) | ((c << shift) >> 32), low = (((c << 32) | d) << shift) >> 32;
  const m = <u64>((bits & 0x7fffff) | 0x800000);
  const angle = <f64>(<i64>(m * high + ((m * low) >> 32))) * 3.4061215800865545e-19;
  return <i32>bits < 0 ? -angle : angle;
}

/** Two angles less n pi / 2, as floats; n is still on the shifter in t. */
// @ts-ignore: decorator
@inline
function remainder(a: v128, t: v128): v128 {
  const n = f64x2.sub(t, v128.load64_splat(REDUCE, 8));
  const r = f64x2.sub(f64x2.sub(a, f64x2.mul(n, v128.load64_splat(REDUCE, 16))), f64x2.mul(n, v128.load64_splat(REDUCE, 24)));
  return f32x4.demote_f64x2_zero(r);
}

/** sin(x + quarter pi / 2) */
function sinTurned(x: v128, quarter: i32): v128 {
  let a = f64x2.promote_low_f32x4(x), b = f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3));
  if (v128.any_true(f32x4.gt(f32x4.abs(x), splatAt(TRIG, 8)))) {
    a = f64x2.replace_lane(f64x2.splat(reduceLarge(f32x4.extract_lane(x, 0))), 1, reduceLarge(f32x4.extract_lane(x, 1)));
    b = f64x2.replace_lane(f64x2.splat(reduceLarge(f32x4.extract_lane(x, 2))), 1, reduceLarge(f32x4.extract_lane(x, 3)));
  }
  const scale = v128.load64_splat(REDUCE), shifter = v128.load64_splat(REDUCE, 8);
  const ta = f64x2.add(f64x2.mul(a, scale), shifter), tb = f64x2.add(f64x2.mul(b, scale), shifter);
  const r = v128.shuffle<f32>(remainder(a, ta), remainder(b, tb), 0, 1, 4, 5), u = f32x4.mul(r, r);
  const q = i32x4.add(v128.shuffle<i32>(ta, tb, 0, 2, 4, 6), i32x4.splat(quarter)), one = splatAt(TRIG, 3);
  const s = f32x4.mul(r, fma(u, fma(u, fma(u, splatAt(TRIG, 0), splatAt(TRIG, 1)), splatAt(TRIG, 2)), one));
  const c = fma(u, fma(u, fma(u, fma(u, splatAt(TRIG, 4), splatAt(TRIG, 5)), splatAt(TRIG, 6)), splatAt(TRIG, 7)), one);
  const y = v128.bitselect(c, s, i32x4.shr_s(i32x4.shl(q, 31), 31));
  return v128.xor(y, i32x4.shl(i32x4.shr_u(q, 1), 31));
}

/** sin(x) */
export function sin4(x: v128): v128 {
  return sinTurned(x, 0);
}

/** cos(x) */
export function cos4(x: v128): v128 {
  return sinTurned(x, 1);
}

/** tan(x) */
export function tan4(x: v128): v128 {
  return f32x4.div(sinTurned(x, 0), sinTurned(x, 1));
}
