// One-hot rows of classes.
import { rangeError, typeError } from "../check.ts";
import { checkTensor, denseAny, layers, settle, type Tensor, zeroed } from "../op.ts";
import { i32 } from "../wasm/index.ts";
import { checkRange } from "./index-checks.ts";

/**
 * A last dim of numClasses zeros with a 1 at each class; int32. Without numClasses, one more than the largest class.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.one_hot.html
 */
export function oneHot(x: Tensor, numClasses: number = -1): Tensor {
  checkTensor(x, "oneHot");
  if (x.dtype !== "int32") throw typeError`oneHot: expected int32 classes, got ${x.dtype}; use int()`;
  if (!Number.isInteger(numClasses) || numClasses < -1) {
    throw rangeError`oneHot: expected numClasses to be a positive integer, got ${numClasses}`;
  }
  if (x.numel === 0 && numClasses < 1) {
    throw rangeError`oneHot: an empty input does not tell numClasses`;
  }
  const a = denseAny(x, "oneHot");
  const at = a.ptr / 4;
  const classes =
    numClasses === -1 ? i32.subarray(at, at + a.numel).reduce((m, v) => Math.max(m, v), 0) + 1 : numClasses;
  checkRange(a, classes, "oneHot", "the classes");
  const y = zeroed([...a.shape, classes], "int32");
  layers().oneHot(a.ptr, y.ptr, a.numel, classes);
  return settle(y);
}
