// Writing into a tensor in place: who may, and how values reach a strided view.
import { plainError, rangeError } from "./check.ts";
import { checkTensor, converted, dimsTable, empty, kernels as k, type Tensor } from "./op.ts";
import { isGradEnabled, sweep } from "./scope.ts";
import { broadcastShapes, broadcastStrides, sameShape } from "./shape.ts";

/** @throws Error unless `x` may be changed now. */
export function checkWritable(x: Tensor, op: string): void {
  checkTensor(x, op);
  if (!isGradEnabled()) return;
  if (x.requiresGrad) {
    throw plainError`${op}: a tensor that requires grad (shape ${x.shape}) changes only inside noGrad()`;
  }
  if (x.storage.held > 0) {
    throw plainError`${op}: a graph holds this tensor of shape ${x.shape}; change a clone()`;
  }
}

/** x = y, where the shape of `y` broadcasts to that of `x`. */
export function write(x: Tensor, y: Tensor, op: string): void {
  if (!sameShape(x.shape, y.shape) && !sameShape(broadcastShapes(x.shape, y.shape, op), x.shape)) {
    throw rangeError`${op}: the shape ${y.shape} does not broadcast to ${x.shape}`;
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
