// Pooling of images.
import { rangeError } from "../check.ts";
import {
  checkObject,
  checkTensor,
  dense,
  empty,
  pooling,
  record,
  scratch,
  settle,
  type Tensor,
  tracks,
  words,
} from "../op.ts";
import { checkPair, imagesOf, type Pair, pairOf } from "./window.ts";

export interface MaxPool2dOptions {
  /** Steps from one window to the next. Default: the window's size. */
  stride?: Pair | null;
  /** What surrounds the input, smaller than every number; at most half of the window. Default 0. */
  padding?: Pair;
  /** Steps between the elements of a window. Default 1. */
  dilation?: Pair;
  /** Whether windows may reach past the end, if they start inside the input or the padding before it. Default false. */
  ceilMode?: boolean;
  /** Whether to give the places of the maxima too. Default false. */
  returnIndices?: boolean;
}

/** Windows along one dim. */
function windows(
  size: number,
  kernel: number,
  stride: number,
  padding: number,
  dilation: number,
  ceil: boolean,
): number {
  const room = size + 2 * padding - dilation * (kernel - 1) - 1;
  const n = Math.floor((room + (ceil ? stride - 1 : 0)) / stride) + 1;
  return ceil && (n - 1) * stride >= size + padding ? n - 1 : n;
}

/**
 * The largest element of each window of x: [n, c, h, w], or one image without n. Among equal ones the first counts, a NaN before all.
 * Gives the result, or with `returnIndices` [result, indices]: int32 places row * w + column in the plane of the input.
 * @throws RangeError for sizes that are not positive, padding of more than half the window, an output without elements.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.max_pool2d.html
 */
export function maxPool2d(x: Tensor, kernelSize: Pair, options?: MaxPool2dOptions & { returnIndices?: false }): Tensor;
export function maxPool2d(
  x: Tensor,
  kernelSize: Pair,
  options: MaxPool2dOptions & { returnIndices: true },
): [Tensor, Tensor];
export function maxPool2d(x: Tensor, kernelSize: Pair, options?: MaxPool2dOptions): Tensor | [Tensor, Tensor];
export function maxPool2d(x: Tensor, kernelSize: Pair, options: MaxPool2dOptions = {}): Tensor | [Tensor, Tensor] {
  checkTensor(x, "maxPool2d");
  checkObject(options, "maxPool2d", "stride, padding, dilation, ceilMode, returnIndices");
  const [n, c, h, w] = imagesOf(x, "maxPool2d");
  if (c === 0 || h === 0 || w === 0) {
    throw rangeError`maxPool2d: only the batch may be empty, got the shape ${x.shape}`;
  }
  const { ceilMode = false, returnIndices = false } = options;
  const kernel = pairOf(kernelSize, "maxPool2d", "kernelSize");
  const stride = pairOf(options.stride ?? kernelSize, "maxPool2d", "stride");
  const padding = pairOf(options.padding ?? 0, "maxPool2d", "padding");
  const dilation = pairOf(options.dilation ?? 1, "maxPool2d", "dilation");
  checkPair(kernel, 1, "maxPool2d", "kernelSize");
  checkPair(stride, 1, "maxPool2d", "stride");
  checkPair(dilation, 1, "maxPool2d", "dilation");
  checkPair(padding, 0, "maxPool2d", "padding");
  if (padding[0] > kernel[0] >> 1 || padding[1] > kernel[1] >> 1) {
    throw rangeError`maxPool2d: padding ${padding} should be at most half of kernelSize ${kernel}`;
  }
  const oh = windows(h, kernel[0], stride[0], padding[0], dilation[0], ceilMode);
  const ow = windows(w, kernel[1], stride[1], padding[1], dilation[1], ceilMode);
  if (oh < 1 || ow < 1) {
    throw rangeError`maxPool2d: kernelSize ${kernel} is too large for ${x.shape}`;
  }

  const a = dense(x, "maxPool2d");
  const shape = x.ndim === 3 ? [c, oh, ow] : [n, c, oh, ow];
  const y = empty(shape);
  const recorded = tracks(x);
  const indices = recorded || returnIndices ? empty(shape, "int32") : null;
  // the fields of Pool in assembly/pool.ts
  const table = words([n * c, h, w, ...kernel, ...stride, ...padding, ...dilation, oh, ow]);
  const work = indices === null ? scratch(pooling().maxPool2dWork(table)) : 0;
  pooling().maxPool2d(a.ptr, y.ptr, indices === null ? 0 : indices.ptr, work, table);
  if (indices === null) return settle(y);
  const more = returnIndices ? [indices] : [];
  if (recorded) {
    const [places, planes, area, outputs] = [indices.ptr, n * c, h * w, oh * ow];
    record(y, [a], [indices], (gy, gx) => pooling().maxPool2dGrad(gy, places, gx, planes, area, outputs), ...more);
  } else settle(y, ...more);
  return returnIndices ? [y, indices] : y;
}
