// How two operands of any shapes meet in one kernel, and how a gradient of the result reaches each of them.
import { type Address, dimsTable, kernels as k, scratch } from "../op.ts";
import { broadcastShapes, broadcastStrides, type Shape, sameShape, stridesOf } from "../shape.ts";
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

/** Operands of unlike shapes: the dims that they are walked along, from the innermost, merged where all three run on without a jump. */
export interface Plan {
  readonly shape: Shape;
  /** The shapes of A and B. */
  readonly shapes: readonly [Shape, Shape];
  /** At least two. */
  readonly sizes: readonly number[];
  /** Steps in elements along each of them, of A, B and Y. */
  readonly steps: readonly Steps[];
  /** Whether A and B have fewer elements than Y. */
  readonly spread: readonly [boolean, boolean];
}
type Steps = readonly [number, number, number];

const NO_STEPS: Steps = [0, 0, 0];

/** null where both operands have the shape of the result. */
export function planOf(a: Shape, b: Shape, op: string): Plan | null {
  if (sameShape(a, b)) return null;
  const shape = broadcastShapes(a, b, op);
  const sizes: number[] = [];
  const steps: Steps[] = [];
  let [sa, sb, sy] = [1, 1, 1];
  for (let i = 1; i <= shape.length; i++) {
    const size = shape[shape.length - i] as number;
    if (size === 1) continue;
    const da = i <= a.length ? (a[a.length - i] as number) : 1;
    const db = i <= b.length ? (b[b.length - i] as number) : 1;
    const step: Steps = [da === 1 ? 0 : sa, db === 1 ? 0 : sb, sy];
    const last = sizes.length - 1;
    const inner = steps[last];
    const run = sizes[last] as number;
    if (inner !== undefined && step[A] === inner[A] * run && step[B] === inner[B] * run) sizes[last] = run * size;
    else {
      sizes.push(size);
      steps.push(step);
    }
    sa *= da;
    sb *= db;
    sy *= size;
  }
  while (sizes.length < 2) {
    sizes.push(1);
    steps.push(NO_STEPS);
  }
  if (sy === 0) sizes[1] = 0;
  return { shape, shapes: [a, b], sizes, steps, spread: [sa !== sy, sb !== sy] };
}

/** One call of f for the two innermost dims; the loops over the others are here, which allocates nothing for a call. */
function walk(f: Kernel2, p: Address, i: Side, q: Address, j: Side, y: Address, plan: Plan, d: number): void {
  const { sizes, steps } = plan;
  const size = sizes[d] as number;
  const step = steps[d] as Steps;
  if (d === 1) {
    const col = steps[0] as Steps;
    f(p, q, y, size, sizes[0] as number, step[i], col[i], step[j], col[j]);
    return;
  }
  for (let at = 0; at < size; at++) {
    walk(f, p + 4 * step[i] * at, i, q + 4 * step[j] * at, j, y + 4 * step[Y] * at, plan, d - 1);
  }
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
  if (plan === null) f(p, q, y, 1, n, 0, 1, 0, 1);
  else walk(f, p, i, q, j, y, plan, plan.sizes.length - 1);
}

const slot = k.numbers();

/** Address of a plain number as a kernel reads it. Valid until the next call with the same `at` (0 to 3). */
export function put(value: number, ints: boolean = false, at: number = 0): Address {
  (ints ? i32 : f32)[(slot >> 2) + at] = value;
  return slot + 4 * at;
}

/** g += c t: the gradient of side `i` from one of the result's size. With c other than 1, t must not lie in the work area. */
export function addTo(g: Address, i: Side, t: Address, c: number, plan: Plan | null, n: number): void {
  if (plan === null || i === Y || !plan.spread[i]) {
    if (c === 1) k.addInto(t, g, n);
    else k.mulAdd(t, put(c), g, n, 0, 1);
    return;
  }
  let from = t;
  if (c !== 1) {
    from = scratch(4 * n);
    k.mul(t, put(c), from, 1, n, 0, 1, 0, 0);
  }
  const own = plan.shapes[i === A ? 0 : 1];
  k.stridedAdd(from, g, dimsTable(plan.shape, broadcastStrides(own, stridesOf(own), plan.shape)), plan.shape.length);
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
  const direct = plan === null || i === Y || !plan.spread[i];
  if (direct && (plan === null || j === Y || !plan.spread[j])) k.mulAdd(gy, q, g, n, 1, c);
  else if (direct && plan.sizes[1] === 1 && plan.steps[0]?.[j] === 0) {
    k.mulAdd(gy, q, g, n, 0, c);
  } else {
    const t = j === Y ? q : scratch(4 * n);
    if (j === Y) k.mul(gy, q, t, 1, n, 0, 1, 0, 1);
    else apply(k.mul, gy, Y, q, j, t, plan, n);
    if (c !== 1) k.mul(t, put(c), t, 1, n, 0, 1, 0, 0);
    addTo(g, i, t, 1, plan, n);
  }
}
