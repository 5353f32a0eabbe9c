// Elementwise functions of one tensor, each beside the kernel of its gradient.
import { type Address, checkTensor, kernels as k } from "../op.ts";
import { put } from "./broadcast.ts";
import { clone } from "./copy.ts";
import { type Differentiable, keepingInts, type MapKernel, type Unary, unary } from "./elementwise.ts";

export type { Unary } from "./elementwise.ts";

/** Of those whose int32 has a kernel of its own */
const kept = (kernel: Differentiable, int: MapKernel): Unary => keepingInts(kernel, unary(kernel), int);

/** Rounding changes nothing in an int32 tensor. */
function rounding(op: "floor" | "ceil" | "round" | "trunc"): Unary {
  const float = unary(op, "x", op, null);
  return (x) => {
    checkTensor(x, op);
    return x.dtype === "int32" ? clone(x) : float(x);
  };
}

function negInt(x: Address, y: Address, n: number): void {
  k.mulInt(x, put(-1, true), y, 1, n, 0, 1, 0, 0);
}
function absInt(x: Address, y: Address, n: number): void {
  negInt(x, y, n);
  k.maximumInt(x, y, y, 1, n, 0, 1, 0, 1);
}
function signInt(x: Address, y: Address, n: number): void {
  k.maximumInt(x, put(-1, true), y, 1, n, 0, 1, 0, 0);
  k.minimumInt(y, put(1, true), y, 1, n, 0, 1, 0, 0);
}
function squareInt(x: Address, y: Address, n: number): void {
  k.mulInt(x, x, y, 1, n, 0, 1, 0, 1);
}
function negGrad(_: Address, gy: Address, gx: Address, n: number): void {
  k.mulAdd(gy, put(-1), gx, n, 0, 1);
}

/** y = e^x */
export const exp: Unary = /* @__PURE__ */ unary("exp", "y");
/** y = e^x - 1, to the last digits near 0 */
export const expm1: Unary = /* @__PURE__ */ unary("expm1", "y");
/** y = 2^x */
export const exp2: Unary = /* @__PURE__ */ unary("exp2", "y");
/** y = ln x: -Infinity at 0, NaN below */
export const log: Unary = /* @__PURE__ */ unary("log");
/** y = ln(1 + x), to the last digits near 0 */
export const log1p: Unary = /* @__PURE__ */ unary("log1p");
/** y = log2 x */
export const log2: Unary = /* @__PURE__ */ unary("log2");
/** y = log10 x */
export const log10: Unary = /* @__PURE__ */ unary("log10");
/** The square root; its gradient at 0 is Infinity. */
export const sqrt: Unary = /* @__PURE__ */ unary("sqrt", "y");
/** y = 1 / sqrt(x) */
export const rsqrt: Unary = /* @__PURE__ */ unary("rsqrt", "y");
/** y = 1 / x */
export const reciprocal: Unary = /* @__PURE__ */ unary("reciprocal", "y");
/** y = x^2; int32 stays int32 */
export const square: Unary = /* @__PURE__ */ kept("square", squareInt);
/** y = |x|, with gradient 0 at 0; int32 stays int32 */
export const abs: Unary = /* @__PURE__ */ kept("abs", absInt);
/** y = -x; int32 stays int32 */
export const neg: Unary = /* @__PURE__ */ keepingInts("neg", /* @__PURE__ */ unary("neg", "x", "neg", negGrad), negInt);
/** -1, 0 or 1; int32 stays int32. The gradient is 0. */
export const sign: Unary = /* @__PURE__ */ keepingInts(
  "sign",
  /* @__PURE__ */ unary("sign", "x", "sign", null),
  signInt,
);
/** The largest integer not above x. The gradient is 0. */
export const floor: Unary = /* @__PURE__ */ rounding("floor");
/** The smallest integer not below x. The gradient is 0. */
export const ceil: Unary = /* @__PURE__ */ rounding("ceil");
/** The nearest integer, halves to the even one. The gradient is 0. */
export const round: Unary = /* @__PURE__ */ rounding("round");
/** The integer next to x towards 0. The gradient is 0. */
export const trunc: Unary = /* @__PURE__ */ rounding("trunc");
/** The sine of x in radians, exactly reduced for any size of x. */
export const sin: Unary = /* @__PURE__ */ unary("sin");
/** The cosine of x in radians. */
export const cos: Unary = /* @__PURE__ */ unary("cos");
/** The tangent of x in radians. */
export const tan: Unary = /* @__PURE__ */ unary("tan", "y");
/** The hyperbolic tangent. */
export const tanh: Unary = /* @__PURE__ */ unary("tanh", "y");
/** y = 1 / (1 + e^-x) */
export const sigmoid: Unary = /* @__PURE__ */ unary("sigmoid", "y");
/** The error function 2 / sqrt(pi) * integral of e^-t^2 from 0 to x. */
export const erf: Unary = /* @__PURE__ */ unary("erf");
