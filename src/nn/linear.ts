// Affine layers: Linear.
import { checkCount } from "../check.ts";
import { empty } from "../create.ts";
import { checkObject } from "../op.ts";
import { linear } from "../ops/linear.ts";
import type { Tensor } from "../tensor.ts";
import { Parameter } from "./parameter.ts";
import { pythonBool } from "./repr.ts";
import { start } from "./start.ts";
import { TensorLayer } from "./tensor-layer.ts";

/**
 * y = x weight^T + bias: [..., inFeatures] to [..., outFeatures]. `bias`: true unless given.
 * weight [outFeatures, inFeatures] and bias [outFeatures] start uniform in +-1/sqrt(inFeatures).
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Linear.html
 */
export class Linear extends TensorLayer {
  declare readonly inFeatures: number;
  declare readonly outFeatures: number;
  declare weight: Parameter;
  declare bias: Parameter | null;

  constructor(inFeatures: number, outFeatures: number, options: { bias?: boolean } = {}) {
    super();
    checkObject(options, "Linear", "bias");
    const { bias = true } = options;
    checkCount(inFeatures, "Linear", "inFeatures");
    checkCount(outFeatures, "Linear", "outFeatures");
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.weight = new Parameter(empty([outFeatures, inFeatures]));
    this.bias = bias ? new Parameter(empty([outFeatures])) : null;
    this.resetParameters();
  }

  /** Draws weight, then bias, anew. */
  resetParameters(): void {
    start(this.weight, this.bias, this.inFeatures);
  }

  protected override layerForward(input: Tensor): Tensor {
    return linear(input, this.weight, this.bias);
  }

  override extraRepr(): string {
    const bias = pythonBool(this.bias !== null);
    return `in_features=${this.inFeatures}, out_features=${this.outFeatures}, bias=${bias}`;
  }
}
