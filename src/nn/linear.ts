// Affine layers: Linear.
import { rangeError } from "../check.ts";
import { empty } from "../create.ts";
import { checkObject } from "../op.ts";
import { linear } from "../ops/linear.ts";
import type { Tensor } from "../tensor.ts";
import { kaimingUniform_, uniform_ } from "./init.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

function checkFeatures(n: unknown, name: string): void {
  if (!Number.isInteger(n) || (n as number) < 0) {
    throw rangeError`Linear: expected ${name} to be a non-negative integer, got ${n}`;
  }
}

/**
 * y = x weight^T + bias: [..., inFeatures] to [..., outFeatures]. `bias`: true unless given.
 * weight [outFeatures, inFeatures] and bias [outFeatures] start uniform in +-1/sqrt(inFeatures).
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Linear.html
 */
export class Linear extends Module {
  readonly inFeatures: number;
  readonly outFeatures: number;
  weight: Parameter;
  bias: Parameter | null;

  constructor(inFeatures: number, outFeatures: number, options: { bias?: boolean } = {}) {
    super();
    checkObject(options, "Linear", "{ bias: false }");
    const { bias = true } = options;
    checkFeatures(inFeatures, "inFeatures");
    checkFeatures(outFeatures, "outFeatures");
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.weight = new Parameter(empty([outFeatures, inFeatures]));
    this.bias = bias ? new Parameter(empty([outFeatures])) : null;
    this.resetParameters();
  }

  /** Draws weight, then bias, anew. */
  resetParameters(): void {
    if (this.weight.numel > 0) kaimingUniform_(this.weight, { a: Math.sqrt(5) });
    const bound = this.inFeatures > 0 ? 1 / Math.sqrt(this.inFeatures) : 0;
    if (this.bias !== null) uniform_(this.bias, { a: -bound, b: bound });
  }

  override forward(input: Tensor): Tensor {
    return linear(input, this.weight, this.bias);
  }

  override extraRepr(): string {
    const bias = this.bias === null ? "False" : "True";
    return `in_features=${this.inFeatures}, out_features=${this.outFeatures}, bias=${bias}`;
  }
}
