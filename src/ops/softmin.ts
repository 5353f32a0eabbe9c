// softmin: softmax of the negative.
import { checkFloat, composite, type Tensor } from "../op.ts";
import { checkDim } from "../shape.ts";
import { softmax } from "./softmax.ts";
import { neg } from "./unary.ts";

/**
 * softmax(-x) over `dim`. Without `dim`: as softmax.
 * @throws RangeError for a dim out of range, TypeError unless `x` is float32.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.softmin.html
 */
export function softmin(x: Tensor, dim?: number | null): Tensor {
  checkFloat(x, "softmin");
  if (dim !== undefined && dim !== null) checkDim(dim, x.ndim, "softmin");
  return composite(() => softmax(neg(x), dim));
}
