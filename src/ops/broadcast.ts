// How two operands of any shapes meet in one kernel, and how a gradient of the result reaches each of them.
import { type Address, dimsTable, kernels as k, scratch } from "../op.ts";
import { broadcastShapes, broadcastStrides, numelOf, type Shape, sameShape, stridesOf } from "../shape.ts";
import { f32, i32 } from "../wasm/index.ts";

/** y = f(a, b) on rows x cols: how far a and b move from row to row and from column to column, in elements. */
export type Kernel2 = (
  a: Address,
  b: Address,
  y: Address,
  rows: number,
  cols: number,
  ar: number,
  ac: number,
  br: number,
  bc: number,
) => void;

/** The first operand, the second, the result. */
export const A = 0;
export const B = 1;
export const Y = 2;
export type Side = 0 | 1 | 2;

/** Operands of unlike shapes: the two innermost dims that the kernel walks, and where each of its calls starts. */
export interface Plan {
  readonly shape: Shape;
  readonly rows: number;
  readonly cols: number;
  /** Steps in elements from row to row and from column to column, of A, B and Y. */
  readonly row: readonly number[];
  readonly col: readonly number[];
  /** Offsets in bytes of every call, of A, B and Y. */
  readonly starts: readonly (readonly number[])[];
  /** Strides in elements under the shape of the result, of A and B. */
  readonly strides: readonly (readonly number[])[];
  /** Whether A and B have fewer elements than Y. */
  readonly spread: readonly boolean[];
}

/** null where both operands have the shape of the result. */
export function planOf(a: Shape, b: Shape, op: string): Plan | null {
  if (sameShape(a, b)) return null;
  const shape = broadcastShapes(a, b, op);
  const n = numelOf(shape);
  const strides = [a, b].map((s) => broadcastStrides(s, stridesOf(s), shape));
  const all = [...strides, stridesOf(shape)];
  // Dims from the innermost, merged where all three run on without a jump.
  const sizes: number[] = [];
  const steps: number[][] = [];
  for (let d = shape.length - 1; d >= 0; d--) {
    const size = shape[d] as number;
    if (size === 1) continue;
    const step = all.map((s) => s[d] as number);
    const last = sizes.length - 1;
    if (last >= 0 && step.every((s, i) => s === (steps[last]?.[i] as number) * (sizes[last] as number))) {
      sizes[last] = (sizes[last] as number) * size;
    } else {
      sizes.push(size);
      steps.push(step);
    }
  }
  let starts = [[0], [0], [0]];
  for (let d = sizes.length - 1; d >= 2; d--) {
    const count = Array.from({ length: sizes[d] as number }, (_, i) => i);
    starts = starts.map((from, i) => from.flatMap((at) => count.map((c) => at + c * 4 * (steps[d]?.[i] as number))));
  }
  return {
    shape,
    rows: n === 0 ? 0 : (sizes[1] ?? 1),
    cols: sizes[0] ?? 1,
    row: steps[1] ?? [0, 0, 0],
    col: steps[0] ?? [1, 1, 1],
    starts,
    strides,
    spread: [numelOf(a) !== n, numelOf(b) !== n],
  };
}

/** y = f(p, q), where p is laid out as side i and q as side j. y may be p or q only if that is Y, and both sides are. */
export function apply(
  f: Kernel2,
  p: Address,
  i: Side,
  q: Address,
  j: Side,
  y: Address,
  plan: Plan | null,
  n: number,
): void {
  if (plan === null) {
    f(p, q, y, 1, n, 0, 1, 0, 1);
    return;
  }
  const { rows, cols, row, col, starts } = plan;
  const ps = starts[i] as readonly number[];
  const qs = starts[j] as readonly number[];
  const ys = starts[Y] as readonly number[];
  const [ar, ac, br, bc] = [row[i], col[i], row[j], col[j]] as [number, number, number, number];
  for (let c = 0; c < ys.length; c++) {
    f(p + (ps[c] as number), q + (qs[c] as number), y + (ys[c] as number), rows, cols, ar, ac, br, bc);
  }
}

const slot = k.numbers();

/** Address of a plain number as a kernel reads it. Valid until the next call with the same `at` (0 to 3). */
export function put(value: number, ints: boolean = false, at: number = 0): Address {
  (ints ? i32 : f32)[(slot >> 2) + at] = value;
  return slot + 4 * at;
}

/** g += c t: the gradient of side `i` from one of the result's size. With c other than 1, t must not lie in the work area. */
export function addTo(g: Address, i: Side, t: Address, c: number, plan: Plan | null, n: number): void {
  if (plan === null || !plan.spread[i]) {
    if (c === 1) k.addInto(t, g, n);
    else k.mulAdd(t, put(c), g, n, 0, 1);
    return;
  }
  let from = t;
  if (c !== 1) {
    from = scratch(4 * n);
    k.mul(t, put(c), from, 1, n, 0, 1, 0, 0);
  }
  k.stridedAdd(from, g, dimsTable(plan.shape, plan.strides[i] as readonly number[]), plan.shape.length);
}

/** g += c gy q: the gradient of side `i`, where the factor q is laid out as side `j`. With j = Y it lies in the work area and is lost. */
export function addProduct(
  g: Address,
  i: Side,
  gy: Address,
  q: Address,
  j: Side,
  c: number,
  plan: Plan | null,
  n: number,
): void {
  const direct = plan === null || !plan.spread[i];
  if (direct && (plan === null || j === Y || !plan.spread[j])) k.mulAdd(gy, q, g, n, 1, c);
  else if (direct && plan.rows === 1 && plan.col[j] === 0 && plan.starts[j]?.length === 1) {
    k.mulAdd(gy, q, g, n, 0, c);
  } else {
    const t = j === Y ? q : scratch(4 * n);
    if (j === Y) k.mul(gy, q, t, 1, n, 0, 1, 0, 1);
    else apply(k.mul, gy, Y, q, j, t, plan, n);
    if (c !== 1) k.mul(t, put(c), t, 1, n, 0, 1, 0, 0);
    addTo(g, i, t, 1, plan, n);
  }
}
