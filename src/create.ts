// Making tensors: from data, of one value, of ranges.
import { rangeError, typeError } from "./check.ts";
import { checkObject, kernels, settle } from "./op.ts";
import {
  type CreateOptions,
  checkCreate,
  checkLike,
  checkType,
  kind,
  make,
  parseSizes,
  type Sizes,
} from "./options.ts";
import { checkShape, numelOf, type Shape } from "./shape.ts";
import { type DType, type NestedArray, Tensor } from "./tensor.ts";
import { f32, i32 } from "./wasm/index.ts";

type TypedArray =
  | Float32Array
  | Float64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array;

/** What `tensor` takes: a number, a boolean, a typed array, a tensor, or arrays of them in arrays. */
export type TensorData = NestedArray | boolean | TypedArray | Tensor | readonly TensorData[];

export interface TensorOptions extends CreateOptions {
  /** Sizes of the dims, for flat data. */
  shape?: Shape;
}

function checkInt32(value: number, op: string): void {
  const whole = Math.trunc(value);
  if (!(whole >= -2147483648 && whole <= 2147483647)) {
    throw rangeError`${op}: ${value} cannot be converted to int32`;
  }
}

/** Puts values into a fresh tensor; to int32 they round towards zero. */
function put(t: Tensor, values: ArrayLike<number>, op: string): Tensor {
  if (t.dtype === "int32") {
    if (!(values instanceof Int32Array)) for (let i = 0; i < values.length; i++) checkInt32(values[i] as number, op);
    i32.set(values, t.ptr / 4);
  } else f32.set(values, t.ptr / 4);
  return settle(t);
}

/** Lengths along the first elements, level by level. */
function shapeOfNested(data: unknown): number[] {
  const shape: number[] = [];
  let level = data;
  while (Array.isArray(level) || ArrayBuffer.isView(level)) {
    const list = level as ArrayLike<unknown>;
    shape.push(list.length);
    level = list[0];
  }
  return shape;
}

/** Row-major values of nested arrays; notes whether all are booleans. */
class Flattened {
  declare readonly values: Float64Array;
  booleans = true;
  private at = 0;
  constructor(
    data: unknown,
    private readonly shape: Shape,
  ) {
    this.values = new Float64Array(numelOf(shape));
    this.visit(data, 0);
  }
  private visit(data: unknown, depth: number): void {
    if (depth === this.shape.length) {
      if (typeof data === "number") this.booleans = false;
      else if (typeof data !== "boolean") {
        throw typeError`tensor: expected numbers ${depth} levels deep, got ${data}`;
      }
      this.values[this.at++] = Number(data);
      return;
    }
    const size = this.shape[depth] as number;
    const list = data as ArrayLike<unknown>;
    if (!(Array.isArray(data) || ArrayBuffer.isView(data)) || list.length !== size) {
      const got = Array.isArray(data) || ArrayBuffer.isView(data) ? `length ${list.length}` : kind(data);
      throw rangeError`tensor: expected length ${size} at dim ${depth}, got ${got}`;
    }
    for (let i = 0; i < size; i++) this.visit(list[i], depth + 1);
  }
}

function checkData(data: unknown): void {
  if (typeof data === "number" || typeof data === "boolean" || Array.isArray(data) || data instanceof Tensor) return;
  if (ArrayBuffer.isView(data)) {
    if (data instanceof DataView || data instanceof BigInt64Array || data instanceof BigUint64Array) {
      throw typeError`tensor: ${data} has no dtype here; pass a Float32Array or an Int32Array`;
    }
    return;
  }
  throw typeError`tensor: expected numbers, nested arrays or a typed array, got ${data}`;
}

/**
 * A tensor that copies the given numbers. Nested arrays give their shape; flat data take one from `shape`.
 * dtype: int32 for an Int32Array and for booleans (1 and 0), that of a given tensor, else float32.
 * @throws RangeError for ragged arrays, a shape the data do not fill, values that int32 cannot hold; TypeError for anything else.
 * @see https://pytorch.org/docs/stable/generated/torch.tensor.html
 */
export function tensor(data: TensorData, options: TensorOptions = {}): Tensor {
  checkData(data);
  checkObject(options, "tensor", "shape, dtype, requiresGrad");
  const { shape, dtype } = options;
  let values: ArrayLike<number>;
  let sizes: readonly number[];
  let type: DType = "float32";
  if (data instanceof Tensor) {
    values = data.data;
    sizes = data.shape;
    type = data.dtype;
  } else if (ArrayBuffer.isView(data)) {
    values = data as TypedArray;
    sizes = [values.length];
    if (data instanceof Int32Array) type = "int32";
  } else {
    sizes = shapeOfNested(data);
    const flat = new Flattened(data, sizes);
    values = flat.values;
    if (flat.booleans && values.length > 0) type = "int32";
  }
  if (shape !== undefined) {
    sizes = checkShape(shape, "tensor");
    if (numelOf(sizes) !== values.length) {
      throw rangeError`tensor: ${values.length} values do not fill the shape ${sizes}`;
    }
  }
  return put(make(sizes, options, "tensor", dtype ?? type), values, "tensor");
}

function filled(shape: Shape, value: unknown, options: CreateOptions, op: string, dtype?: DType): Tensor {
  if (typeof value !== "number" && typeof value !== "boolean") {
    throw typeError`${op}: expected the value to be a number, got ${value}`;
  }
  checkCreate(options, op);
  const type = checkType(options.dtype ?? dtype ?? (typeof value === "boolean" ? "int32" : "float32"), op);
  if (type === "int32") checkInt32(Number(value), op);
  const t = make(shape, options, op, type);
  const from = t.ptr / 4;
  if (value === 0) kernels.clear(t.ptr, t.numel * 4);
  else (type === "int32" ? i32 : f32).fill(Number(value), from, from + t.numel);
  return settle(t);
}

/** A tensor of zeros. `zeros([2, 3])` or `zeros(2, 3)`. */
export function zeros(...args: Sizes<CreateOptions>): Tensor {
  const [shape, options] = parseSizes<CreateOptions>(args, "zeros");
  return filled(shape, 0, options, "zeros");
}

/** A tensor of ones. `ones([2, 3])` or `ones(2, 3)`. */
export function ones(...args: Sizes<CreateOptions>): Tensor {
  const [shape, options] = parseSizes<CreateOptions>(args, "ones");
  return filled(shape, 1, options, "ones");
}

/** A tensor to be filled later. Its values are zeros: memory of other tensors never shows through. */
export function empty(...args: Sizes<CreateOptions>): Tensor {
  const [shape, options] = parseSizes<CreateOptions>(args, "empty");
  return filled(shape, 0, options, "empty");
}

/** A tensor of `value` everywhere; int32 for a boolean. */
export function full(shape: Shape | number, value: number | boolean, options: CreateOptions = {}): Tensor {
  return filled(checkShape(typeof shape === "number" ? [shape] : shape, "full"), value, options, "full");
}

/** Zeros of the shape and dtype of `x`. */
export function zerosLike(x: Tensor, options: CreateOptions = {}): Tensor {
  checkLike(x, "zerosLike");
  return filled(x.shape, 0, options, "zerosLike", x.dtype);
}

/** Ones of the shape and dtype of `x`. */
export function onesLike(x: Tensor, options: CreateOptions = {}): Tensor {
  checkLike(x, "onesLike");
  return filled(x.shape, 1, options, "onesLike", x.dtype);
}

/** A tensor of the shape and dtype of `x`, to be filled later. Its values are zeros. */
export function emptyLike(x: Tensor, options: CreateOptions = {}): Tensor {
  checkLike(x, "emptyLike");
  return filled(x.shape, 0, options, "emptyLike", x.dtype);
}

/** `value` everywhere, in the shape and dtype of `x`. */
export function fullLike(x: Tensor, value: number | boolean, options: CreateOptions = {}): Tensor {
  checkLike(x, "fullLike");
  return filled(x.shape, value, options, "fullLike", x.dtype);
}
