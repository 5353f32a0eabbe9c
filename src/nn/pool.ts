// Pooling layers: MaxPool2d.
import { checkObject } from "../op.ts";
import { type MaxPool2dOptions, maxPool2d } from "../ops/pool.ts";
import { type Pair, pairOf } from "../ops/window.ts";
import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";

const printed = (p: Pair): string => (typeof p === "number" ? String(p) : `(${p.join(", ")})`);

/**
 * The largest element of each window: [n, c, h, w] to [n, c, oh, ow], or one image without n.
 * With `returnIndices` forward gives [output, indices]: int32 places row * w + column in the plane of the input.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html
 */
export class MaxPool2d<Indices extends boolean = false> extends Module {
  declare readonly kernelSize: Pair;
  declare readonly stride: Pair;
  declare readonly padding: Pair;
  declare readonly dilation: Pair;
  declare readonly ceilMode: boolean;
  declare readonly returnIndices: boolean;

  constructor(kernelSize: Pair, options: MaxPool2dOptions & { returnIndices?: Indices } = {}) {
    super();
    checkObject(options, "MaxPool2d", "stride, padding, dilation, ceilMode, returnIndices");
    const { padding = 0, dilation = 1, ceilMode = false, returnIndices = false } = options;
    this.kernelSize = kernelSize;
    this.stride = options.stride ?? kernelSize;
    this.padding = padding;
    this.dilation = dilation;
    this.ceilMode = ceilMode;
    this.returnIndices = returnIndices;
    for (const name of ["kernelSize", "stride", "padding", "dilation"] as const) pairOf(this[name], "MaxPool2d", name);
  }

  override forward(input: Tensor): Indices extends true ? [Tensor, Tensor] : Tensor {
    return maxPool2d(input, this.kernelSize, this) as Indices extends true ? [Tensor, Tensor] : Tensor;
  }

  override extraRepr(): string {
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    return (
      `kernel_size=${printed(kernelSize)}, stride=${printed(stride)}, padding=${printed(padding)}, ` +
      `dilation=${printed(dilation)}, ceil_mode=${ceilMode ? "True" : "False"}`
    );
  }
}
