// Comparisons, 1 or 0 as int32, and the choice between two tensors by them.
import { typeError } from "../check.ts";
import {
  type Address,
  checkTensor,
  dense,
  denseAny,
  dimsTable,
  empty,
  kernels as k,
  record,
  scratch,
  settle,
  Tensor,
  tracks,
} from "../op.ts";
import { broadcastShapes, broadcastStrides, type Shape, sameShape, stridesOf } from "../shape.ts";
import { type Kernel2, put } from "./broadcast.ts";
import { checkOperands, combined, type Operand } from "./operands.ts";

function compare(x: Operand, y: Operand, op: string, float: Kernel2, int: Kernel2): Tensor {
  const ints = checkOperands(x, y, op);
  return settle(combined(x, y, op, ints ? int : float, ints, "int32"));
}

/** The kernel with its operands exchanged. */
function flipped(f: Kernel2): Kernel2 {
  return (a, b, y, rows, cols, ar, ac, br, bc) => f(b, a, y, rows, cols, br, bc, ar, ac);
}

/** 1 where x = y, else 0, as int32. NaN equals nothing. */
export function eq(x: Operand, y: Operand): Tensor {
  return compare(x, y, "eq", k.eq, k.eqInt);
}

/** 1 where x and y differ, else 0, as int32. */
export function ne(x: Operand, y: Operand): Tensor {
  return compare(x, y, "ne", k.ne, k.neInt);
}

/** 1 where x < y, else 0, as int32. */
export function lt(x: Operand, y: Operand): Tensor {
  return compare(x, y, "lt", k.lt, k.ltInt);
}

/** 1 where x <= y, else 0, as int32. */
export function le(x: Operand, y: Operand): Tensor {
  return compare(x, y, "le", k.le, k.leInt);
}

/** 1 where x > y, else 0, as int32. */
export function gt(x: Operand, y: Operand): Tensor {
  return compare(x, y, "gt", flipped(k.lt), flipped(k.ltInt));
}

/** 1 where x >= y, else 0, as int32. */
export function ge(x: Operand, y: Operand): Tensor {
  return compare(x, y, "ge", flipped(k.le), flipped(k.leInt));
}

/** A tensor of the shape, itself if it has it or a single element. */
function filling(x: Tensor, shape: Shape): Tensor {
  if (x.numel === 1 || sameShape(x.shape, shape)) return x;
  const y = empty(shape, x.dtype);
  const strides = broadcastStrides(x.shape, x.strides, shape);
  k.stridedCopy(x.ptr, y.ptr, dimsTable(shape, strides), shape.length);
  return y;
}

/** gx += gy where c is not 0 (or where it is 0), summed over what x was broadcast to. */
function whereGrad(
  pc: Address,
  cStep: number,
  gy: Address,
  gx: Address,
  kept: boolean,
  n: number,
  shape: Shape,
  strides: readonly number[],
): void {
  const t = scratch(4 * n);
  const zero = put(0);
  k.where(pc, kept ? gy : zero, kept ? zero : gy, t, n, cStep, kept ? 1 : 0, kept ? 0 : 1);
  k.stridedAdd(t, gx, dimsTable(shape, strides), shape.length);
}

/**
 * y = x where the condition (int32) is not 0, z elsewhere; all three broadcast. Two int32 operands (an integer beside an
 * int32 tensor counts as one) give int32. As a method of a float32 tensor it is x.where(condition, z).
 * @see https://pytorch.org/docs/stable/generated/torch.where.html
 */
export function where(condition: Tensor, x: Operand, z: Operand): Tensor {
  checkTensor(condition, "where", "the condition");
  if (condition.dtype !== "int32" && x instanceof Tensor && x.dtype === "int32") return where(x, condition, z);
  if (condition.dtype !== "int32") {
    throw typeError`where: expected an int32 condition, got ${condition.dtype}`;
  }
  const numbers = typeof x === "number" && typeof z === "number";
  const ints = !numbers && checkOperands(x, z, "where");
  const a = typeof x === "number" ? null : ints ? denseAny(x, "where") : dense(x, "where");
  const b = typeof z === "number" ? null : ints ? denseAny(z, "where") : dense(z, "where");
  let shape = condition.shape;
  if (a !== null) shape = broadcastShapes(shape, a.shape, "where");
  if (b !== null) shape = broadcastShapes(shape, b.shape, "where");
  const c = filling(denseAny(condition, "where"), shape);
  const fa = a === null ? null : filling(a, shape);
  const fb = b === null ? null : filling(b, shape);
  const y = empty(shape, ints ? "int32" : "float32");
  const n = y.numel;
  const cStep = c.numel === 1 ? 0 : 1;
  const pc = c.ptr;
  const pa = fa === null ? put(x as number, ints, 0) : fa.ptr;
  const pb = fb === null ? put(z as number, ints, 1) : fb.ptr;
  k.where(pc, pa, pb, y.ptr, n, cStep, fa === null || fa.numel === 1 ? 0 : 1, fb === null || fb.numel === 1 ? 0 : 1);
  const inputs = [a, b].filter((t) => t !== null);
  if (!inputs.some((t) => tracks(t))) return settle(y);
  const strides = inputs.map((t) => broadcastStrides(t.shape, stridesOf(t.shape), shape));
  const first = a !== null;
  return record(y, inputs, [c], (gy, g0, g1) => {
    if (g0) whereGrad(pc, cStep, gy, g0, first, n, shape, strides[0] as number[]);
    if (g1) whereGrad(pc, cStep, gy, g1, false, n, shape, strides[1] as number[]);
  });
}
