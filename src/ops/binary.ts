// Arithmetic of two operands, tensors or one of them a number, broadcast by NumPy's rule: add, sub, mul, div, pow, maximum, minimum.
import { rangeError, typeError } from "../check.ts";
import {
  type Address,
  checkObject,
  dense,
  empty,
  kernels as k,
  record,
  scratch,
  settle,
  type Tensor,
  tracks,
} from "../op.ts";
import { A, addProduct, addTo, apply, B, type Kernel2, type Plan, planOf, put, type Side, Y } from "./broadcast.ts";
import { clone } from "./copy.ts";
import { type Unary, unary } from "./elementwise.ts";
import { checkOperands, combined, type Operand, SCALAR } from "./operands.ts";
import { reciprocal, sqrt, square } from "./unary.ts";

export type { Operand } from "./operands.ts";

/** What a gradient reads: addresses, the count, the shapes. Numbers only, so that no tensor is kept from being collected. */
interface Made {
  readonly pa: Address;
  readonly pb: Address;
  readonly py: Address;
  readonly n: number;
  readonly plan: Plan | null;
  /** What the second operand was multiplied by. */
  readonly alpha: number;
}
/** Adds the gradients of both operands to ga and gb, each 0 where none is wanted. */
type Gradient = (made: Made, gy: Address, ga: Address, gb: Address) => void;

interface Arithmetic {
  readonly op: string;
  readonly float: Kernel2;
  /** Missing where int32 operands give float32. */
  readonly int?: Kernel2;
  readonly gradient: Gradient;
  /** Whose values the gradient of A reads, and that of B. */
  readonly readsForA: readonly Side[];
  readonly readsForB: readonly Side[];
}

function pick(from: readonly (Tensor | null)[], sides: readonly Side[], into: Tensor[]): void {
  for (const side of sides) {
    const t = from[side];
    if (t !== null && t !== undefined && !into.includes(t)) into.push(t);
  }
}

function arithmetic(spec: Arithmetic, x: Operand, y: Operand, alpha: number = 1): Tensor {
  const { op, gradient } = spec;
  const ints = checkOperands(x, y, op) && spec.int !== undefined;
  if (ints) {
    if (!Number.isInteger(alpha)) throw typeError`${op}: expected alpha to be an integer for int32, got ${alpha}`;
    const scaled =
      alpha === 1 ? y : typeof y === "number" ? y * alpha : combined(y, alpha, op, k.mulInt, true, "int32");
    return settle(combined(x, scaled, op, spec.int as Kernel2, true, "int32"));
  }
  const a = typeof x === "number" ? null : dense(x, op);
  const b = typeof y === "number" ? null : dense(y, op);
  const plan = planOf(a === null ? SCALAR : a.shape, b === null ? SCALAR : b.shape, op);
  const out = empty(plan === null ? (a as Tensor).shape : plan.shape);
  const n = out.numel;
  const valueA = a === null ? (x as number) : 0;
  const valueB = b === null ? (y as number) * alpha : 0;
  const scaled = b === null || alpha === 1 ? b : combined(b, alpha, op, k.mul, false, "float32");
  const pa = a === null ? put(valueA, false, 1) : a.ptr;
  const pb = scaled === null ? put(valueB, false, 1) : scaled.ptr;
  const py = out.ptr;
  apply(spec.float, pa, A, pb, B, py, plan, n);
  if (b === null) {
    if (!tracks(a as Tensor)) return settle(out);
  } else if (!tracks(b, a)) return settle(out);
  const needsA = a?.requiresGrad === true;
  const needsB = b?.requiresGrad === true;
  const saved: Tensor[] = [];
  if (needsA) pick([a, b, out], spec.readsForA, saved);
  if (needsB) pick([a, b, out], spec.readsForB, saved);
  const made: Made = { pa, pb, py, n, plan, alpha };
  if (a !== null && b !== null) return record(out, [a, b], saved, (gy, ga, gb) => gradient(made, gy, ga, gb));
  if (a !== null) {
    return record(out, [a], saved, (gy, ga) => {
      put(valueB, false, 1);
      gradient(made, gy, ga, 0);
    });
  }
  return record(out, [b as Tensor], saved, (gy, gb) => {
    put(valueA, false, 1);
    gradient(made, gy, 0, gb);
  });
}

function addGrad({ n, plan, alpha }: Made, gy: Address, ga: Address, gb: Address): void {
  if (ga) addTo(ga, A, gy, 1, plan, n);
  if (gb) addTo(gb, B, gy, alpha, plan, n);
}

function subGrad({ n, plan, alpha }: Made, gy: Address, ga: Address, gb: Address): void {
  if (ga) addTo(ga, A, gy, 1, plan, n);
  if (gb) addTo(gb, B, gy, -alpha, plan, n);
}

function mulGrad({ pa, pb, n, plan }: Made, gy: Address, ga: Address, gb: Address): void {
  if (ga) addProduct(ga, A, gy, pb, B, 1, plan, n);
  if (gb) addProduct(gb, B, gy, pa, A, 1, plan, n);
}

// d(a / b) = da / b - (a / b) / b db
function divGrad({ pb, py, n, plan }: Made, gy: Address, ga: Address, gb: Address): void {
  const t = scratch(4 * n);
  if (ga) {
    apply(k.div, gy, Y, pb, B, t, plan, n);
    addTo(ga, A, t, 1, plan, n);
  }
  if (gb) {
    apply(k.div, py, Y, pb, B, t, plan, n);
    addProduct(gb, B, gy, t, Y, -1, plan, n);
  }
}

/** The gradient goes to the operand that was taken, half to each where they were equal. */
function choiceGrad(share: Kernel2): Gradient {
  return ({ pa, pb, n, plan }, gy, ga, gb) => {
    const t = scratch(4 * n);
    if (ga) {
      apply(share, pa, A, pb, B, t, plan, n);
      k.weigh(gy, t, n);
      addTo(ga, A, t, 1, plan, n);
    }
    if (gb) {
      apply(share, pb, B, pa, A, t, plan, n);
      k.weigh(gy, t, n);
      addTo(gb, B, t, 1, plan, n);
    }
  };
}

function powGrad({ pa, pb, n, plan }: Made, gy: Address, ga: Address, gb: Address): void {
  const t = scratch(4 * n);
  if (ga) {
    apply(k.powGradA, pa, A, pb, B, t, plan, n);
    addProduct(ga, A, gy, t, Y, 1, plan, n);
  }
  if (gb) {
    apply(k.powGradB, pa, A, pb, B, t, plan, n);
    addProduct(gb, B, gy, t, Y, 1, plan, n);
  }
}

function spec(
  op: string,
  float: Kernel2,
  int: Kernel2 | undefined,
  gradient: Gradient,
  readsForA: readonly Side[] = [],
  readsForB: readonly Side[] = [],
): Arithmetic {
  return { op, float, int, gradient, readsForA, readsForB };
}

const ADD: Arithmetic = spec("add", k.add, k.addInt, addGrad);
const SUB: Arithmetic = spec("sub", k.sub, k.subInt, subGrad);
const MUL: Arithmetic = spec("mul", k.mul, k.mulInt, mulGrad, [B], [A]);
const DIV: Arithmetic = spec("div", k.div, undefined, divGrad, [B], [B, Y]);
const MAX: Arithmetic = spec("maximum", k.maximum, k.maximumInt, choiceGrad(k.maximumGrad), [A, B], [A, B]);
const MIN: Arithmetic = spec("minimum", k.minimum, k.minimumInt, choiceGrad(k.minimumGrad), [A, B], [A, B]);
const POW: Arithmetic = spec("pow", k.pow, k.powInt, powGrad, [A, B], [A, B]);
// PyTorch's own shortcuts, seen at -Infinity: x^-0.5 is 1 / sqrt(x), the gradient of x^1.5 is 1.5 sqrt(x).
const POW_RSQRT: Arithmetic = { ...POW, float: (a, _b, y, _rows, cols) => k.rsqrt(a, y, cols) };
const POW_SQRT: Arithmetic = {
  ...POW,
  gradient: ({ pa, n, plan }, gy, ga) => {
    const t = scratch(4 * n);
    k.sqrt(pa, t, n);
    addProduct(ga, A, gy, t, Y, 1.5, plan, n);
  },
};
const cube: Unary = /* @__PURE__ */ unary("cube", "x", "pow");

/** No options: nothing to check on the way of a small op. */
const PLAIN: { alpha?: number } = {};

function checkAlpha(alpha: unknown, op: string): asserts alpha is number {
  if (typeof alpha !== "number") throw typeError`${op}: expected alpha to be a number, got ${alpha}`;
}

/**
 * y = x + alpha y. Two int32 operands (an integer counts as one) give int32.
 * @see https://pytorch.org/docs/stable/generated/torch.add.html
 */
export function add(x: Operand, y: Operand, options: { alpha?: number } = PLAIN): Tensor {
  if (options !== PLAIN) checkObject(options, "add", "alpha");
  const { alpha = 1 } = options;
  checkAlpha(alpha, "add");
  return arithmetic(ADD, x, y, alpha);
}

/** y = x - alpha y, otherwise as add. */
export function sub(x: Operand, y: Operand, options: { alpha?: number } = PLAIN): Tensor {
  if (options !== PLAIN) checkObject(options, "sub", "alpha");
  const { alpha = 1 } = options;
  checkAlpha(alpha, "sub");
  return arithmetic(SUB, x, y, alpha);
}

/** The product, elementwise. */
export function mul(x: Operand, y: Operand): Tensor {
  return arithmetic(MUL, x, y);
}

/** The quotient, elementwise, float32 for int32 operands too. */
export function div(x: Operand, y: Operand): Tensor {
  return arithmetic(DIV, x, y);
}

/** The larger of both, NaN where either is; where they are equal, each gets half of the gradient. */
export function maximum(x: Operand, y: Operand): Tensor {
  return arithmetic(MAX, x, y);
}

/** The smaller of both, NaN where either is; where they are equal, each gets half of the gradient. */
export function minimum(x: Operand, y: Operand): Tensor {
  return arithmetic(MIN, x, y);
}

function ones(x: Tensor): Tensor {
  const a = dense(x, "pow");
  const y = empty(a.shape);
  k.fill(y.ptr, y.numel, 0x3f800000);
  return tracks(a) ? record(y, [a], [], () => {}) : settle(y);
}

/**
 * x to the power y. 0^0 is 1 with gradient 0; a negative number to a fraction is NaN. Int32 to a non-negative integer stays int32.
 * @throws RangeError for int32 to a negative integer.
 * @see https://pytorch.org/docs/stable/generated/torch.pow.html
 */
export function pow(x: Operand, y: Operand): Tensor {
  const ints = checkOperands(x, y, "pow");
  if (typeof y !== "number" || typeof x === "number") return arithmetic(POW, x, y);
  if (ints) {
    if (y < 0) throw rangeError`pow: int32 to the power ${y} is no integer; use float()`;
    return arithmetic(POW, x, y);
  }
  if (y === 0) return ones(x);
  if (y === 1) return clone(x);
  if (y === 2) return square(x);
  if (y === 3) return cube(x);
  if (y === 0.5) return sqrt(x);
  if (y === -0.5) return arithmetic(POW_RSQRT, x, y);
  if (y === 1.5) return arithmetic(POW_SQRT, x, y);
  if (y === -1) return reciprocal(x);
  return arithmetic(POW, x, y);
}
