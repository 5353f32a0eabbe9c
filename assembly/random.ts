// PyTorch's CPU distributions over the Mersenne twister, draw for draw.
// Everything is plain SIMD in both builds, so one seed gives one stream in every runtime.
import { CACHED, draw, draw4, drawDouble, NORMAL } from "./twister";

export { defaultGenerator, random63, seedState } from "./twister";

/** y = from + (to - from) * u, u the low 24 bits of a draw; to - from rounds to f32, the rest is f64 rounded once */
export function uniform(state: usize, y: usize, n: usize, from: f32, to: f32): void {
  const scale = f64x2.splat(<f64>(to - from) * (1.0 / 16777216.0));
  const base = f64x2.splat(<f64>from);
  const mask = i32x4.splat(0xffffff);
  const stop = y + ((n & ~3) << 2);
  while (y < stop) {
    const u = v128.and(draw4(state), mask);
    const a = f64x2.add(f64x2.mul(f64x2.convert_low_i32x4_s(u), scale), base);
    const b = f64x2.add(f64x2.mul(f64x2.convert_low_i32x4_s(v128.shuffle<i32>(u, u, 2, 3, 2, 3)), scale), base);
    v128.store(y, v128.shuffle<i32>(f32x4.demote_f64x2_zero(a), f32x4.demote_f64x2_zero(b), 0, 1, 4, 5));
    y += 16;
  }
  const rest = stop + ((n & 3) << 2);
  while (y < rest) {
    const u = <f64>(draw(state) & 0xffffff);
    store<f32>(y, <f32>(u * f64x2.extract_lane(scale, 0) + <f64>from));
    y += 4;
  }
}

// Rows of the double-precision series below: ln 2, 2/pi, pi/2 (high, low), 2/(2k+1) for log, 1/(2k+1)! for sin, 1/(2k)! for cos.
const LN2: usize = 0;
const TWO_OVER_PI: usize = 1;
const HALF_PI: usize = 2;
const HALF_PI_LOW: usize = 3;
const LOG: usize = 4;
const SIN: usize = 17;
const COS: usize = 25;
const TABLE = memory.data<f64>([
  0.6931471805599453, 0.6366197723675814, 1.5707963267948966, 6.123233995736766e-17,
  2.0, 2.0 / 3, 2.0 / 5, 2.0 / 7, 2.0 / 9, 2.0 / 11, 2.0 / 13, 2.0 / 15, 2.0 / 17, 2.0 / 19, 2.0 / 21, 2.0 / 23, 2.0 / 25,
  1.0, -1.0 / 6, 1.0 / 120, -1.0 / 5040, 1.0 / 362880, -1.0 / 39916800, 1.0 / 6227020800, -1.0 / 1307674368000,
  1.0, -1.0 / 2, 1.0 / 24, -1.0 / 720, 1.0 / 40320, -1.0 / 3628800, 1.0 / 479001600, -1.0 / 87178291200, 1.0 / 20922789888000,
]);

// @ts-expect-error: decorator
@inline
function row(k: usize): v128 {
  return v128.load64_splat(TABLE + (k << 3));
}

/** c[first] + z c[first + 1] + ... of `count` terms, by Horner. */
// @ts-expect-error: decorator
@inline
function series(z: v128, first: usize, count: usize): v128 {
  let k = first + count - 1;
  let sum = row(k);
  while (k > first) {
    k--;
    sum = f64x2.add(f64x2.mul(sum, z), row(k));
  }
  return sum;
}

/** log of two normal doubles in (0, 1]: w = 2^e m with m in [0.75, 1.5), log m = 2 atanh((m - 1) / (m + 1)) */
function log2Doubles(w: v128): v128 {
  const one = f64x2.splat(1);
  const bits = i64x2.add(w, i64x2.splat(0x0008000000000000));
  const e = i64x2.sub(i64x2.shr_u(bits, 52), i64x2.splat(1023));
  const m = i64x2.sub(w, i64x2.shl(e, 52));
  const s = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one));
  const e32 = v128.shuffle<i32>(e, e, 0, 2, 0, 2);
  return f64x2.add(f64x2.mul(f64x2.convert_low_i32x4_s(e32), row(LN2)), f64x2.mul(s, series(f64x2.mul(s, s), LOG, 13)));
}

// Where cosSin leaves its results: two cosines, then two sines.
const COS_SIN = memory.data(32, 16);

/** Cosine and sine of two doubles in [0, 2 pi]: t = x + q pi/2 with |x| <= pi/4, then the series and the quadrant. */
function cosSin(t: v128): void {
  const q = f64x2.nearest(f64x2.mul(t, row(TWO_OVER_PI)));
  const x = f64x2.sub(f64x2.sub(t, f64x2.mul(q, row(HALF_PI))), f64x2.mul(q, row(HALF_PI_LOW)));
  const z = f64x2.mul(x, x);
  const sin = f64x2.mul(x, series(z, SIN, 8));
  const cos = series(z, COS, 9);
  const k = i32x4.trunc_sat_f64x2_s_zero(q);
  const quarter = v128.shuffle<i32>(k, k, 0, 0, 1, 1);
  const swap = i64x2.ne(v128.and(quarter, i64x2.splat(1)), i64x2.splat(0));
  const minusSin = i64x2.shl(v128.and(quarter, i64x2.splat(2)), 62);
  const minusCos = i64x2.shl(v128.and(i32x4.add(quarter, i32x4.splat(1)), i64x2.splat(2)), 62);
  v128.store(COS_SIN, v128.xor(v128.bitselect(sin, cos, swap), minusCos));
  v128.store(COS_SIN, v128.xor(v128.bitselect(cos, sin, swap), minusSin), 16);
}

/** One normal in double precision; the second of each Box-Muller pair waits in the state. */
function drawNormal(state: usize): f64 {
  if (load<u32>(state, CACHED)) {
    store<u32>(state, 0, CACHED);
    return load<f64>(state, NORMAL);
  }
  const turn = drawDouble(state);
  const radius = sqrt(-2.0 * f64x2.extract_lane(log2Doubles(f64x2.splat(1.0 - drawDouble(state))), 0));
  cosSin(f64x2.splat(6.283185307179586 * turn));
  store<u32>(state, 1, CACHED);
  store<f64>(state, radius * load<f64>(COS_SIN, 16), NORMAL);
  return radius * load<f64>(COS_SIN);
}

/** Two floats at p as doubles. */
// @ts-expect-error: decorator
@inline
function promote2(p: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(p));
}

/** 16 uniforms at y become 16 normals, rounding to f32 where PyTorch's block path does: u1 = 1 - y[0..8], u2 = y[8..16]. */
function normal16(y: usize, mean: f32, std: f32): void {
  const m = f64x2.splat(<f64>mean);
  const s = f64x2.splat(<f64>std);
  const stop = y + 32;
  while (y < stop) {
    const log = f32x4.demote_f64x2_zero(log2Doubles(f64x2.sub(f64x2.splat(1), promote2(y))));
    const radius = f32x4.sqrt(f32x4.mul(log, f32x4.splat(-2)));
    cosSin(f64x2.promote_low_f32x4(f32x4.mul(v128.load64_zero(y + 32), f32x4.splat(6.2831855))));
    const c = f32x4.mul(radius, f32x4.demote_f64x2_zero(v128.load(COS_SIN)));
    const d = f32x4.mul(radius, f32x4.demote_f64x2_zero(v128.load(COS_SIN, 16)));
    v128.store64_lane(y, f32x4.demote_f64x2_zero(f64x2.add(f64x2.mul(f64x2.promote_low_f32x4(c), s), m)), 0);
    v128.store64_lane(y + 32, f32x4.demote_f64x2_zero(f64x2.add(f64x2.mul(f64x2.promote_low_f32x4(d), s), m)), 0);
    y += 8;
  }
}

/** y = mean + std * normal. Under 16 values one by one in f64; else uniforms in blocks of 16, a ragged end drawing its last 16 anew. */
export function normal(state: usize, y: usize, n: usize, mean: f64, std: f64): void {
  if (n < 16) {
    const stop = y + (n << 2);
    while (y < stop) {
      store<f32>(y, <f32>(drawNormal(state) * std + mean));
      y += 4;
    }
    return;
  }
  uniform(state, y, n, 0, 1);
  const stop = y + ((n & ~15) << 2);
  for (let p = y; p < stop; p += 64) normal16(p, <f32>mean, <f32>std);
  if (n & 15) {
    const last = y + ((n - 16) << 2);
    uniform(state, last, 16, 0, 1);
    normal16(last, <f32>mean, <f32>std);
  }
}

/** y = low + draw mod range as int32; range 0 means 2^32, which takes 64 bits a value */
export function randint(state: usize, y: usize, n: usize, low: usize, range: usize): void {
  const stop = y + (n << 2);
  while (y < stop) {
    let value = draw(state);
    if (range == 0) value = draw(state);
    else value %= <u32>range;
    store<u32>(y, <u32>low + value);
    y += 4;
  }
}

/** y = a permutation of 0..n-1: element i swaps with one of those from i on */
export function randperm(state: usize, y: usize, n: usize): void {
  for (let i: usize = 0; i < n; i++) store<u32>(y + (i << 2), <u32>i);
  for (let i: usize = 0; i + 1 < n; i++) {
    const a = y + (i << 2);
    const b = a + (<usize>(draw(state) % <u32>(n - i)) << 2);
    const kept = load<u32>(a);
    store<u32>(a, load<u32>(b));
    store<u32>(b, kept);
  }
}

/** y = value where a 53-bit uniform is under p, else 0 */
export function bernoulli(state: usize, y: usize, n: usize, p: f64, value: f32): void {
  const bits = i64x2.splat(0x1fffffffffffff);
  const under = i64x2.splat(<i64>ceil(p * 9007199254740992.0));
  const on = f32x4.splat(value);
  const stop = y + ((n & ~3) << 2);
  while (y < stop) {
    const a = draw4(state);
    const b = draw4(state);
    const first = i64x2.lt_s(v128.and(v128.shuffle<i32>(a, a, 1, 0, 3, 2), bits), under);
    const second = i64x2.lt_s(v128.and(v128.shuffle<i32>(b, b, 1, 0, 3, 2), bits), under);
    v128.store(y, v128.and(v128.shuffle<i32>(first, second, 0, 2, 4, 6), on));
    y += 16;
  }
  const rest = stop + ((n & 3) << 2);
  while (y < rest) {
    store<f32>(y, drawDouble(state) < p ? value : 0);
    y += 4;
  }
}

/** y = -log(1 - u) / rate, u a 53-bit uniform */
export function exponential(state: usize, y: usize, n: usize, rate: f64): void {
  const stop = y + (n << 2);
  while (y < stop) {
    const log = f64x2.extract_lane(log2Doubles(f64x2.splat(1.0 - drawDouble(state))), 0);
    store<f32>(y, <f32>(-log / rate));
    y += 4;
  }
}
