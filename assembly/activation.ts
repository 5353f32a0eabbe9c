// The smooth activation functions and their gradients. df takes the saved x or y; p, q, r are the parameters of the op.
import { fma, splatAt } from "./lanes";
import { chain, chainWith, map, mapWith } from "./loops";
import { erf4, EXP, expm1Of, expOf, log1p4, mapByE, PLAIN, sigmoid4, tanh4 } from "./math";
import { expm1, sigmoid } from "./transcendental";

const C = memory.data<f32>([
  0.5, // 0
  1, // 1
  0.707106781, // 2: 1 / sqrt(2)
  0.398942280, // 3: 1 / sqrt(2 pi)
  0.797884561, // 4: sqrt(2 / pi)
  0.044715, // 5
  0.134145, // 6: 3 * 0.044715
]);
// One copy of each function: these ops can spare a call.
function sigmoidOf(x: v128): v128 {
  return sigmoid4(x);
}
function tanhOf(x: v128): v128 {
  return tanh4(x);
}
function log1pOf(x: v128): v128 {
  return log1p4(x);
}
/** ln(1 + e^x) without overflow */
function softplusOf(x: v128): v128 {
  const above = f32x4.pmax(x, f32x4.splat(0));
  return f32x4.add(above, log1pOf(expOf(f32x4.neg(f32x4.abs(x)))));
}
/** (1 + erf(x / sqrt 2)) / 2 */
function normalBelow(x: v128): v128 {
  const h = splatAt(C, 0);
  return fma(erf4(f32x4.mul(x, splatAt(C, 2))), h, h);
}
// @ts-ignore: decorator
@inline
function geluInner(x: v128): v128 {
  return f32x4.mul(f32x4.mul(splatAt(C, 4), x), fma(f32x4.mul(x, x), splatAt(C, 5), splatAt(C, 1)));
}

// p x
@unmanaged class Times {
  @inline f(x: v128, p: v128, q: v128, r: v128): v128 {
    return f32x4.mul(x, p);
  }
}

// Functions by blocks of values that stay in L1, for y may be x; one vector more, which loops by twos may write
const BLOCK: usize = 1024;
const VALUES = memory.data(4096 + 16, 16);

/** p and q of the elu at hand */
const PARAMETERS = memory.data(8, 16);

// q x, p (e^x - 1) where x < 0; s = 2^n
@unmanaged class EluByE {
  @inline table(): usize {
    return PLAIN;
  }
  @inline shifter(): v128 {
    return splatAt(EXP, 11);
  }
  @inline k(i: usize): v128 {
    return i === 0 ? splatAt(EXP, 15) : i === 1 ? splatAt(EXP, 19) : splatAt(PARAMETERS, i - 2);
  }
  @inline again(at: usize): v128 {
    return v128.load(at);
  }
  @inline v(x: v128, least: v128, one: v128): v128 {
    return f32x4.pmax(x, least);
  }
  @inline y(x: v128, r: v128, p: v128, s: v128, least: v128, one: v128, low: v128, high: v128): v128 {
    const e = fma(expm1Of(r, p), s, f32x4.sub(s, one));
    return v128.bitselect(f32x4.mul(e, low), f32x4.mul(x, high), f32x4.lt(x, f32x4.splat(0)));
  }
}
@unmanaged class Elu {
  @inline df(x: v128, g: v128, p: v128, q: v128, r: v128): v128 {
    const low = f32x4.mul(f32x4.mul(g, f32x4.mul(p, r)), expOf(f32x4.mul(x, r)));
    return v128.bitselect(f32x4.mul(g, q), low, f32x4.gt(x, f32x4.splat(0)));
  }
}
export function elu(x: usize, y: usize, n: usize, low: f32, high: f32, scale: f32): void {
  if (scale === 1) {
    store<f32>(PARAMETERS, low);
    store<f32>(PARAMETERS, high, 4);
    mapByE<EluByE>(x, y, n);
    return;
  }
  const p = f32x4.splat(low), q = f32x4.splat(high), r = f32x4.splat(scale);
  for (let left = n; left > 0; ) {
    const part = min<usize>(left, BLOCK), stop = y + (part << 2);
    mapWith<Times>(x, VALUES, part, r, r, r);
    expm1(VALUES, VALUES, part);
    for (let e = VALUES; y < stop; x += 16, y += 16, e += 16) {
      const v = v128.load(x);
      v128.store(y, v128.bitselect(f32x4.mul(p, v128.load(e)), f32x4.mul(v, q), f32x4.le(v, f32x4.splat(0))));
    }
    left -= part;
  }
}
export function eluGrad(x: usize, gy: usize, gx: usize, n: usize, low: f32, high: f32, scale: f32): void {
  chainWith<Elu>(x, gy, gx, n, f32x4.splat(low), f32x4.splat(high), f32x4.splat(scale));
}
// ln(1 + e^(p x)) / p, x where p x > q
@unmanaged class Softplus {
  @inline f(x: v128, p: v128, q: v128, r: v128): v128 {
    const z = f32x4.mul(x, p);
    return v128.bitselect(x, f32x4.div(softplusOf(z), p), f32x4.gt(z, q));
  }
  @inline df(x: v128, g: v128, p: v128, q: v128, r: v128): v128 {
    const z = f32x4.mul(x, p);
    return v128.bitselect(g, f32x4.mul(g, sigmoidOf(z)), f32x4.gt(z, q));
  }
}
export function softplus(x: usize, y: usize, n: usize, beta: f32, limit: f32): void {
  mapWith<Softplus>(x, y, n, f32x4.splat(beta), f32x4.splat(limit), f32x4.splat(limit));
}
export function softplusGrad(x: usize, gy: usize, gx: usize, n: usize, beta: f32, limit: f32): void {
  chainWith<Softplus>(x, gy, gx, n, f32x4.splat(beta), f32x4.splat(limit), f32x4.splat(limit));
}
// -ln(1 + e^-x)
@unmanaged class LogSigmoid {
  @inline f(x: v128): v128 {
    return f32x4.neg(softplusOf(f32x4.neg(x)));
  }
  @inline df(x: v128, g: v128): v128 {
    return f32x4.mul(g, sigmoidOf(f32x4.neg(x)));
  }
}
export function logSigmoid(x: usize, y: usize, n: usize): void {
  map<LogSigmoid>(x, y, n);
}
export function logSigmoidGrad(x: usize, gy: usize, gx: usize, n: usize): void {
  chain<LogSigmoid>(x, gy, gx, n);
}
// x / (1 + e^-x)
@unmanaged class Silu {
  @inline df(x: v128, g: v128): v128 {
    const s = sigmoidOf(x), one = splatAt(C, 1);
    return f32x4.mul(f32x4.mul(g, s), fma(x, f32x4.sub(one, s), one));
  }
}
export function silu(x: usize, y: usize, n: usize): void {
  for (let left = n; left > 0; ) {
    const part = min<usize>(left, BLOCK), stop = y + (part << 2);
    sigmoid(x, VALUES, part);
    for (let s = VALUES; y < stop; x += 16, y += 16, s += 16) v128.store(y, f32x4.mul(v128.load(x), v128.load(s)));
    left -= part;
  }
}
export function siluGrad(x: usize, gy: usize, gx: usize, n: usize): void {
  chain<Silu>(x, gy, gx, n);
}
// x tanh(ln(1 + e^x))
@unmanaged class Mish {
  @inline f(x: v128): v128 {
    return f32x4.mul(x, tanhOf(softplusOf(x)));
  }
  @inline df(x: v128, g: v128): v128 {
    const t = tanhOf(softplusOf(x)), s = f32x4.sub(splatAt(C, 1), f32x4.mul(t, t));
    return f32x4.mul(g, fma(f32x4.mul(x, sigmoidOf(x)), s, t));
  }
}
export function mish(x: usize, y: usize, n: usize): void {
  map<Mish>(x, y, n);
}
export function mishGrad(x: usize, gy: usize, gx: usize, n: usize): void {
  chain<Mish>(x, gy, gx, n);
}
// x (1 + erf(x / sqrt 2)) / 2
@unmanaged class Gelu {
  @inline f(x: v128): v128 {
    return f32x4.mul(x, normalBelow(x));
  }
  @inline df(x: v128, g: v128): v128 {
    const h = f32x4.mul(f32x4.mul(x, x), f32x4.neg(splatAt(C, 0)));
    return f32x4.mul(g, fma(f32x4.mul(x, splatAt(C, 3)), expOf(h), normalBelow(x)));
  }
}
export function gelu(x: usize, y: usize, n: usize): void {
  map<Gelu>(x, y, n);
}
export function geluGrad(x: usize, gy: usize, gx: usize, n: usize): void {
  chain<Gelu>(x, gy, gx, n);
}
// x (1 + t) / 2, t = tanh(sqrt(2 / pi) (x + 0.044715 x^3))
@unmanaged class GeluTanh {
  @inline f(x: v128): v128 {
    const t = tanhOf(geluInner(x)), h = splatAt(C, 0);
    return f32x4.mul(x, fma(t, h, h));
  }
  @inline df(x: v128, g: v128): v128 {
    const t = tanhOf(geluInner(x)), h = splatAt(C, 0), one = splatAt(C, 1), k = splatAt(C, 6);
    const inner = f32x4.mul(splatAt(C, 4), fma(f32x4.mul(x, x), k, one));
    const slope = f32x4.mul(f32x4.mul(f32x4.mul(h, x), f32x4.sub(one, f32x4.mul(t, t))), inner);
    return f32x4.mul(g, f32x4.add(fma(t, h, h), slope));
  }
}
export function geluTanh(x: usize, y: usize, n: usize): void {
  map<GeluTanh>(x, y, n);
}
export function geluTanhGrad(x: usize, gy: usize, gx: usize, n: usize): void {
  chain<GeluTanh>(x, gy, gx, n);
}
// x / (1 + |x|); x - x in the gradient is PyTorch's NaN at Inf
@unmanaged class Softsign {
  @inline f(x: v128): v128 {
    return f32x4.div(x, f32x4.add(f32x4.abs(x), splatAt(C, 1)));
  }
  @inline df(x: v128, g: v128): v128 {
    const d = f32x4.add(f32x4.abs(x), splatAt(C, 1));
    return f32x4.add(f32x4.div(f32x4.div(g, d), d), f32x4.sub(x, x));
  }
}
export function softsign(x: usize, y: usize, n: usize): void {
  map<Softsign>(x, y, n);
}
export function softsignGrad(x: usize, gy: usize, gx: usize, n: usize): void {
  chain<Softsign>(x, gy, gx, n);
}
// x - tanh x
@unmanaged class Tanhshrink {
  @inline f(x: v128): v128 {
    return f32x4.sub(x, tanhOf(x));
  }
  @inline df(x: v128, g: v128): v128 {
    const t = tanhOf(x);
    return f32x4.mul(g, f32x4.mul(t, t));
  }
}
export function tanhshrink(x: usize, y: usize, n: usize): void {
  map<Tanhshrink>(x, y, n);
}
export function tanhshrinkGrad(x: usize, gy: usize, gx: usize, n: usize): void {
  chain<Tanhshrink>(x, gy, gx, n);
}
