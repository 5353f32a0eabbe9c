// Copies and conversions: clone, contiguous, to, float, int.
import { typeError } from "../check.ts";
import {
  checkTensor,
  converted,
  copied,
  denseAny,
  empty,
  kernels as k,
  record,
  settle,
  type Tensor,
  tracks,
} from "../op.ts";
import type { DType } from "../tensor.ts";

/** y = x in memory of its own, row-major. Differentiable. */
export function clone(x: Tensor): Tensor {
  const a = denseAny(x, "clone");
  if (a !== x) return settle(a);
  const n = a.numel;
  const y = empty(a.shape, a.dtype);
  k.copy(a.ptr, y.ptr, n);
  return tracks(a) ? record(y, [a], [], (gy, gx) => k.addInto(gy, gx, n)) : settle(y);
}

/** The tensor itself if it is row-major without gaps, else a copy that is. */
export function contiguous(x: Tensor): Tensor {
  checkTensor(x, "contiguous");
  return x.isDense ? x : settle(copied(x));
}

/** The tensor in that dtype: itself if it has it already. To int32 rounds towards zero. Between dtypes no gradient flows. */
export function to(x: Tensor, dtype: DType): Tensor {
  checkTensor(x, "to");
  if (dtype !== "float32" && dtype !== "int32") {
    throw typeError`to: expected the dtype "float32" or "int32", got ${dtype}`;
  }
  return x.dtype === dtype ? x : settle(converted(x));
}

/** The tensor as float32. */
export function float(x: Tensor): Tensor {
  return to(x, "float32");
}

/** The tensor as int32, rounded towards zero. */
export function int(x: Tensor): Tensor {
  return to(x, "int32");
}
