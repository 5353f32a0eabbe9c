// Making tensors from data.
import { settle } from "./scope.ts";
import { checkShape, numelOf, type Shape, show } from "./shape.ts";
import { type DType, empty, type NestedArray, type Tensor } from "./tensor.ts";
import { f32, i32 } from "./wasm/index.ts";

type TypedArray =
  | Float32Array
  | Float64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint8Array
  | Uint16Array
  | Uint32Array;

export interface TensorOptions {
  shape?: Shape;
  dtype?: DType;
  requiresGrad?: boolean;
}

function shapeOfNested(data: NestedArray): number[] {
  const shape: number[] = [];
  for (let level: NestedArray | undefined = data; Array.isArray(level); level = level[0]) shape.push(level.length);
  return shape;
}

function flattenInto(data: NestedArray, shape: Shape, depth: number, out: number[]): void {
  if (depth === shape.length) {
    if (typeof data !== "number") {
      throw new TypeError(
        `tensor: expected numbers ${depth} levels deep, got ${Array.isArray(data) ? "an array" : typeof data}`,
      );
    }
    out.push(data);
    return;
  }
  if (!Array.isArray(data) || data.length !== shape[depth]) {
    throw new RangeError(
      `tensor: the nested arrays are ragged: expected length ${shape[depth]} at dim ${depth}, got ${Array.isArray(data) ? data.length : typeof data}`,
    );
  }
  for (const item of data) flattenInto(item, shape, depth + 1, out);
}

/** A tensor of the given numbers. Flat typed arrays take a `shape`; an Int32Array gives int32, everything else float32. */
export function tensor(
  data: NestedArray | TypedArray,
  { shape, dtype, requiresGrad = false }: TensorOptions = {},
): Tensor {
  let values: ArrayLike<number>;
  let sizes: number[];
  if (ArrayBuffer.isView(data)) {
    values = data as TypedArray;
    sizes = [values.length];
  } else {
    sizes = shapeOfNested(data as NestedArray);
    const out: number[] = [];
    flattenInto(data as NestedArray, sizes, 0, out);
    values = out;
  }
  const type = dtype ?? (data instanceof Int32Array ? "int32" : "float32");
  if (type !== "float32" && type !== "int32") {
    throw new TypeError(`tensor: expected the dtype "float32" or "int32", got ${String(type)}`);
  }
  if (shape !== undefined) {
    sizes = checkShape(shape, "tensor");
    if (numelOf(sizes) !== values.length) {
      throw new RangeError(`tensor: ${values.length} values do not fill the shape ${show(sizes)}`);
    }
  }
  const t = empty(sizes, type);
  (type === "int32" ? i32 : f32).set(values, t.ptr / 4);
  if (requiresGrad) t.requiresGrad_();
  return settle(t);
}
