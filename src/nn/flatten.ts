// Layers that only pass on or reshape: Identity, Flatten, Unflatten.
import { checkInteger, typeError } from "../check.ts";
import { checkObject } from "../op.ts";
import { flatten, unflatten } from "../ops/movement.ts";
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";
import { TensorLayer } from "./tensor-layer.ts";

/**
 * Gives its input back. Takes any arguments and ignores them.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Identity.html
 */
export class Identity extends TensorLayer {
  constructor(..._args: unknown[]) {
    super();
  }
  protected override layerForward(input: Tensor): Tensor {
    return input;
  }
}

/**
 * Joins the dims from `startDim` (1) to `endDim` (-1) into one.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Flatten.html
 */
export class Flatten extends Module {
  declare readonly startDim: number;
  declare readonly endDim: number;

  constructor(options: { startDim?: number; endDim?: number } = {}) {
    super();
    checkObject(options, "Flatten", "startDim, endDim");
    const { startDim = 1, endDim = -1 } = options;
    this.startDim = startDim;
    this.endDim = endDim;
  }
  override forward(input: Tensor): Tensor {
    return flatten(input, this.startDim, this.endDim);
  }
  override extraRepr(): string {
    return `start_dim=${this.startDim}, end_dim=${this.endDim}`;
  }
}

/**
 * Opens `dim` into the given sizes, of which one may be -1.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Unflatten.html
 */
export class Unflatten extends Module {
  declare readonly dim: number;
  declare readonly unflattenedSize: Shape;

  constructor(dim: number, unflattenedSize: Shape) {
    super();
    checkInteger(dim, "Unflatten", "dim");
    if (!Array.isArray(unflattenedSize)) {
      throw typeError`Unflatten: expected the sizes as an array, got ${unflattenedSize}`;
    }
    this.dim = dim;
    this.unflattenedSize = [...unflattenedSize];
  }
  override forward(input: Tensor): Tensor {
    return unflatten(input, this.dim, this.unflattenedSize);
  }
  override extraRepr(): string {
    return `dim=${this.dim}, unflattened_size=(${this.unflattenedSize.join(", ")})`;
  }
}
