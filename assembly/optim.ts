// In-place parameter updates, one pass over memory each. A parameter may be a view into larger storage, so every loop stops
// exactly at n: the last n mod 4 values go through 16-byte staging slots and the same vector code.
// Hyper-parameters are f64, as PyTorch's are Python floats; the lanes round them once.
import { fma, splatAt } from "./lanes";

// The step's constants, rounded to f32 once, and the staging slots of a ragged end.
const STEP = memory.data(44, 16);
const SLOTS = memory.data(80, 16);
const RATE: usize = 0;
const DECAY: usize = 1;
const SIGN: usize = 2;
const B1: usize = 3;
const C1: usize = 4;
const B2: usize = 5;
const C2: usize = 6;
const EPS: usize = 7;
const INVERSE: usize = 8;
const SHRINK: usize = 9;
const LOOKS: usize = 10;

// @ts-expect-error: decorator
@inline
function set(slot: usize, value: f64): void {
  store<f32>(STEP + (slot << 2), <f32>value);
}

// @ts-expect-error: decorator
@inline
function get(slot: usize): v128 {
  return splatAt(STEP, slot);
}

/** The last values of an array, in a slot of their own. */
function enter(slot: usize, p: usize, bytes: usize): usize {
  memory.copy(SLOTS + (slot << 4), p, bytes);
  return SLOTS + (slot << 4);
}

function leave(slot: usize, p: usize, bytes: usize): void {
  memory.copy(p, SLOTS + (slot << 4), bytes);
}

/** All ones where the term with this factor is wanted: `x & wanted(c)` keeps a factor 0 from making 0 * Inf of an Inf weight. */
// @ts-expect-error: decorator
@inline
function wanted(factor: v128): v128 {
  return f32x4.ne(factor, f32x4.splat(0));
}

function setGradient(lr: f64, weightDecay: f64, maximize: bool): void {
  set(RATE, -lr);
  set(DECAY, weightDecay);
  set(SIGN, maximize ? -1 : 1);
}

function sgdSpan(x: usize, g: usize, stop: usize): void {
  const rate = get(RATE);
  const decay = get(DECAY);
  const decays = wanted(decay);
  const sign = get(SIGN);
  while (x < stop) {
    const old = v128.load(x);
    const d = fma(v128.and(old, decays), decay, f32x4.mul(v128.load(g), sign));
    v128.store(x, fma(d, rate, old));
    x += 16;
    g += 16;
  }
}

/** d = (maximize ? -g : g) + weightDecay x;  x -= lr d */
export function sgd(x: usize, g: usize, n: usize, lr: f64, weightDecay: f64, maximize: bool): void {
  setGradient(lr, weightDecay, maximize);
  const whole = (n & ~3) << 2;
  const rest = (n & 3) << 2;
  sgdSpan(x, g, x + whole);
  if (rest == 0) return;
  const tail = enter(0, x + whole, rest);
  sgdSpan(tail, enter(1, g + whole, rest), tail + 16);
  leave(0, x + whole, rest);
}

function momentumSpan(x: usize, g: usize, b: usize, stop: usize): void {
  const rate = get(RATE);
  const decay = get(DECAY);
  const decays = wanted(decay);
  const sign = get(SIGN);
  const keep = get(B1);
  const take = get(C1);
  const ahead = get(B2);
  const looks = wanted(get(LOOKS));
  while (x < stop) {
    const old = v128.load(x);
    const d = fma(v128.and(old, decays), decay, f32x4.mul(v128.load(g), sign));
    const buffer = fma(d, take, f32x4.mul(v128.load(b), keep));
    v128.store(b, buffer);
    v128.store(x, fma(fma(buffer, ahead, v128.and(d, looks)), rate, old));
    x += 16;
    g += 16;
    b += 16;
  }
}

/** b = first ? d : momentum b + (1 - dampening) d, d as in sgd (b comes zeroed the first time);  x -= lr (nesterov ? d + momentum b : b) */
export function sgdMomentum(
  x: usize, g: usize, b: usize, n: usize,
  lr: f64, momentum: f64, dampening: f64, weightDecay: f64, nesterov: bool, maximize: bool, first: bool,
): void {
  setGradient(lr, weightDecay, maximize);
  set(B1, first ? 0 : momentum);
  set(C1, first ? 1 : 1 - dampening);
  set(B2, nesterov ? momentum : 1);
  set(LOOKS, nesterov ? 1 : 0);
  const whole = (n & ~3) << 2;
  const rest = (n & 3) << 2;
  momentumSpan(x, g, b, x + whole);
  if (rest == 0) return;
  const tail = enter(0, x + whole, rest);
  momentumSpan(tail, enter(1, g + whole, rest), enter(2, b + whole, rest), tail + 16);
  leave(0, x + whole, rest);
  leave(2, b + whole, rest);
}

/** Max is i32 where a running maximum is kept at `top`, f32 where not. */
function adamSpan<Max>(x: usize, g: usize, m: usize, v: usize, top: usize, stop: usize): void {
  const rate = get(RATE);
  const decay = get(DECAY);
  const decays = wanted(decay);
  const sign = get(SIGN);
  const b1 = get(B1);
  const c1 = get(C1);
  const b2 = get(B2);
  const c2 = get(C2);
  const eps = get(EPS);
  const inverse = get(INVERSE);
  const shrink = get(SHRINK);
  while (x < stop) {
    const old = v128.load(x);
    const d = fma(v128.and(old, decays), decay, f32x4.mul(v128.load(g), sign));
    const mean = fma(d, c1, f32x4.mul(v128.load(m), b1));
    let square = fma(f32x4.mul(d, c2), d, f32x4.mul(v128.load(v), b2));
    v128.store(m, mean);
    v128.store(v, square);
    if (isInteger<Max>()) {
      square = f32x4.max(v128.load(top), square);
      v128.store(top, square);
      top += 16;
    }
    const root = fma(f32x4.sqrt(square), inverse, eps);
    v128.store(x, f32x4.add(f32x4.mul(old, shrink), f32x4.div(f32x4.mul(mean, rate), root)));
    x += 16;
    g += 16;
    m += 16;
    v += 16;
  }
}

/**
 * t = step += 1;  d = (maximize ? -g : g) + weightDecay x, or decoupled: x *= 1 - lr weightDecay;  m = beta1 m + (1 - beta1) d;
 * v = beta2 v + (1 - beta2) d d;  x -= lr / (1 - beta1^t) m / (sqrt(v, or its running maximum `top`) / sqrt(1 - beta2^t) + eps)
 */
export function adam(
  x: usize, g: usize, m: usize, v: usize, top: usize, step: usize, n: usize,
  lr: f64, beta1: f64, beta2: f64, eps: f64, weightDecay: f64, decoupled: bool, maximize: bool,
): void {
  const count = load<f32>(step) + 1;
  store<f32>(step, count);
  setGradient(lr / (1 - power(beta1, <u32>count)), decoupled ? 0 : weightDecay, maximize);
  set(B1, beta1);
  set(C1, 1 - beta1);
  set(B2, beta2);
  set(C2, 1 - beta2);
  set(EPS, eps);
  set(INVERSE, 1 / sqrt(1 - power(beta2, <u32>count)));
  set(SHRINK, decoupled ? 1 - lr * weightDecay : 1);
  const whole = (n & ~3) << 2;
  const rest = (n & 3) << 2;
  if (top) adamSpan<i32>(x, g, m, v, top, x + whole);
  else adamSpan<f32>(x, g, m, v, 0, x + whole);
  if (rest == 0) return;
  const tail = enter(0, x + whole, rest);
  const tailG = enter(1, g + whole, rest);
  const tailM = enter(2, m + whole, rest);
  const tailV = enter(3, v + whole, rest);
  if (top) {
    adamSpan<i32>(tail, tailG, tailM, tailV, enter(4, top + whole, rest), tail + 16);
    leave(4, top + whole, rest);
  } else adamSpan<f32>(tail, tailG, tailM, tailV, 0, tail + 16);
  leave(0, x + whole, rest);
  leave(2, m + whole, rest);
  leave(3, v + whole, rest);
}

/** beta^t for a whole t >= 0, by squaring. */
function power(beta: f64, t: u32): f64 {
  let result = 1.0;
  while (t) {
    if (t & 1) result *= beta;
    beta *= beta;
    t >>= 1;
  }
  return result;
}

/** Sum of x^2 in f64: a float's square never overflows there. */
export function sumSquares(x: usize, n: usize): f64 {
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  const whole = x + ((n & ~3) << 2);
  while (x < whole) {
    const v = v128.load(x);
    const low = f64x2.promote_low_f32x4(v);
    const high = f64x2.promote_low_f32x4(v128.shuffle<i32>(v, v, 2, 3, 2, 3));
    a = f64x2.add(a, f64x2.mul(low, low));
    b = f64x2.add(b, f64x2.mul(high, high));
    x += 16;
  }
  a = f64x2.add(a, b);
  let sum = f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1);
  const stop = whole + ((n & 3) << 2);
  while (x < stop) {
    const v = <f64>load<f32>(x);
    sum += v * v;
    x += 4;
  }
  return sum;
}

/** x *= c */
export function scaleBy(x: usize, n: usize, c: f32): void {
  const factor = f32x4.splat(c);
  const whole = x + ((n & ~3) << 2);
  while (x < whole) {
    v128.store(x, f32x4.mul(v128.load(x), factor));
    x += 16;
  }
  const stop = whole + ((n & 3) << 2);
  while (x < stop) {
    store<f32>(x, load<f32>(x) * c);
    x += 4;
  }
}

/** x = min(max(x, -c), c), NaN stays NaN */
export function clampBy(x: usize, n: usize, c: f32): void {
  const high = f32x4.splat(c);
  const low = f32x4.splat(-c);
  const whole = x + ((n & ~3) << 2);
  while (x < whole) {
    v128.store(x, f32x4.max(f32x4.min(v128.load(x), high), low));
    x += 16;
  }
  const stop = whole + ((n & 3) << 2);
  while (x < stop) {
    store<f32>(x, max(min(load<f32>(x), c), -c));
    x += 4;
  }
}
