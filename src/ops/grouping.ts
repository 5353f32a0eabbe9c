// What reductions are made with: the reduced dims brought together as the n of an [outer, n, inner] layout.
import { typeError } from "../check.ts";
import { type Address, checkTensor, composite, empty, kernels as k, type Tensor, words } from "../op.ts";
import { checkDims, numelOf, type Shape } from "../shape.ts";
import { permute } from "./movement.ts";

/** One dim, several, or all (none, null or an empty list). */
export type Dims = number | readonly number[] | null;

/** Makes the result of `shape` from a row-major input whose n inputs a group are `inner` elements apart. */
export type Reduction = (x: Tensor, outer: number, n: number, inner: number, shape: Shape) => Tensor;

/** The shape without the dims, or with size 1 in their place. */
export function keptShape(shape: Shape, dims: readonly number[], keepdim: boolean): Shape {
  if (keepdim) return shape.map((size, d) => (dims.includes(d) ? 1 : size));
  return shape.filter((_, d) => !dims.includes(d));
}

/** Reduces `dims` of `x`; where others lie between them they are moved to the end first. `prepare` is dense or denseAny. */
export function grouped(
  x: Tensor,
  op: string,
  dim: Dims | undefined,
  keepdim: boolean,
  prepare: (x: Tensor, op: string) => Tensor,
  reduction: Reduction,
): Tensor {
  checkTensor(x, op);
  if (typeof keepdim !== "boolean") throw typeError`${op}: expected keepdim to be a boolean, got ${keepdim}`;
  const dims = checkDims(dim, x.ndim, op);
  const shape = keptShape(x.shape, dims, keepdim);
  const first = dims[0] ?? 0;
  const end = (dims[dims.length - 1] ?? -1) + 1;
  let n = 1;
  let apart = false;
  for (let d = first; d < end; d++) {
    const size = x.shape[d] as number;
    n *= size;
    if (size !== 1 && !dims.includes(d)) apart = true;
  }
  if (!apart) {
    return reduction(prepare(x, op), numelOf(x.shape.slice(0, first)), n, numelOf(x.shape.slice(end)), shape);
  }
  const kept = x.shape.map((_, d) => d).filter((d) => !dims.includes(d));
  const count = numelOf(dims.map((d) => x.shape[d] as number));
  return composite(() => reduction(prepare(permute(x, [...kept, ...dims]), op), numelOf(shape), count, 1, shape));
}

/** Address and layout for kernels that want an inner of 1 or at least `least` (none: only 1): other columns are turned into rows. */
export function rows(
  x: Tensor,
  outer: number,
  n: number,
  inner: number,
  least: number = Infinity,
): readonly [x: Address, outer: number, inner: number] {
  if (inner === 1 || inner >= least) return [x.ptr, outer, inner];
  const turned = empty([x.numel], x.dtype);
  k.stridedCopy(x.ptr, turned.ptr, words([outer, n * inner, inner, 1, n, inner]), 3);
  return [turned.ptr, outer * inner, 1];
}
