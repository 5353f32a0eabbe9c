// What the losses check alike, and how elementwise weights are laid out for their kernels.
import { plainError, rangeError } from "../check.ts";
import { checkFloat, checkObject, dimsTable, empty, kernels as k, type Tensor } from "../op.ts";
import { broadcastShapes, broadcastStrides, sameShape } from "../shape.ts";

/** What becomes of the losses of the elements: all of them, their mean, or their sum. */
export type Reduction = "none" | "mean" | "sum";

/** @throws TypeError unless `options` are `names`, RangeError unless `reduction` is known. `more`: one besides PyTorch's three. */
export function checkOptions(options: unknown, names: string, reduction: unknown, op: string, more?: string): void {
  checkObject(options, op, names);
  if (reduction === "none" || reduction === "mean" || reduction === "sum") return;
  if (more !== undefined && reduction === more) return;
  const known = `"none", "mean"${more === undefined ? "" : `, "${more}"`} or "sum"`;
  throw rangeError`${op}: ${reduction} is not a valid value for reduction, expected ${known}`;
}

/** @throws Error where a weight wants a gradient, which no loss can give it. */
export function checkConstant(w: Tensor, op: string, name: string): void {
  checkFloat(w, op, name);
  if (w.requiresGrad) {
    throw plainError`${op}: ${name} gets no gradient: pass ${name}.detach()`;
  }
}

/** A constant weight that broadcasts to `shape`, as one value an element in row-major order; null if there is none. */
export function elementWeight(
  w: Tensor | null | undefined,
  shape: readonly number[],
  op: string,
  name: string,
): Tensor | null {
  if (w === undefined || w === null) return null;
  checkConstant(w, op, name);
  if (!sameShape(broadcastShapes(w.shape, shape, op), shape)) {
    throw rangeError`${op}: ${name} of shape ${w.shape} does not broadcast to ${shape}`;
  }
  if (w.isDense && sameShape(w.shape, shape)) return w;
  const full = empty(shape);
  k.stridedCopy(w.ptr, full.ptr, dimsTable(shape, broadcastStrides(w.shape, w.strides, shape)), shape.length);
  return full;
}
