// Losses made of logarithms: binary cross entropy, with logits, and the Kullback-Leibler divergence. Elements only: a
// reduction sums them afterwards. Optional weights w and p hold one value an element, or are 0.
// gy holds one value an element, or one for all (`each`), times `scale`.
import { fma, fnma, splatAt } from "./lanes";
import { exp4, log1p4, log4, sigmoid4 } from "./math";
import { seed } from "./seed";

const TABLE = memory.data<f32>([1, -100, 1e-12, 0]);
/** Called, not inlined: a third of the code for a few per cent of the time. */
function log(x: v128): v128 {
  return log4(x);
}
function log1p(x: v128): v128 {
  return log1p4(x);
}

const ONES = memory.data<f32>([1, 1, 1, 1]);

// @ts-ignore: decorator
@inline
function one(): v128 {
  return splatAt(TABLE, 0);
}

// -(t log x + (1 - t) log(1 - x)), the logarithms at least -100
@unmanaged class Bce {
  @inline f(x: v128, t: v128, p: v128): v128 {
    const low = splatAt(TABLE, 1);
    const no = f32x4.mul(f32x4.sub(t, one()), f32x4.pmax(log1p(f32x4.neg(x)), low));
    return fnma(t, f32x4.pmax(log(x), low), no);
  }
  @inline dx(x: v128, t: v128, p: v128): v128 {
    const spread = f32x4.mul(f32x4.sub(one(), x), x);
    return f32x4.div(f32x4.sub(x, t), f32x4.pmax(spread, splatAt(TABLE, 2)));
  }
  @inline dt(x: v128, t: v128, p: v128): v128 {
    return f32x4.sub(log1p(f32x4.neg(x)), log(x));
  }
}

/** log(1 + exp(-x)) */
function softplus(x: v128): v128 {
  const negative = f32x4.pmax(f32x4.neg(x), splatAt(TABLE, 3));
  return f32x4.add(log1p(exp4(f32x4.neg(f32x4.abs(x)))), negative);
}

// (1 - t) x + (1 + (p - 1) t) log(1 + exp(-x)), p the weight of the positive class
@unmanaged class Logits {
  @inline f(x: v128, t: v128, p: v128): v128 {
    const share = fma(f32x4.sub(p, one()), t, one());
    return fma(f32x4.sub(one(), t), x, f32x4.mul(share, softplus(x)));
  }
  @inline dx(x: v128, t: v128, p: v128): v128 {
    const yes = f32x4.mul(p, t);
    return f32x4.sub(f32x4.mul(f32x4.sub(f32x4.add(yes, one()), t), sigmoid4(x)), yes);
  }
  @inline dt(x: v128, t: v128, p: v128): v128 {
    return f32x4.sub(f32x4.mul(f32x4.sub(p, one()), softplus(x)), x);
  }
}

// t log t - t x, where 0 log 0 = 0
@unmanaged class Kl {
  @inline f(x: v128, t: v128, p: v128): v128 {
    const entropy = v128.andnot(f32x4.mul(t, log(t)), f32x4.eq(t, splatAt(TABLE, 3)));
    return f32x4.sub(entropy, f32x4.mul(t, x));
  }
  @inline dx(x: v128, t: v128, p: v128): v128 {
    return f32x4.neg(t);
  }
  // log t + t / t - x: NaN at 0, as in PyTorch
  @inline dt(x: v128, t: v128, p: v128): v128 {
    return f32x4.sub(f32x4.add(log(t), f32x4.div(t, t)), x);
  }
}

/** y = w * f(x, t, p) */
// @ts-ignore: decorator
@inline
function loss<Op>(x: usize, t: usize, w: usize, p: usize, y: usize, n: usize): void {
  const stop = x + ((n + 3) & ~3) * 4, ws: usize = w ? 16 : 0, ps: usize = p ? 16 : 0;
  w = w ? w : ONES;
  p = p ? p : ONES;
  for (; x < stop; x += 16, t += 16, w += ws, p += ps, y += 16) {
    v128.store(y, f32x4.mul(v128.load(w), changetype<Op>(0).f(v128.load(x), v128.load(t), v128.load(p))));
  }
}

/** gx += scale * w * gy * dx(x, t, p) */
// @ts-ignore: decorator
@inline
function gradInput<Op>(
  x: usize, t: usize, w: usize, p: usize, gy: usize, gx: usize, n: usize, each: bool, scale: f32,
): void {
  const stop = x + ((n + 3) & ~3) * 4, ws: usize = w ? 16 : 0, ps: usize = p ? 16 : 0, gs: usize = each ? 16 : 0;
  const s = f32x4.splat(scale);
  w = w ? w : ONES;
  p = p ? p : ONES;
  for (let g = seed(gy, each); x < stop; x += 16, t += 16, w += ws, p += ps, g += gs, gx += 16) {
    const d = f32x4.mul(changetype<Op>(0).dx(v128.load(x), v128.load(t), v128.load(p)), v128.load(w));
    v128.store(gx, fma(f32x4.mul(d, s), v128.load(g), v128.load(gx)));
  }
}

/** gt += scale * w * gy * dt(x, t, p) */
// @ts-ignore: decorator
@inline
function gradTarget<Op>(
  x: usize, t: usize, w: usize, p: usize, gy: usize, gt: usize, n: usize, each: bool, scale: f32,
): void {
  const stop = x + ((n + 3) & ~3) * 4, ws: usize = w ? 16 : 0, ps: usize = p ? 16 : 0, gs: usize = each ? 16 : 0;
  const s = f32x4.splat(scale);
  w = w ? w : ONES;
  p = p ? p : ONES;
  for (let g = seed(gy, each); x < stop; x += 16, t += 16, w += ws, p += ps, g += gs, gt += 16) {
    const d = f32x4.mul(changetype<Op>(0).dt(v128.load(x), v128.load(t), v128.load(p)), v128.load(w));
    v128.store(gt, fma(f32x4.mul(d, s), v128.load(g), v128.load(gt)));
  }
}

export function binaryCrossEntropy(x: usize, t: usize, w: usize, y: usize, n: usize): void {
  loss<Bce>(x, t, w, 0, y, n);
}
export function binaryCrossEntropyGrad(
  x: usize, t: usize, w: usize, gy: usize, gx: usize, n: usize, each: bool, scale: f32,
): void {
  gradInput<Bce>(x, t, w, 0, gy, gx, n, each, scale);
}
export function binaryCrossEntropyGradTarget(
  x: usize, t: usize, w: usize, gy: usize, gt: usize, n: usize, each: bool, scale: f32,
): void {
  gradTarget<Bce>(x, t, w, 0, gy, gt, n, each, scale);
}

export function binaryCrossEntropyWithLogits(x: usize, t: usize, w: usize, p: usize, y: usize, n: usize): void {
  loss<Logits>(x, t, w, p, y, n);
}
export function binaryCrossEntropyWithLogitsGrad(
  x: usize, t: usize, w: usize, p: usize, gy: usize, gx: usize, n: usize, each: bool, scale: f32,
): void {
  gradInput<Logits>(x, t, w, p, gy, gx, n, each, scale);
}
export function binaryCrossEntropyWithLogitsGradTarget(
  x: usize, t: usize, w: usize, p: usize, gy: usize, gt: usize, n: usize, each: bool, scale: f32,
): void {
  gradTarget<Logits>(x, t, w, p, gy, gt, n, each, scale);
}

export function klDiv(x: usize, t: usize, y: usize, n: usize): void {
  loss<Kl>(x, t, 0, 0, y, n);
}
export function klDivGrad(x: usize, t: usize, gy: usize, gx: usize, n: usize, each: bool, scale: f32): void {
  gradInput<Kl>(x, t, 0, 0, gy, gx, n, each, scale);
}
export function klDivGradTarget(x: usize, t: usize, gy: usize, gt: usize, n: usize, each: bool, scale: f32): void {
  gradTarget<Kl>(x, t, 0, 0, gy, gt, n, each, scale);
}

/** Whether every one of n values lies in [0, 1]; NaN does not. */
export function inUnit(x: usize, n: usize): bool {
  for (const stop = x + n * 4; x < stop; x += 4) if (!(load<f32>(x) >= 0 && load<f32>(x) <= 1)) return false;
  return true;
}
