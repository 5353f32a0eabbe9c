// Functions of straight pieces that torch.Tensor has as methods: relu, clamp, hardshrink.
import { checkNumber, typeError } from "../check.ts";
import { type Address, checkTensor, kernels as k, type Tensor } from "../op.ts";
import { put } from "./broadcast.ts";
import { keepingInts, type Shaped, shaped, type Unary, unary, withOptions } from "./elementwise.ts";

function reluInt(x: Address, y: Address, n: number): void {
  k.maximumInt(x, put(0, true), y, 1, n, 0, 1, 0, 0);
}

/** y = max(x, 0), with gradient 0 at 0; NaN stays NaN, int32 stays int32 */
export const relu: Unary = /* @__PURE__ */ keepingInts("relu", /* @__PURE__ */ unary("relu", "y"), reluInt);

const isInt32 = (v: number) => Number.isInteger(v) && v >= -(2 ** 31) && v < 2 ** 31;

/**
 * y = min(max(x, min), max), either bound may be left out; with gradient 1 inside and at the bounds, 0 outside. NaN stays NaN.
 * Int32 stays int32 if the bounds are integers.
 * @throws TypeError if both bounds are missing.
 * @see https://pytorch.org/docs/stable/generated/torch.clamp.html
 */
export function clamp(x: Tensor, min?: number | null, max?: number | null): Tensor {
  checkTensor(x, "clamp");
  const low = min ?? null;
  const high = max ?? null;
  if (low === null && high === null) throw typeError`clamp: expected min, max or both`;
  if (low !== null) checkNumber(low, "clamp", "min");
  if (high !== null) checkNumber(high, "clamp", "max");
  if (x.dtype === "int32" && isInt32(low ?? 0) && isInt32(high ?? 0)) {
    return keepingInts("clamp", relu, (from, y, n) => {
      k.maximumInt(from, put(low ?? -(2 ** 31), true), y, 1, n, 0, 1, 0, 0);
      k.minimumInt(y, put(high ?? 2 ** 31 - 1, true), y, 1, n, 0, 1, 0, 0);
    })(x);
  }
  return shaped("clamp", x, "clamp", [low ?? -Infinity, high ?? Infinity]);
}

/** y = x, 0 where |x| <= lambd */
export const hardshrink: Shaped<"lambd"> = /* @__PURE__ */ withOptions("hardshrink", "hardshrink", { lambd: 0.5 });
