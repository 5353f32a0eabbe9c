// Pure functions of shapes: sizes, strides, broadcasting, dims. They know neither tensors nor WebAssembly.
import { rangeError, typeError } from "./check.ts";

export type Shape = readonly number[];

export function numelOf(shape: Shape): number {
  let n = 1;
  for (let i = 0; i < shape.length; i++) n *= shape[i] as number;
  return n;
}

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i] as number;
  }
  return strides;
}

/** Whether the elements lie in row-major order without gaps. Strides of dims of one element do not count. */
export function isRowMajor(shape: Shape, strides: Shape): boolean {
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    const size = shape[i] as number;
    if (size === 0) return true;
    if (size !== 1 && strides[i] !== step) return false;
    step *= size;
  }
  return true;
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** "[2, 3]" */
export function show(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** The shape both broadcast to, by NumPy's rule. */
export function broadcastShapes(a: Shape, b: Shape, op: string): Shape {
  if (sameShape(a, b)) return a;
  const n = Math.max(a.length, b.length);
  const shape = new Array<number>(n);
  for (let i = 1; i <= n; i++) {
    const p = i <= a.length ? (a[a.length - i] as number) : 1;
    const q = i <= b.length ? (b[b.length - i] as number) : 1;
    if (p !== q && p !== 1 && q !== 1) {
      throw rangeError`${op}: shapes ${a} and ${b} do not broadcast: ${p} and ${q} at dim ${-i} differ`;
    }
    shape[n - i] = p === 1 ? q : p;
  }
  return shape;
}

/** Strides that read a tensor of `shape` and `strides` as if it had the shape `target`, which it broadcasts to. */
export function broadcastStrides(shape: Shape, strides: Shape, target: Shape): number[] {
  const lead = target.length - shape.length;
  return target.map((size, i) =>
    i < lead || (shape[i - lead] === 1 && size !== 1) ? 0 : (strides[i - lead] as number),
  );
}

/** A dim counted from the front; negative ones count from the end. A scalar has the dims -1 and 0. */
export function checkDim(dim: number, ndim: number, op: string): number {
  const n = Math.max(ndim, 1);
  if (!Number.isInteger(dim)) throw typeError`${op}: expected dim to be an integer, got ${dim}`;
  if (dim < -n || dim >= n) {
    throw rangeError`${op}: dim ${dim} is out of range: expected ${-n} to ${n - 1}`;
  }
  return dim < 0 ? dim + n : dim;
}

/** Checked, distinct dims from the front, in ascending order; all of them where none is named. */
export function checkDims(dims: number | readonly number[] | null | undefined, ndim: number, op: string): number[] {
  if (dims === null || dims === undefined || (Array.isArray(dims) && dims.length === 0)) {
    return Array.from({ length: ndim }, (_, i) => i);
  }
  const list = ((Array.isArray(dims) ? dims : [dims]) as readonly number[])
    .map((d) => checkDim(d, ndim, op))
    .sort((a, b) => a - b);
  for (let i = 1; i < list.length; i++) {
    if (list[i] === list[i - 1]) throw rangeError`${op}: dim ${list[i]} appears twice`;
  }
  return ndim === 0 ? [] : list;
}

/** A checked copy of a shape given by a user: non-negative integers. */
export function checkShape(shape: unknown, op: string): number[] {
  if (!Array.isArray(shape)) throw typeError`${op}: expected a shape as an array of sizes, got ${shape}`;
  for (const size of shape) {
    if (!Number.isInteger(size) || size < 0) {
      throw rangeError`${op}: expected sizes to be non-negative integers, got ${shape}`;
    }
  }
  return [...shape];
}
