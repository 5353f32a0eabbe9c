// Layers that only pass on or reshape: Identity, Flatten.

import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";

/**
 * Gives its input back.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Identity.html
 */
export class Identity extends Module {
  override forward(input: Tensor): Tensor {
    return input;
  }
}
