// Writing into a tensor in place: who may, and how values reach a strided view.
import { checkTensor, converted, dimsTable, empty, kernels as k, type Tensor } from "./op.ts";
import { isGradEnabled, sweep } from "./scope.ts";
import { broadcastShapes, broadcastStrides, sameShape, show } from "./shape.ts";

/** @throws Error unless `x` may be changed now. */
export function checkWritable(x: Tensor, op: string): void {
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
export function write(x: Tensor, y: Tensor, op: string): void {
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
