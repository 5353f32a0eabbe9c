// Changes in place, for parameters and buffers inside noGrad and for tensors that no graph holds: copy_, fill_, zero_.
import { checkTensor, converted, dimsTable, empty, kernels as k, type Tensor } from "../op.ts";
import { isGradEnabled, sweep } from "../scope.ts";
import { broadcastShapes, broadcastStrides, sameShape, show } from "../shape.ts";
import { f32, i32 } from "../wasm/index.ts";

function checkWritable(x: Tensor, op: string): void {
  checkTensor(x, op);
  if (!isGradEnabled()) return;
  if (x.requiresGrad) {
    throw new Error(
      `${op}: a tensor that requires grad (shape ${show(x.shape)}) can be changed in place only inside noGrad()`,
    );
  }
  if (x.storage.held > 0) {
    throw new Error(`${op}: a graph holds this tensor of shape ${show(x.shape)} for its backward; change a clone()`);
  }
}

/** x = y, where the shape of `y` broadcasts to that of `x`. */
function write(x: Tensor, y: Tensor, op: string): void {
  if (!sameShape(x.shape, y.shape) && !sameShape(broadcastShapes(x.shape, y.shape, op), x.shape)) {
    throw new RangeError(
      `${op}: the shape ${show(y.shape)} does not broadcast to ${show(x.shape)} of the changed tensor`,
    );
  }
  let source = x.dtype === y.dtype ? y : converted(y);
  if (!source.isDense || !sameShape(source.shape, x.shape)) {
    const full = empty(x.shape, x.dtype);
    const strides = broadcastStrides(source.shape, source.strides, x.shape);
    k.stridedCopy(source.ptr, full.ptr, dimsTable(x.shape, strides), x.ndim);
    source = full;
  }
  k.stridedWrite(source.ptr, x.ptr, dimsTable(x.shape, x.strides), x.ndim);
  x.storage.version++;
  sweep();
}

/** Copies `source`, broadcast and converted to the dtype of `x`, into `x`. */
export function copy_(x: Tensor, source: Tensor): Tensor {
  checkWritable(x, "copy_");
  checkTensor(source, "copy_", "source");
  write(x, source, "copy_");
  return x;
}

/** Sets every element to `value`; an int32 tensor takes it rounded towards zero. */
export function fill_(x: Tensor, value: number): Tensor {
  checkWritable(x, "fill_");
  if (typeof value !== "number") throw new TypeError(`fill_: expected a number, got ${typeof value}`);
  const ints = x.dtype === "int32";
  if (x.isDense) {
    const from = x.ptr / 4;
    (ints ? i32 : f32).fill(value, from, from + x.numel);
    x.storage.version++;
    return x;
  }
  const one = empty([], x.dtype);
  (ints ? i32 : f32)[one.ptr / 4] = value;
  write(x, one, "fill_");
  return x;
}

/** Sets every element to 0. */
export function zero_(x: Tensor): Tensor {
  return fill_(x, 0);
}
