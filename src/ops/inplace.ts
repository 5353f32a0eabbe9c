// Changes in place, for parameters and buffers inside noGrad and for tensors that no graph holds: copy_, fill_, zero_.
import { checkTensor, empty, type Tensor } from "../op.ts";
import { f32, i32 } from "../wasm/index.ts";
import { checkWritable, write } from "../write.ts";

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
