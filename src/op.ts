// What every op is made with: checked dense inputs, and the one line that ends it with or without a node in the graph.
import { checkNames, checkNumber, isObject, typeError } from "./check.ts";
import { type Backward, Node } from "./graph.ts";
import { settle } from "./scope.ts";
import type { Storage } from "./storage.ts";
import { empty, nodeOf, Tensor, tracks } from "./tensor.ts";
import { kernels, words } from "./wasm/index.ts";

export { composite, settle } from "./scope.ts";
export { scratch } from "./storage.ts";
export { empty, Tensor, tracks, viewOf } from "./tensor.ts";
export { type Address, type Kernels, kernels, type Layers, words } from "./wasm/index.ts";
export { convolution, layers, ops, pooling, recurrence } from "./wasm/late.ts";

/** @throws TypeError unless `x` is a tensor, Error if it was freed. `name` tells one argument from another. */
export function checkTensor(x: unknown, op: string, name: string = "input"): asserts x is Tensor {
  if (!(x instanceof Tensor)) throw typeError`${op}: expected ${name} to be a Tensor, got ${x}`;
  if (x.isFreed) throw x.freedError(op);
}

/** @throws TypeError unless `x` is a float32 tensor, Error if it was freed. */
export function checkFloat(x: unknown, op: string, name?: string): asserts x is Tensor {
  checkTensor(x, op, name);
  if (x.dtype !== "float32") throw typeError`${op}: expected ${name ?? "input"} to be float32, got ${x.dtype}`;
}

/** What an iterable holds. @throws TypeError unless `x` is one. */
export function listOf(x: unknown, what: string): unknown[] {
  if (isObject(x) && Symbol.iterator in x && !(x instanceof Tensor)) return [...(x as Iterable<unknown>)];
  throw typeError`${what} as an iterable of Tensors, got ${x}`;
}

/** @throws TypeError unless `options` is an object with no names but those of the list "stride, padding". A layer may pass itself. */
export function checkObject(options: unknown, op: string, names: string): void {
  checkNames(options instanceof Tensor ? "a Tensor" : options, op, names);
}

/** The numbers among the options in the order of their standards. @throws TypeError unless they are numbers in an object. */
export function numbersOf(
  op: string,
  standards: Readonly<Record<string, number>>,
  options: object,
  more: readonly string[] = [],
): number[] {
  const all = Object.entries(standards);
  checkObject(options, op, [...Object.keys(standards), ...more].join(", "));
  return all.map(([name, standard]) => {
    const { [name]: value = standard } = options as Record<string, number>;
    checkNumber(Number.isNaN(value) ? "NaN" : value, op, name);
    return value;
  });
}

/** Attaches the node of an op to its result, which is not settled yet. */
function attach(y: Tensor, inputs: readonly Tensor[], saved: readonly Tensor[], run: Backward): void {
  const storages: Storage[] = [];
  for (const t of saved) storages.push(t.storage);
  y.node = new Node(y.numel * 4, null, inputs.map(nodeOf), storages, run);
  y.requiresGrad_();
}

/**
 * Ends an op that is recorded. `saved`: tensors whose storage `run` reads. `run` adds to the gradients of `inputs`.
 * Everything the op made besides `y` and `more` is freed.
 */
export function record(
  y: Tensor,
  inputs: readonly Tensor[],
  saved: readonly Tensor[],
  run: Backward,
  ...more: readonly Tensor[]
): Tensor {
  attach(y, inputs, saved, run);
  return settle(y, ...more);
}

/** A zeroed tensor that an op is about to add to. */
export function zeroed(shape: readonly number[], dtype: "float32" | "int32" = "float32"): Tensor {
  const y = empty(shape, dtype);
  kernels.clear(y.ptr, y.storage.bytes);
  return y;
}

/** Sizes and strides as the pairs that the strided kernels read. */
export function dimsTable(shape: readonly number[], strides: readonly number[]): number {
  const table = new Array<number>(2 * shape.length);
  for (let d = 0; d < shape.length; d++) {
    table[2 * d] = shape[d] as number;
    table[2 * d + 1] = strides[d] as number;
  }
  return words(table);
}

/** A row-major copy, pending. */
export function copied(x: Tensor): Tensor {
  const y = empty(x.shape, x.dtype);
  kernels.stridedCopy(x.ptr, y.ptr, dimsTable(x.shape, x.strides), x.ndim);
  const n = x.numel;
  if (tracks(x)) attach(y, [x], [], (gy, gx) => kernels.addInto(gy, gx, n));
  return y;
}

/** A float32 copy of an int32 tensor, or the other way round, pending. Outside the graph. */
export function converted(x: Tensor): Tensor {
  const dense = x.isDense ? x : copied(x);
  const y = empty(x.shape, x.dtype === "int32" ? "float32" : "int32");
  if (x.dtype === "int32") kernels.toFloat32(dense.ptr, y.ptr, x.numel);
  else kernels.toInt32(dense.ptr, y.ptr, x.numel);
  return y;
}

/** The tensor in row-major order, itself if it is so already. Checks it; keeps its dtype. */
export function denseAny(x: Tensor, op: string, name?: string): Tensor {
  checkTensor(x, op, name);
  return x.isDense ? x : copied(x);
}

/** The tensor as float32 in row-major order, itself if it is so already. Checks it. */
export function dense(x: Tensor, op: string, name?: string): Tensor {
  checkTensor(x, op, name);
  if (x.dtype === "int32") return converted(x);
  return x.isDense ? x : copied(x);
}
