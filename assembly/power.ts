// a^b on four floats or four integers at once. The floats go through double precision: b log2 a needs more digits than 24 bits.
import { splatAt } from "./lanes";

// log2 m = s L(s^2), s = (m - 1) / (m + 1); 2^f = E(f), |f| <= 1/2
const P = memory.data<f64>([
  0.3407301026792534, 0.4116727189585531, 0.5770835849724079, 0.9617966733416885, 2.8853900817900864, 1, // 0..5: L, then 1
  0.000015196134007281503, 0.000154667815151558, 0.0013333935356293562, 0.009618038059653035, // 6..9: E, then 1 again
  0.055504103653922277, 0.24022651067002818, 0.6931471807047632, // 10..12
  6755399441056767, // 13: 1.5 * 2^52 + 1023 rounds to an integer n and leaves n + 1023 in the low bits
  -200, 200, // 14, 15: from here on the result is 0 or Inf
]);
const S = memory.data<f32>([
  1, // 0
  1.17549435e-38, // 1: the smallest normal float
  8388608, // 2: 2^23
  23, // 3
  Infinity, // 4
  -0.0, // 5
  16777216, // 6: 2^24, from here on every float is even
]);

// @ts-ignore: decorator
@inline
function at(index: usize): v128 {
  return v128.load64_splat(P + (index << 3));
}

/** (m 2^e)^b in the two lower lanes, m in [sqrt(1/2), sqrt(2)); all three as doubles. */
function powTwo(m: v128, e: v128, b: v128): v128 {
  const one = at(5), s = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one)), w = f64x2.mul(s, s);
  let l = f64x2.add(f64x2.mul(w, at(0)), at(1));
  l = f64x2.add(f64x2.mul(l, w), at(2));
  l = f64x2.add(f64x2.mul(l, w), at(3));
  l = f64x2.add(f64x2.mul(l, w), at(4));
  const z = f64x2.mul(b, f64x2.add(e, f64x2.mul(l, s)));
  const v = f64x2.pmin(f64x2.pmax(z, at(14)), at(15)), shifter = at(13);
  const t = f64x2.add(v, shifter), f = f64x2.sub(v, f64x2.sub(t, shifter));
  let p = f64x2.add(f64x2.mul(f, at(6)), at(7));
  p = f64x2.add(f64x2.mul(p, f), at(8));
  p = f64x2.add(f64x2.mul(p, f), at(9));
  p = f64x2.add(f64x2.mul(p, f), at(10));
  p = f64x2.add(f64x2.mul(p, f), at(11));
  p = f64x2.add(f64x2.mul(p, f), at(12));
  p = f64x2.add(f64x2.mul(p, f), one);
  return f32x4.demote_f64x2_zero(f64x2.mul(p, i64x2.shl(t, 52)));
}

// @ts-ignore: decorator
@inline
function upper(x: v128): v128 {
  return v128.shuffle<f32>(x, x, 2, 3, 2, 3);
}

/** a^b with C's corners: x^0 = 1^y = (-1)^+-Inf = 1, NaN for a negative number to a broken power, signs kept by odd powers. */
export function pow4(a: v128, b: v128): v128 {
  const zero = f32x4.splat(0), one = splatAt(S, 0), inf = splatAt(S, 4), sign = splatAt(S, 5);
  const size = v128.andnot(a, sign), tiny = f32x4.lt(size, splatAt(S, 1));
  const x = v128.bitselect(f32x4.mul(size, splatAt(S, 2)), size, tiny);
  const e = i32x4.shr_s(i32x4.sub(x, i32x4.splat(0x3f3504f3)), 23), m = i32x4.sub(x, i32x4.shl(e, 23));
  const n = f32x4.sub(f32x4.convert_i32x4_s(e), v128.and(tiny, splatAt(S, 3)));
  const low = powTwo(f64x2.promote_low_f32x4(m), f64x2.promote_low_f32x4(n), f64x2.promote_low_f32x4(b));
  const high = powTwo(
    f64x2.promote_low_f32x4(upper(m)), f64x2.promote_low_f32x4(upper(n)), f64x2.promote_low_f32x4(upper(b)),
  );
  let y = v128.shuffle<f32>(low, high, 0, 1, 4, 5);
  // 0 and Inf: to the positive powers themselves, to the negative ones the other
  const isInf = f32x4.eq(size, inf), extreme = v128.or(isInf, f32x4.eq(a, zero));
  y = v128.bitselect(v128.and(v128.xor(isInf, f32x4.lt(b, zero)), inf), y, extreme);
  const whole = f32x4.eq(f32x4.trunc(b), b), odd = i32x4.shl(i32x4.trunc_sat_f32x4_s(b), 31);
  const small = f32x4.lt(f32x4.abs(b), splatAt(S, 6));
  y = v128.or(y, v128.and(v128.and(v128.and(a, odd), v128.and(whole, small)), sign));
  const broken = v128.andnot(v128.andnot(f32x4.lt(a, zero), whole), isInf);
  y = v128.or(y, v128.or(broken, v128.or(f32x4.ne(a, a), f32x4.ne(b, b))));
  const turn = v128.and(f32x4.eq(size, one), f32x4.eq(f32x4.abs(b), inf));
  return v128.bitselect(one, y, v128.or(turn, v128.or(f32x4.eq(b, zero), f32x4.eq(a, one))));
}

/** a^b wrapping around; to a negative power 0, but for 1 and -1. */
function powInt(a: i32, b: i32): i32 {
  if (b < 0) return a === 1 ? 1 : a === -1 ? ((b & 1) === 0 ? 1 : -1) : 0;
  let y = 1;
  for (; b; b >>= 1) {
    if (b & 1) y *= a;
    a *= a;
  }
  return y;
}

export function powInt4(a: v128, b: v128): v128 {
  let y = i32x4.splat(powInt(i32x4.extract_lane(a, 0), i32x4.extract_lane(b, 0)));
  y = i32x4.replace_lane(y, 1, powInt(i32x4.extract_lane(a, 1), i32x4.extract_lane(b, 1)));
  y = i32x4.replace_lane(y, 2, powInt(i32x4.extract_lane(a, 2), i32x4.extract_lane(b, 2)));
  return i32x4.replace_lane(y, 3, powInt(i32x4.extract_lane(a, 3), i32x4.extract_lane(b, 3)));
}
