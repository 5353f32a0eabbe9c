// Normalising layers: BatchNorm1d, BatchNorm2d, BatchNorm3d, LayerNorm, GroupNorm.

import { checkBoolean, checkCount, checkNumber, rangeError, typeError } from "../check.ts";
import { ones, tensor, zeros } from "../create.ts";
import { checkObject } from "../op.ts";
import { fill_ } from "../ops/inplace.ts";
import { batchNorm, groupNorm, layerNorm } from "../ops/norm.ts";
import { noGrad } from "../scope.ts";
import { checkShape, type Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";
import { pythonBool, pythonFloat, pythonTuple } from "./repr.ts";
import { TensorLayer } from "./tensor-layer.ts";

/** Sets weight to 1 and bias to 0. */
function resetAffine({ weight, bias }: { weight: Parameter | null; bias: Parameter | null }): void {
  noGrad(() => {
    if (weight !== null) fill_(weight, 1);
    if (bias !== null) fill_(bias, 0);
  });
}

export interface BatchNormOptions {
  /** Added to the variance. Default 1e-5. */
  eps?: number;
  /** Share of a new batch in the running statistics; null: all batches count alike. Default 0.1. */
  momentum?: number | null;
  /** Whether there are a weight and a bias to learn. Default true. */
  affine?: boolean;
  /** Whether running statistics are kept for eval; without them eval uses those of the batch. Default true. */
  trackRunningStats?: boolean;
}

/** What BatchNorm1d, 2d and 3d share; they differ in the dims they take. */
abstract class BatchNorm extends TensorLayer {
  declare readonly numFeatures: number;
  declare readonly eps: number;
  declare readonly momentum: number | null;
  declare readonly affine: boolean;
  declare readonly trackRunningStats: boolean;
  declare weight: Parameter | null;
  declare bias: Parameter | null;
  /** Buffers of PyTorch's names; null without running statistics. */
  declare running_mean: Tensor | null;
  declare running_var: Tensor | null;
  declare num_batches_tracked: Tensor | null;

  constructor(numFeatures: number, options: BatchNormOptions = {}) {
    super();
    const layer = this.constructor.name;
    checkObject(options, layer, "eps, momentum, affine, trackRunningStats");
    const { eps = 1e-5, momentum = 0.1, affine = true, trackRunningStats = true } = options;
    checkCount(numFeatures, layer, "numFeatures");
    checkNumber(eps, layer, "eps");
    if (momentum !== null) checkNumber(momentum, layer, "momentum");
    checkBoolean(affine, layer, "affine");
    checkBoolean(trackRunningStats, layer, "trackRunningStats");
    this.numFeatures = numFeatures;
    this.eps = eps;
    this.momentum = momentum;
    this.affine = affine;
    this.trackRunningStats = trackRunningStats;
    this.weight = affine ? new Parameter(ones([numFeatures])) : null;
    this.bias = affine ? new Parameter(zeros([numFeatures])) : null;
    this.registerBuffer("running_mean", trackRunningStats ? zeros([numFeatures]) : null);
    this.registerBuffer("running_var", trackRunningStats ? ones([numFeatures]) : null);
    this.registerBuffer("num_batches_tracked", trackRunningStats ? tensor(0, { dtype: "int32" }) : null);
  }

  /** @throws RangeError unless the input has the dims of this layer. */
  protected abstract checkInputDim(input: Tensor): void;

  /** Forgets all batches seen: mean 0, variance 1. */
  resetRunningStats(): void {
    noGrad(() => {
      if (this.running_mean !== null) fill_(this.running_mean, 0);
      if (this.running_var !== null) fill_(this.running_var, 1);
      if (this.num_batches_tracked !== null) fill_(this.num_batches_tracked, 0);
    });
  }

  /** resetRunningStats(), and weight 1, bias 0. */
  resetParameters(): void {
    this.resetRunningStats();
    resetAffine(this);
  }

  protected override layerForward(input: Tensor): Tensor {
    this.checkInputDim(input);
    const { running_mean, running_var, num_batches_tracked: count, weight, bias, eps } = this;
    const training = this.training || (running_mean === null && running_var === null);
    const tracked = this.training && this.trackRunningStats && count !== null ? count.item() + 1 : null;
    const momentum = this.momentum ?? (tracked === null ? 0 : 1 / tracked);
    const y = batchNorm(input, running_mean, running_var, { weight, bias, training, momentum, eps });
    if (tracked !== null) fill_(count as Tensor, tracked);
    return y;
  }

  override extraRepr(): string {
    const momentum = this.momentum === null ? "None" : pythonFloat(this.momentum);
    return (
      `${this.numFeatures}, eps=${pythonFloat(this.eps)}, momentum=${momentum}, ` +
      `affine=${pythonBool(this.affine)}, track_running_stats=${pythonBool(this.trackRunningStats)}`
    );
  }
}

function checkDims(input: Tensor, layer: string, ...dims: number[]): void {
  const ndim: unknown = input?.shape?.length;
  if (typeof ndim !== "number") {
    throw typeError`${layer}: expected input to be a Tensor, got ${input}`;
  }
  if (dims.includes(ndim)) return;
  const wanted = dims.map((d) => `${d}D`).join(" or ");
  throw rangeError`${layer}: expected ${wanted} input (got ${ndim}D input)`;
}

/**
 * Normalises each of `numFeatures` channels of [n, channels] or [n, channels, length] over the batch.
 * State: weight, bias, running_mean, running_var, num_batches_tracked.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.BatchNorm1d.html
 */
export class BatchNorm1d extends BatchNorm {
  protected override checkInputDim(input: Tensor): void {
    checkDims(input, "BatchNorm1d", 2, 3);
  }
}

/**
 * Normalises each of `numFeatures` channels of [n, channels, height, width] over batch and image: in training by its own mean
 * and biased variance, moving the running ones (unbiased variance); in eval by the running ones.
 * State: weight, bias, running_mean, running_var, num_batches_tracked (int32).
 * @throws RangeError for another number of dims or channels, or one value per channel in training.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html
 */
export class BatchNorm2d extends BatchNorm {
  protected override checkInputDim(input: Tensor): void {
    checkDims(input, "BatchNorm2d", 4);
  }
}

/**
 * Normalises each of `numFeatures` channels of [n, channels, depth, height, width] over the batch.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.BatchNorm3d.html
 */
export class BatchNorm3d extends BatchNorm {
  protected override checkInputDim(input: Tensor): void {
    checkDims(input, "BatchNorm3d", 5);
  }
}

/**
 * Normalises each run over the last dims, of sizes `normalizedShape` (a number: the last dim), which is the shape of
 * weight and bias.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html
 */
export class LayerNorm extends Module {
  declare readonly normalizedShape: Shape;
  declare readonly eps: number;
  declare readonly elementwiseAffine: boolean;
  declare weight: Parameter | null;
  declare bias: Parameter | null;

  constructor(
    normalizedShape: number | Shape,
    options: {
      /** Added to the variance. Default 1e-5. */
      eps?: number;
      /** Whether there are a weight and a bias to learn. Default true. */
      elementwiseAffine?: boolean;
      /** Whether there is a bias beside the weight. Default true. */
      bias?: boolean;
    } = {},
  ) {
    super();
    checkObject(options, "LayerNorm", "eps, elementwiseAffine, bias");
    const { eps = 1e-5, elementwiseAffine = true, bias = true } = options;
    checkNumber(eps, "LayerNorm", "eps");
    checkBoolean(elementwiseAffine, "LayerNorm", "elementwiseAffine");
    checkBoolean(bias, "LayerNorm", "bias");
    this.normalizedShape = checkShape(
      typeof normalizedShape === "number" ? [normalizedShape] : normalizedShape,
      "LayerNorm",
    );
    this.eps = eps;
    this.elementwiseAffine = elementwiseAffine;
    this.weight = elementwiseAffine ? new Parameter(ones(this.normalizedShape)) : null;
    this.bias = elementwiseAffine && bias ? new Parameter(zeros(this.normalizedShape)) : null;
  }

  /** Sets weight to 1 and bias to 0. */
  resetParameters(): void {
    resetAffine(this);
  }

  override forward(input: Tensor): Tensor {
    return layerNorm(input, this.normalizedShape, this);
  }

  override extraRepr(): string {
    const affine = pythonBool(this.elementwiseAffine);
    return `${pythonTuple(this.normalizedShape)}, eps=${pythonFloat(this.eps)}, elementwise_affine=${affine}`;
  }
}

/**
 * Normalises each of `numGroups` groups of the `numChannels` channels of each sample of [n, channels, ...].
 * @throws RangeError unless the groups divide the channels.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.GroupNorm.html
 */
export class GroupNorm extends Module {
  declare readonly numGroups: number;
  declare readonly numChannels: number;
  declare readonly eps: number;
  declare readonly affine: boolean;
  declare weight: Parameter | null;
  declare bias: Parameter | null;

  constructor(
    numGroups: number,
    numChannels: number,
    options: {
      /** Added to the variance. Default 1e-5. */
      eps?: number;
      /** Whether there are a weight and a bias to learn. Default true. */
      affine?: boolean;
    } = {},
  ) {
    super();
    checkObject(options, "GroupNorm", "eps, affine");
    const { eps = 1e-5, affine = true } = options;
    checkCount(numGroups, "GroupNorm", "numGroups", 1);
    checkCount(numChannels, "GroupNorm", "numChannels", 0);
    checkNumber(eps, "GroupNorm", "eps");
    checkBoolean(affine, "GroupNorm", "affine");
    if (numChannels % numGroups !== 0) {
      throw rangeError`GroupNorm: num_channels ${numChannels} must be divisible by num_groups ${numGroups}`;
    }
    this.numGroups = numGroups;
    this.numChannels = numChannels;
    this.eps = eps;
    this.affine = affine;
    this.weight = affine ? new Parameter(ones([numChannels])) : null;
    this.bias = affine ? new Parameter(zeros([numChannels])) : null;
  }

  /** Sets weight to 1 and bias to 0. */
  resetParameters(): void {
    resetAffine(this);
  }

  override forward(input: Tensor): Tensor {
    return groupNorm(input, this.numGroups, this);
  }

  override extraRepr(): string {
    const { numGroups, numChannels, eps, affine } = this;
    return `${numGroups}, ${numChannels}, eps=${pythonFloat(eps)}, affine=${pythonBool(affine)}`;
  }
}
