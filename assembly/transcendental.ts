// exp, log, sin, tanh and their kin on tensors: exp(x, y, n), expGrad(y, gy, gx, n). df takes the saved x or y.
import { fma, splatAt } from "./lanes";
import { chain, map } from "./loops";
import {
  ExpByE, Expm1ByE, SigmoidByE, TanhByE, erf4, exp24, expOf, log4, log24, log104, log1p4, mapByE,
} from "./math";
import { cos4, sin4, tan4 } from "./trig";

const C = memory.data<f32>([
  1, // 0
  0.693147181, // 1: ln 2
  1.44269504, // 2: 1 / ln 2
  0.434294482, // 3: 1 / ln 10
  1.12837917, // 4: 2 / sqrt(pi)
]);

// e^x
@unmanaged class Exp {
  @inline df(y: v128, g: v128): v128 {
    return f32x4.mul(g, y);
  }
}
export function exp(x: usize, y: usize, n: usize): void {
  mapByE<ExpByE>(x, y, n);
}
export function expGrad(y: usize, gy: usize, gx: usize, n: usize): void {
  chain<Exp>(y, gy, gx, n);
}
// e^x - 1
@unmanaged class Expm1 {
  @inline df(y: v128, g: v128): v128 {
    return f32x4.mul(g, f32x4.add(y, splatAt(C, 0)));
  }
}
export function expm1(x: usize, y: usize, n: usize): void {
  mapByE<Expm1ByE>(x, y, n);
}
export function expm1Grad(y: usize, gy: usize, gx: usize, n: usize): void {
  chain<Expm1>(y, gy, gx, n);
}
// 2^x; exact at integers
@unmanaged class Exp2 {
  @inline f(x: v128): v128 {
    return exp24(x);
  }
  @inline df(y: v128, g: v128): v128 {
    return f32x4.mul(f32x4.mul(g, y), splatAt(C, 1));
  }
}
export function exp2(x: usize, y: usize, n: usize): void {
  map<Exp2>(x, y, n);
}
export function exp2Grad(y: usize, gy: usize, gx: usize, n: usize): void {
  chain<Exp2>(y, gy, gx, n);
}
// ln x
@unmanaged class Log {
  @inline f(x: v128): v128 {
    return log4(x);
  }
  @inline df(x: v128, g: v128): v128 {
    return f32x4.div(g, x);
  }
}
export function log(x: usize, y: usize, n: usize): void {
  map<Log>(x, y, n);
}
export function logGrad(x: usize, gy: usize, gx: usize, n: usize): void {
  chain<Log>(x, gy, gx, n);
}
// ln(1 + x)
@unmanaged class Log1p {
  @inline f(x: v128): v128 {
    return log1p4(x);
  }
  @inline df(x: v128, g: v128): v128 {
    return f32x4.div(g, f32x4.add(x, splatAt(C, 0)));
  }
}
export function log1p(x: usize, y: usize, n: usize): void {
  map<Log1p>(x, y, n);
}
export function log1pGrad(x: usize, gy: usize, gx: usize, n: usize): void {
  chain<Log1p>(x, gy, gx, n);
}
// log2 x
@unmanaged class Log2 {
  @inline f(x: v128): v128 {
    return log24(x);
  }
  @inline df(x: v128, g: v128): v128 {
    return f32x4.mul(f32x4.div(g, x), splatAt(C, 2));
  }
}
export function log2(x: usize, y: usize, n: usize): void {
  map<Log2>(x, y, n);
}
export function log2Grad(x: usize, gy: usize, gx: usize, n: usize): void {
  chain<Log2>(x, gy, gx, n);
}
// log10 x
@unmanaged class Log10 {
  @inline f(x: v128): v128 {
    return log104(x);
  }
  @inline df(x: v128, g: v128): v128 {
    return f32x4.mul(f32x4.div(g, x), splatAt(C, 3));
  }
}
export function log10(x: usize, y: usize, n: usize): void {
  map<Log10>(x, y, n);
}
export function log10Grad(x: usize, gy: usize, gx: usize, n: usize): void {
  chain<Log10>(x, gy, gx, n);
}
// sine
@unmanaged class Sin {
  @inline f(x: v128): v128 {
    return sin4(x);
  }
  @inline df(x: v128, g: v128): v128 {
    return f32x4.mul(g, cos4(x));
  }
}
export function sin(x: usize, y: usize, n: usize): void {
  map<Sin>(x, y, n);
}
export function sinGrad(x: usize, gy: usize, gx: usize, n: usize): void {
  chain<Sin>(x, gy, gx, n);
}
// cosine
@unmanaged class Cos {
  @inline f(x: v128): v128 {
    return cos4(x);
  }
  @inline df(x: v128, g: v128): v128 {
    return f32x4.neg(f32x4.mul(g, sin4(x)));
  }
}
export function cos(x: usize, y: usize, n: usize): void {
  map<Cos>(x, y, n);
}
export function cosGrad(x: usize, gy: usize, gx: usize, n: usize): void {
  chain<Cos>(x, gy, gx, n);
}
// tangent
@unmanaged class Tan {
  @inline f(x: v128): v128 {
    return tan4(x);
  }
  @inline df(y: v128, g: v128): v128 {
    return fma(f32x4.mul(g, y), y, g);
  }
}
export function tan(x: usize, y: usize, n: usize): void {
  map<Tan>(x, y, n);
}
export function tanGrad(y: usize, gy: usize, gx: usize, n: usize): void {
  chain<Tan>(y, gy, gx, n);
}
// tanh x
@unmanaged class Tanh {
  @inline df(y: v128, g: v128): v128 {
    return f32x4.mul(g, f32x4.sub(splatAt(C, 0), f32x4.mul(y, y)));
  }
}
export function tanh(x: usize, y: usize, n: usize): void {
  mapByE<TanhByE>(x, y, n);
}
export function tanhGrad(y: usize, gy: usize, gx: usize, n: usize): void {
  chain<Tanh>(y, gy, gx, n);
}
// 1 / (1 + e^-x)
@unmanaged class Sigmoid {
  @inline df(y: v128, g: v128): v128 {
    return f32x4.mul(f32x4.mul(g, f32x4.sub(splatAt(C, 0), y)), y);
  }
}
export function sigmoid(x: usize, y: usize, n: usize): void {
  mapByE<SigmoidByE>(x, y, n);
}
export function sigmoidGrad(y: usize, gy: usize, gx: usize, n: usize): void {
  chain<Sigmoid>(y, gy, gx, n);
}
// the error function
@unmanaged class Erf {
  @inline f(x: v128): v128 {
    return erf4(x);
  }
  @inline df(x: v128, g: v128): v128 {
    return f32x4.mul(f32x4.mul(g, splatAt(C, 4)), expOf(f32x4.neg(f32x4.mul(x, x))));
  }
}
export function erf(x: usize, y: usize, n: usize): void {
  map<Erf>(x, y, n);
}
export function erfGrad(x: usize, gy: usize, gx: usize, n: usize): void {
  chain<Erf>(x, gy, gx, n);
}
