// Losses as modules: criterion.forward(input, target).
import { checkBoolean, rangeError } from "../check.ts";
import { crossEntropy, nllLoss } from "../ops/crossentropy.ts";
import { binaryCrossEntropy, binaryCrossEntropyWithLogits, klDiv } from "../ops/logloss.ts";
import { huberLoss, l1Loss, mseLoss, type Reduction, smoothL1Loss } from "../ops/loss.ts";
import { checkOptions } from "../ops/loss-checks.ts";
import { checkProbability } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";

export interface LossOptions {
  /** "mean" over the elements (default), their "sum", or "none": the loss of each element. */
  reduction?: Reduction;
}

export interface WeightedLossOptions extends LossOptions {
  /** A buffer, so part of the state. */
  weight?: Tensor | null;
}

/** What every loss keeps: how its elements are reduced. */
abstract class Loss<R extends string = Reduction> extends Module {
  declare readonly reduction: R | Reduction;

  constructor(options: { reduction?: R | Reduction } = {}, names: string = "reduction", more?: R) {
    super();
    const { reduction = "mean" } = options ?? {};
    checkOptions(options, names, reduction, this.constructor.name, more);
    this.reduction = reduction;
  }
}

/** A loss with a weight in its state. */
abstract class WeightedLoss extends Loss {
  declare weight: Tensor | null;
  constructor(options: WeightedLossOptions = {}, more: string = "") {
    super(options, `reduction, weight${more}`);
    this.registerBuffer("weight", options.weight ?? null);
  }
}

/**
 * Mean of |input - target|.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.L1Loss.html
 */
export class L1Loss extends Loss {
  override forward(input: Tensor, target: Tensor): Tensor {
    return l1Loss(input, target, this);
  }
}

/**
 * Mean of (input - target)^2.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.MSELoss.html
 */
export class MSELoss extends Loss {
  override forward(input: Tensor, target: Tensor): Tensor {
    return mseLoss(input, target, this);
  }
}

/**
 * The square below `beta` (1), the distance above it; beta 0 is L1Loss.
 * @throws RangeError if beta is negative or NaN.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.SmoothL1Loss.html
 */
export class SmoothL1Loss extends Loss {
  declare readonly beta: number;
  constructor(options: LossOptions & { beta?: number } = {}) {
    super(options, "reduction, beta");
    const { beta = 1 } = options;
    if (typeof beta !== "number" || !(beta >= 0)) {
      throw rangeError`SmoothL1Loss: expected beta to be a number of at least 0, got ${beta}`;
    }
    this.beta = beta;
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return smoothL1Loss(input, target, this);
  }
}

/**
 * Half the square up to `delta` (1), delta times the distance above it.
 * @throws RangeError unless delta is positive.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.HuberLoss.html
 */
export class HuberLoss extends Loss {
  declare readonly delta: number;
  constructor(options: LossOptions & { delta?: number } = {}) {
    super(options, "reduction, delta");
    const { delta = 1 } = options;
    if (typeof delta !== "number" || !(delta > 0)) {
      throw rangeError`HuberLoss: expected delta to be a positive number, got ${delta}`;
    }
    this.delta = delta;
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return huberLoss(input, target, this);
  }
}

/**
 * Cross entropy of scores [n, classes, ...] or [classes] and class indices (int32) or class probabilities (float32).
 * `weight` [classes], `ignoreIndex` (-100), `labelSmoothing` (0): as functional.crossEntropy.
 * @throws RangeError for a labelSmoothing outside [0, 1].
 * @see https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html
 */
export class CrossEntropyLoss extends WeightedLoss {
  declare readonly ignoreIndex: number;
  declare readonly labelSmoothing: number;
  constructor(options: WeightedLossOptions & { ignoreIndex?: number; labelSmoothing?: number } = {}) {
    super(options, ", ignoreIndex, labelSmoothing");
    const { ignoreIndex = -100, labelSmoothing = 0 } = options;
    checkProbability(labelSmoothing, "CrossEntropyLoss: label_smoothing");
    this.ignoreIndex = ignoreIndex;
    this.labelSmoothing = labelSmoothing;
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return crossEntropy(input, target, this);
  }
}

/**
 * Negative log likelihood of log-probabilities [n, classes, ...] or [classes] and class indices (int32).
 * @see https://pytorch.org/docs/stable/generated/torch.nn.NLLLoss.html
 */
export class NLLLoss extends WeightedLoss {
  declare readonly ignoreIndex: number;
  constructor(options: WeightedLossOptions & { ignoreIndex?: number } = {}) {
    super(options, ", ignoreIndex");
    this.ignoreIndex = options.ignoreIndex ?? -100;
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return nllLoss(input, target, this);
  }
}

/**
 * Binary cross entropy of probabilities in [0, 1]; logarithms count at least -100. `weight` broadcasts to the input.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.BCELoss.html
 */
export class BCELoss extends WeightedLoss {
  override forward(input: Tensor, target: Tensor): Tensor {
    return binaryCrossEntropy(input, target, this);
  }
}

/**
 * Binary cross entropy of sigmoid(input) without its loss of digits. `weight` and `posWeight` broadcast to the input.
 * State: weight, pos_weight.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html
 */
export class BCEWithLogitsLoss extends WeightedLoss {
  declare pos_weight: Tensor | null;
  constructor(options: WeightedLossOptions & { posWeight?: Tensor | null } = {}) {
    super(options, ", posWeight");
    this.registerBuffer("pos_weight", options.posWeight ?? null);
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    const { weight, pos_weight, reduction } = this;
    return binaryCrossEntropyWithLogits(input, target, { weight, posWeight: pos_weight, reduction });
  }
}

/**
 * Kullback-Leibler divergence of log-probabilities `input` from probabilities `target` (or logarithms: `logTarget`).
 * `reduction` "batchmean" divides the sum by the first size of the input.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.KLDivLoss.html
 */
export class KLDivLoss extends Loss<"batchmean"> {
  declare readonly logTarget: boolean;
  constructor(options: { reduction?: Reduction | "batchmean"; logTarget?: boolean } = {}) {
    super(options, "reduction, logTarget", "batchmean");
    const { logTarget = false } = options;
    checkBoolean(logTarget, "KLDivLoss", "logTarget");
    this.logTarget = logTarget;
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return klDiv(input, target, this);
  }
}
