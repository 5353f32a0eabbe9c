// Activations as modules.
import { logSoftmax, softmax } from "../ops/softmax.ts";
import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";

/** A dim as an option or alone. */
type DimOption = number | null | { dim?: number | null };

function dimOf(options: DimOption, layer: string): number | null {
  const dim = typeof options === "object" && options !== null ? (options.dim ?? null) : options;
  if (dim !== null && !Number.isInteger(dim)) {
    throw new TypeError(`${layer}: expected dim to be an integer, got ${String(dim)}`);
  }
  return dim;
}

/** A layer over one dim. */
abstract class AlongDim extends Module {
  readonly dim: number | null;
  constructor(options: DimOption = {}) {
    super();
    this.dim = dimOf(options, this.constructor.name);
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
