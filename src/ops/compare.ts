// Comparisons, 1 or 0 as int32, and the choice between two tensors by them.
import { typeError } from "../check.ts";
import {
  checkTensor,
  composite,
  dense,
  denseAny,
  empty,
  kernels as k,
  record,
  scratch,
  settle,
  Tensor,
  tracks,
} from "../op.ts";
import { broadcastShapes, sameShape } from "../shape.ts";
import { type Kernel2, put } from "./broadcast.ts";
import { expand } from "./movement.ts";
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

/**
 * y = x where the condition (int32) is not 0, z elsewhere; all three broadcast. Two int32 operands (an integer beside an
 * int32 tensor counts as one) give int32. As a method of a float32 tensor it is x.where(condition, z).
 * @see https://pytorch.org/docs/stable/generated/torch.where.html
 */
export function where(condition: Tensor, x: Operand, z: Operand): Tensor {
  checkTensor(condition, "where", "the condition");
  if (condition.dtype !== "int32") {
    if (x instanceof Tensor && x.dtype === "int32") return where(x, condition, z);
    throw typeError`where: expected an int32 condition, got ${condition.dtype}`;
  }
  const ints = (typeof x !== "number" || typeof z !== "number") && checkOperands(x, z, "where");
  const all = [condition, x, z].filter((t) => typeof t !== "number");
  const shape = all.reduce((wide, t) => broadcastShapes(wide, t.shape, "where"), condition.shape);
  if (!all.every((t) => sameShape(t.shape, shape))) {
    const wide = (t: Operand): Operand => (typeof t === "number" ? t : expand(t, shape));
    return composite(() => where(expand(condition, shape), wide(x), wide(z)));
  }
  const prepare = ints ? denseAny : dense;
  const c = denseAny(condition, "where");
  const a = typeof x === "number" ? null : prepare(x, "where");
  const b = typeof z === "number" ? null : prepare(z, "where");
  const y = empty(shape, ints ? "int32" : "float32");
  const n = y.numel;
  const pc = c.ptr;
  const pa = a === null ? put(x as number, ints, 0) : a.ptr;
  const pb = b === null ? put(z as number, ints, 1) : b.ptr;
  k.where(pc, pa, pb, y.ptr, n, 1, a === null ? 0 : 1, b === null ? 0 : 1);
  const inputs = [a, b].filter((t) => t !== null);
  if (!inputs.some((t) => tracks(t))) return settle(y);
  const first = a !== null;
  return record(y, inputs, [c], (gy, g0, g1) => {
    for (const [g, kept] of [
      [g0, first],
      [g1, false],
    ] as const) {
      if (!g) continue;
      const t = scratch(4 * n);
      const zero = put(0);
      k.where(pc, kept ? gy : zero, kept ? zero : gy, t, n, 1, kept ? 1 : 0, kept ? 0 : 1);
      k.addInto(t, g, n);
    }
  });
}
