// Options and sizes that all creation functions share.
import { typeError } from "./check.ts";
import { checkObject } from "./op.ts";
import { checkShape, type Shape } from "./shape.ts";
import { type DType, Tensor, empty as uninitialised } from "./tensor.ts";

export interface CreateOptions {
  /** "float32" unless said otherwise. */
  dtype?: DType;
  /** Whether gradients are collected in it. Default false. */
  requiresGrad?: boolean;
}

/** A shape as one array or as separate sizes, then the options: `zeros([2, 3])`, `zeros(2, 3)`, `zeros(2, 3, { dtype })`. */
export type Sizes<O> = [shape: Shape, options?: O] | number[] | [...sizes: number[], options: O];

const isOptions = (x: unknown): boolean =>
  typeof x === "object" && x !== null && !Array.isArray(x) && !ArrayBuffer.isView(x) && !(x instanceof Tensor);

/** Splits what a creation function was given into the leading arguments and the options. */
export function splitOptions<O>(args: readonly unknown[]): [readonly unknown[], O] {
  const last = args[args.length - 1];
  if (isOptions(last)) return [args.slice(0, -1), last as O];
  return [last === undefined && args.length > 0 ? args.slice(0, -1) : args, {} as O];
}

/** The shape and the options of zeros, rand and the like. */
export function parseSizes<O>(args: readonly unknown[], op: string): [number[], O] {
  const [sizes, options] = splitOptions<O>(args);
  if (sizes.length === 0) throw typeError`${op}: expected a shape, as an array of sizes or as separate sizes`;
  return [checkShape(Array.isArray(sizes[0]) && sizes.length === 1 ? sizes[0] : sizes, op), options];
}

/** @throws TypeError for a dtype that is not there. */
export function checkType(dtype: unknown, op: string): DType {
  if (dtype !== "float32" && dtype !== "int32") {
    throw typeError`${op}: expected the dtype "float32" or "int32", got ${dtype}`;
  }
  return dtype;
}

/** @throws TypeError unless `options` are those of CreateOptions, and none of another name. */
export function checkCreate(options: CreateOptions, op: string): void {
  checkObject(options, op, "dtype, requiresGrad");
}

/** A tensor about to be filled, of options whose names are checked. */
export function make(shape: Shape, options: CreateOptions, op: string, dtype: DType = "float32"): Tensor {
  const type = checkType(options.dtype ?? dtype, op);
  if (options.requiresGrad && type !== "float32") {
    throw typeError`${op}: expected requiresGrad of float32 only, got ${type}`;
  }
  const t = uninitialised(shape, type);
  if (options.requiresGrad) t.requiresGrad_();
  return t;
}

export const kind = (x: unknown): string => (x === null ? "null" : Array.isArray(x) ? "an array" : typeof x);

/** @throws TypeError unless `x` is a tensor. */
export function checkLike(x: unknown, op: string): asserts x is Tensor {
  if (!(x instanceof Tensor)) throw typeError`${op}: expected a Tensor, got ${x}`;
}
