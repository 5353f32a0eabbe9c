// Changes in place, for parameters and buffers inside noGrad and for tensors that no graph holds: copy_, fill_, add_ ...
import { typeError } from "../check.ts";
import { checkTensor, empty, type Tensor } from "../op.ts";
import { noGrad } from "../scope.ts";
import { f32, i32 } from "../wasm/index.ts";
import { checkWritable, write } from "../write.ts";
import { add, div, mul, type Operand, sub } from "./binary.ts";
import { clamp } from "./piecewise.ts";

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
  if (typeof value !== "number") throw typeError`fill_: expected a number, got ${typeof value}`;
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

/** x = value(), where the value has the shape of `x` or one that broadcasts to it. */
function change(x: Tensor, op: string, value: () => Tensor): Tensor {
  checkWritable(x, op);
  noGrad(() => {
    const y = value();
    if (y.dtype !== x.dtype) {
      throw typeError`${op}: the result is ${y.dtype}, the tensor ${x.dtype}; use float()`;
    }
    write(x, y, op);
  });
  return x;
}

/** x += alpha y */
export function add_(x: Tensor, y: Operand, options: { alpha?: number } = {}): Tensor {
  return change(x, "add_", () => add(x, y, options));
}

/** x -= alpha y */
export function sub_(x: Tensor, y: Operand, options: { alpha?: number } = {}): Tensor {
  return change(x, "sub_", () => sub(x, y, options));
}

/** x *= y */
export function mul_(x: Tensor, y: Operand): Tensor {
  return change(x, "mul_", () => mul(x, y));
}

/** x /= y */
export function div_(x: Tensor, y: Operand): Tensor {
  return change(x, "div_", () => div(x, y));
}

/** x = min(max(x, min), max) */
export function clamp_(x: Tensor, min?: number | null, max?: number | null): Tensor {
  return change(x, "clamp_", () => clamp(x, min, max));
}
