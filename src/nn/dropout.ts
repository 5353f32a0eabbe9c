// Dropout.
import { checkObject } from "../op.ts";
import { dropout } from "../ops/dropout.ts";
import { checkProbability } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";

/**
 * While training, zeroes each element with probability `p` (0.5) and scales the others by 1 / (1 - p); in eval it changes nothing.
 * Any shape. The mask follows the seeded stream.
 * @throws RangeError unless 0 <= p <= 1.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Dropout.html
 */
export class Dropout extends Module {
  declare readonly p: number;
  constructor(options: number | { p?: number } = {}) {
    super();
    if (typeof options !== "number") checkObject(options, "Dropout", "p");
    const { p = 0.5 } = typeof options === "number" ? { p: options } : options;
    checkProbability(p, "Dropout: dropout probability");
    this.p = p;
  }

  override forward(input: Tensor): Tensor {
    return dropout(input, this);
  }

  override extraRepr(): string {
    return `p=${this.p}, inplace=False`;
  }
}
