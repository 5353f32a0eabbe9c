// Convolutional layers: Conv2d.
import { checkCount, checkOneOf, rangeError } from "../check.ts";
import { empty } from "../create.ts";
import { checkObject, composite } from "../op.ts";
import { conv2d } from "../ops/conv.ts";
import { type PadMode, pad } from "../ops/pad.ts";
import { type Pair, paddingOf, pairOf } from "../ops/window.ts";
import type { Tensor } from "../tensor.ts";
import { Parameter } from "./parameter.ts";
import { start } from "./start.ts";
import { TensorLayer } from "./tensor-layer.ts";

const paddingModes = ["zeros", "reflect", "replicate", "circular"] as const;

export interface Conv2dLayerOptions {
  /** Default 1. */
  stride?: Pair;
  /** What is put around the input: the same on both sides, "valid" for none, "same" for an output of the input's size. Default 0. */
  padding?: Pair | "same" | "valid";
  /** Steps between the taps of the kernel. Default 1. */
  dilation?: Pair;
  /** Parts of the channels that are convolved by themselves. Default 1. */
  groups?: number;
  /** Default true. */
  bias?: boolean;
  /** What the padding shows. Default "zeros". */
  paddingMode?: (typeof paddingModes)[number];
}

/**
 * Convolution of images, [n, inChannels, h, w] to [n, outChannels, oh, ow], or one image without n.
 * weight [outChannels, inChannels / groups, kh, kw] and bias [outChannels] start uniform in +-1/sqrt(inChannels / groups kh kw).
 * @throws Error for channels that are not divisible by groups, an unknown padding or paddingMode, "same" with a stride.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Conv2d.html
 */
export class Conv2d extends TensorLayer {
  declare readonly inChannels: number;
  declare readonly outChannels: number;
  declare readonly kernelSize: readonly [number, number];
  declare readonly stride: readonly [number, number];
  declare readonly padding: readonly [number, number] | "same" | "valid";
  declare readonly dilation: readonly [number, number];
  declare readonly groups: number;
  readonly paddingMode: (typeof paddingModes)[number];
  declare weight: Parameter;
  declare bias: Parameter | null;

  constructor(inChannels: number, outChannels: number, kernelSize: Pair, options: Conv2dLayerOptions = {}) {
    super();
    checkObject(options, "Conv2d", "stride, padding, dilation, groups, bias, paddingMode");
    const { stride = 1, padding = 0, dilation = 1, groups = 1, bias = true, paddingMode = "zeros" } = options;
    checkCount(inChannels, "Conv2d", "inChannels", 0);
    checkCount(outChannels, "Conv2d", "outChannels", 0);
    checkCount(groups, "Conv2d", "groups", 1);
    for (const [name, n] of Object.entries({ inChannels, outChannels })) {
      if (n % groups !== 0) throw rangeError`Conv2d: ${name} ${n} must be divisible by groups ${groups}`;
    }
    checkOneOf(paddingMode, "Conv2d", "paddingMode", paddingModes);
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = pairOf(kernelSize, "Conv2d", "kernelSize");
    for (const k of this.kernelSize) checkCount(k, "Conv2d", "kernelSize", 0);
    this.stride = pairOf(stride, "Conv2d", "stride");
    this.dilation = pairOf(dilation, "Conv2d", "dilation");
    this.padding = paddingOf(padding, this.stride, "Conv2d");
    this.groups = groups;
    this.paddingMode = paddingMode;
    this.weight = new Parameter(empty([outChannels, inChannels / groups, ...this.kernelSize]));
    this.bias = bias ? new Parameter(empty([outChannels])) : null;
    this.resetParameters();
  }

  /** Draws weight, then bias, anew. */
  resetParameters(): void {
    const [kh, kw] = this.kernelSize;
    start(this.weight, this.bias, (this.inChannels / this.groups) * kh * kw);
  }

  /** [left, right, top, bottom]; the extra one of an odd "same" padding comes last. */
  private sides(): number[] {
    const { padding, dilation, kernelSize } = this;
    return [1, 0].flatMap((d) => {
      if (padding === "valid") return [0, 0];
      if (padding !== "same") return [padding[d] as number, padding[d] as number];
      const total = (dilation[d] as number) * ((kernelSize[d] as number) - 1);
      return [total >> 1, total - (total >> 1)];
    });
  }

  protected override layerForward(input: Tensor): Tensor {
    const { weight, bias, stride, dilation, groups, paddingMode } = this;
    if (paddingMode === "zeros") return conv2d(input, weight, this);
    return composite(() => {
      const padded = pad(input, this.sides(), { mode: paddingMode satisfies PadMode });
      return conv2d(padded, weight, { bias, stride, dilation, groups });
    });
  }

  override extraRepr(): string {
    const { padding, dilation, groups, bias, paddingMode } = this;
    const pair = (p: readonly number[]) => `(${p.join(", ")})`;
    const parts = [
      `${this.inChannels}, ${this.outChannels}`,
      `kernel_size=${pair(this.kernelSize)}`,
      `stride=${pair(this.stride)}`,
    ];
    if (typeof padding === "string") parts.push(`padding=${padding}`);
    else if (padding.some((p) => p !== 0)) parts.push(`padding=${pair(padding)}`);
    if (dilation.some((d) => d !== 1)) parts.push(`dilation=${pair(dilation)}`);
    if (groups !== 1) parts.push(`groups=${groups}`);
    if (bias === null) parts.push("bias=False");
    if (paddingMode !== "zeros") parts.push(`padding_mode=${paddingMode}`);
    return parts.join(", ");
  }
}
