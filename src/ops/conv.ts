// Convolution of images.
import { rangeError, typeError } from "../check.ts";
import {
  type Address,
  checkFloat,
  checkObject,
  checkTensor,
  convolution,
  dense,
  empty,
  record,
  scratch,
  settle,
  type Tensor,
  tracks,
  words,
} from "../op.ts";
import type { Shape } from "../shape.ts";
import { checkPair, imagesOf, type Pair, paddingOf, pairOf } from "./window.ts";

export interface Conv2dOptions {
  /** [outChannels]; none if null. */
  bias?: Tensor | null;
  /** Default 1. */
  stride?: Pair;
  /** Zeros around the input: the same on both sides, "valid" for none, "same" for an output of the input's size. Default 0. */
  padding?: Pair | "same" | "valid";
  /** Steps between the taps of the kernel. Default 1. */
  dilation?: Pair;
  /** Parts of the channels that are convolved by themselves. Default 1. */
  groups?: number;
}

/** Zeros before and after, of rows and of columns. An odd sum has the extra one at the end. */
function padsOf(
  padding: unknown,
  kernel: readonly [number, number],
  stride: readonly [number, number],
  dilation: readonly [number, number],
): [before: readonly [number, number], after: readonly [number, number]] {
  const pads = paddingOf(padding, stride, "conv2d");
  if (pads === "same") {
    const [down, across] = [dilation[0] * (kernel[0] - 1), dilation[1] * (kernel[1] - 1)];
    const before = [down >> 1, across >> 1] as const;
    return [before, [down - before[0], across - before[1]]];
  }
  const pair: [number, number] = pads === "valid" ? [0, 0] : pads;
  checkPair(pair, 0, "conv2d", "padding");
  return [pair, pair];
}

function checkWeight(input: Shape, c: number, weight: Tensor, bias: Tensor | null, groups: number): void {
  checkFloat(weight, "conv2d", "weight");
  const { shape } = weight;
  if (shape.length !== 4) {
    throw rangeError`conv2d: expected weight [outChannels, inChannels / groups, kh, kw], got ${shape}`;
  }
  if (!Number.isInteger(groups)) throw typeError`conv2d: expected groups to be an integer, got ${groups}`;
  if (groups < 1) throw rangeError`conv2d: expected groups to be positive, got ${groups}`;
  const [o, inner, kh, kw] = shape as [number, number, number, number];
  if (o < groups || o % groups !== 0) {
    throw rangeError`conv2d: expected the first size of weight ${shape} to be a multiple of groups ${groups}`;
  }
  if (inner * groups !== c) {
    throw rangeError`conv2d: weight ${shape} with groups ${groups} wants ${inner * groups} channels, got input ${input}`;
  }
  if (c === 0) throw rangeError`conv2d: expected an input with channels, got the shape ${input}`;
  if (kh === 0 || kw === 0) throw rangeError`conv2d: expected a kernel greater than zero, got weight ${shape}`;
  if (bias === null) return;
  checkFloat(bias, "conv2d", "bias");
  if (bias.ndim !== 1 || bias.shape[0] !== o) {
    throw rangeError`conv2d: expected bias of shape [${o}], got ${bias.shape}`;
  }
}

/** Images of more pixels than this spend less than a tenth of their time on packing the weights. */
const MOST_PIXELS = 1024;

/** The weights in the order the kernel reads them, kept from call to call while they stay the same; 0 where that does not pay. */
function packedWeights(weight: Tensor, table: Address, pixels: number): Address {
  if (pixels > MOST_PIXELS || weight.numel < 1024 || weight.numel * 4 !== weight.storage.bytes) return 0;
  const key = convolution().conv2dPacking(table);
  if (key === 0) return 0;
  const bytes = () => convolution().conv2dPackedBytes(table) >>> 0;
  return weight.storage.packedFor(key, bytes, (to) => convolution().conv2dPack(weight.ptr, to, table));
}

/**
 * y[n, o] = bias[o] + sum over c of weight[o, c] correlated with x[n, c]: [n, inChannels, h, w], or one image without n.
 * `weight`: [outChannels, inChannels / groups, kh, kw]. Sizes of the output: floor((size + padding - dilation (k - 1) - 1) / stride) + 1.
 * @throws RangeError where channels, groups or bias disagree, where the kernel is larger than the padded input, for sizes that are not positive.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.conv2d.html
 */
export function conv2d(x: Tensor, weight: Tensor, options: Conv2dOptions = {}): Tensor {
  checkTensor(x, "conv2d");
  checkObject(options, "conv2d", "bias, stride, padding, dilation, groups");
  const { bias = null, groups = 1 } = options;
  const [n, c, h, w] = imagesOf(x, "conv2d");
  checkWeight(x.shape, c, weight, bias, groups);
  const [o, , kh, kw] = weight.shape as [number, number, number, number];
  const stride = pairOf(options.stride ?? 1, "conv2d", "stride");
  const dilation = pairOf(options.dilation ?? 1, "conv2d", "dilation");
  checkPair(stride, 1, "conv2d", "stride");
  checkPair(dilation, 1, "conv2d", "dilation");
  const [before, after] = padsOf(options.padding ?? 0, [kh, kw], stride, dilation);
  const [high, wide] = [h + before[0] + after[0], w + before[1] + after[1]];
  const [tall, broad] = [dilation[0] * (kh - 1) + 1, dilation[1] * (kw - 1) + 1];
  if (h === 0 || w === 0 || high < tall || wide < broad) {
    throw rangeError`conv2d: the kernel ${[tall, broad]} can't be greater than the padded input ${[high, wide]}`;
  }
  const oh = Math.floor((high - tall) / stride[0]) + 1;
  const ow = Math.floor((wide - broad) / stride[1]) + 1;

  const input = dense(x, "conv2d");
  const kernel = dense(weight, "conv2d");
  const shift = bias === null ? null : dense(bias, "conv2d");
  const y = empty(x.ndim === 3 ? [o, oh, ow] : [n, o, oh, ow]);
  // the fields of Geometry in assembly/conv-shape.ts
  const [[down, across], [top, left], [rowStep, columnStep]] = [stride, before, dilation];
  const sizes = [n, c, h, w, o, kh, kw, down, across, top, left, rowStep, columnStep, groups, oh, ow];
  const recorded = tracks(x, weight, shift);
  const [px, pw] = [input.ptr, kernel.ptr];
  if (n > 0) {
    const table = words(sizes);
    // the work area first: where memory runs short it takes that of packed copies
    const work = scratch(convolution().conv2dWork(table) >>> 0);
    const packed = recorded ? 0 : packedWeights(kernel, table, n * oh * ow);
    convolution().conv2d(px, pw, packed, shift === null ? 0 : shift.ptr, y.ptr, work, table);
  }
  if (!recorded) return settle(y);
  const saved: Tensor[] = [];
  if (kernel.requiresGrad) saved.push(input);
  if (input.requiresGrad) saved.push(kernel);
  return record(y, shift === null ? [input, kernel] : [input, kernel, shift], saved, (gy, gx, gw, gb = 0) => {
    if (n === 0) return;
    const table = words(sizes);
    if (gx !== 0) convolution().conv2dGradX(gy, pw, gx, scratch(convolution().conv2dGradXWork(table) >>> 0), table);
    if (gw !== 0) convolution().conv2dGradW(gy, px, gw, scratch(convolution().conv2dGradWWork(table) >>> 0), table);
    if (gb !== 0) convolution().conv2dGradBias(gy, gb, table);
  });
}
