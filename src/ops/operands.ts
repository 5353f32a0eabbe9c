// Two operands of an op, tensors or one of them a number: their checks, and what needs no gradient.
import { typeError } from "../check.ts";
import { checkTensor, dense, denseAny, empty, type Tensor } from "../op.ts";
import { A, apply, B, type Kernel2, planOf, put } from "./broadcast.ts";

/** What arithmetic takes: at least one operand must be a tensor. */
export type Operand = Tensor | number;

function isInt(x: Operand): boolean {
  if (typeof x !== "number") return x.dtype === "int32";
  return Number.isInteger(x) && x >= -(2 ** 31) && x < 2 ** 31;
}

/** Checks both operands. Gives whether the op stays in int32. */
export function checkOperands(x: Operand, y: Operand, op: string): boolean {
  if (typeof x !== "number") checkTensor(x, op, typeof y === "number" ? "input" : "the first operand");
  if (typeof y !== "number") {
    if (y === null || y === undefined || typeof y !== "object") {
      throw typeError`${op}: expected the second operand to be a Tensor or a number, got ${y}`;
    }
    checkTensor(y, op, "the second operand");
  }
  if (typeof x === "number" && typeof y === "number") {
    throw typeError`${op}: expected at least one Tensor, got the numbers ${x} and ${y}`;
  }
  return isInt(x) && isInt(y);
}

/** What a number stands for: a shape of no dims. */
export const SCALAR: readonly number[] = [];

/** y = f(x, y) without a gradient, into int32 or float32. */
export function combined(
  x: Operand,
  y: Operand,
  op: string,
  f: Kernel2,
  ints: boolean,
  into: "float32" | "int32",
): Tensor {
  const a = typeof x === "number" ? x : ints ? denseAny(x, op) : dense(x, op);
  const b = typeof y === "number" ? y : ints ? denseAny(y, op) : dense(y, op);
  const shapeA = typeof a === "number" ? SCALAR : a.shape;
  const plan = planOf(shapeA, typeof b === "number" ? SCALAR : b.shape, op);
  const out = empty(plan === null ? shapeA : plan.shape, into);
  const pa = typeof a === "number" ? put(a, ints, 1) : a.ptr;
  const pb = typeof b === "number" ? put(b, ints, 1) : b.ptr;
  apply(f, pa, A, pb, B, out.ptr, plan, out.numel);
  return out;
}
