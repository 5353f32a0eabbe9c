// Softmax layers, which normalise along one dim.

import { checkInteger } from "../check.ts";
import { checkObject } from "../op.ts";
import { logSoftmax, softmax } from "../ops/softmax.ts";
import { softmin } from "../ops/softmin.ts";
import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";

/** A layer over one dim, given as an option or alone. */
abstract class AlongDim extends Module {
  declare readonly dim: number | null;
  constructor(options: number | null | { dim?: number | null } = {}) {
    super();
    if (typeof options === "object" && options !== null) checkObject(options, this.constructor.name, "dim");
    const dim = typeof options === "object" ? (options?.dim ?? null) : options;
    if (dim !== null) checkInteger(dim, this.constructor.name, "dim");
    this.dim = dim;
  }
  override extraRepr(): string {
    return `dim=${this.dim ?? "None"}`;
  }
}

/**
 * exp(x) / sum(exp(x)) over `dim`; without it over 0 for tensors of 0, 1 or 3 dims, else over 1.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Softmax.html
 */
export class Softmax extends AlongDim {
  override forward(input: Tensor): Tensor {
    return softmax(input, this.dim);
  }
}

/**
 * log(softmax(x)) over `dim`; without it over 0 for tensors of 0, 1 or 3 dims, else over 1.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LogSoftmax.html
 */
export class LogSoftmax extends AlongDim {
  override forward(input: Tensor): Tensor {
    return logSoftmax(input, this.dim);
  }
}

/** softmax(-x) over `dim`; without it over 0 for tensors of 0, 1 or 3 dims, else over 1. */
export class Softmin extends AlongDim {
  override forward(input: Tensor): Tensor {
    return softmin(input, this.dim);
  }
}
