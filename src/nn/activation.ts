// Activations as modules, printed as PyTorch prints them.
import {
  celu,
  elu,
  gelu,
  hardshrink,
  hardsigmoid,
  hardswish,
  hardtanh,
  leakyRelu,
  logSigmoid,
  mish,
  relu,
  relu6,
  selu,
  silu,
  softplus,
  softshrink,
  softsign,
  tanhshrink,
  threshold,
} from "../ops/activation.ts";
import { logSoftmax, softmax, softmin } from "../ops/softmax.ts";
import { sigmoid, tanh } from "../ops/unary.ts";
import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";
import { pythonFloat } from "./repr.ts";

/** max(x, 0). @see https://pytorch.org/docs/stable/generated/torch.nn.ReLU.html */
export class ReLU extends Module {
  override forward(input: Tensor): Tensor {
    return relu(input);
  }
}

/** x within 0 and 6. */
export class ReLU6 extends Module {
  override forward(input: Tensor): Tensor {
    return relu6(input);
  }
}

/** 1 / (1 + e^-x). @see https://pytorch.org/docs/stable/generated/torch.nn.Sigmoid.html */
export class Sigmoid extends Module {
  override forward(input: Tensor): Tensor {
    return sigmoid(input);
  }
}

/** The hyperbolic tangent. @see https://pytorch.org/docs/stable/generated/torch.nn.Tanh.html */
export class Tanh extends Module {
  override forward(input: Tensor): Tensor {
    return tanh(input);
  }
}

/** x sigmoid(x). @see https://pytorch.org/docs/stable/generated/torch.nn.SiLU.html */
export class SiLU extends Module {
  override forward(input: Tensor): Tensor {
    return silu(input);
  }
}

/** x tanh(ln(1 + e^x)). @see https://pytorch.org/docs/stable/generated/torch.nn.Mish.html */
export class Mish extends Module {
  override forward(input: Tensor): Tensor {
    return mish(input);
  }
}

/** ln(sigmoid(x)). @see https://pytorch.org/docs/stable/generated/torch.nn.LogSigmoid.html */
export class LogSigmoid extends Module {
  override forward(input: Tensor): Tensor {
    return logSigmoid(input);
  }
}

/** (x + 3) / 6 within 0 and 1. */
export class Hardsigmoid extends Module {
  override forward(input: Tensor): Tensor {
    return hardsigmoid(input);
  }
}

/** x hardsigmoid(x). */
export class Hardswish extends Module {
  override forward(input: Tensor): Tensor {
    return hardswish(input);
  }
}

/** x / (1 + |x|). */
export class Softsign extends Module {
  override forward(input: Tensor): Tensor {
    return softsign(input);
  }
}

/** x - tanh x. */
export class Tanhshrink extends Module {
  override forward(input: Tensor): Tensor {
    return tanhshrink(input);
  }
}

/** The self-normalising ELU. @see https://pytorch.org/docs/stable/generated/torch.nn.SELU.html */
export class SELU extends Module {
  override forward(input: Tensor): Tensor {
    return selu(input);
  }
}

/**
 * x P(N <= x) of a normal N; `approximate` "tanh" takes a tanh for it ("none").
 * @see https://pytorch.org/docs/stable/generated/torch.nn.GELU.html
 */
export class GELU extends Module {
  readonly approximate: "none" | "tanh";
  constructor({ approximate = "none" }: { approximate?: "none" | "tanh" } = {}) {
    super();
    this.approximate = approximate;
  }
  override forward(input: Tensor): Tensor {
    return gelu(input, this);
  }
  override extraRepr(): string {
    return `approximate='${this.approximate}'`;
  }
}

/**
 * x, or `negativeSlope` (0.01) x below 0.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LeakyReLU.html
 */
export class LeakyReLU extends Module {
  readonly negativeSlope: number;
  constructor({ negativeSlope = 0.01 }: { negativeSlope?: number } = {}) {
    super();
    this.negativeSlope = negativeSlope;
  }
  override forward(input: Tensor): Tensor {
    return leakyRelu(input, this);
  }
  override extraRepr(): string {
    return `negative_slope=${pythonFloat(this.negativeSlope)}`;
  }
}

/**
 * x, or `alpha` (1) (e^x - 1) below 0.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ELU.html
 */
export class ELU extends Module {
  readonly alpha: number;
  constructor({ alpha = 1 }: { alpha?: number } = {}) {
    super();
    this.alpha = alpha;
  }
  override forward(input: Tensor): Tensor {
    return elu(input, this);
  }
  override extraRepr(): string {
    return `alpha=${pythonFloat(this.alpha)}`;
  }
}

/** x, or `alpha` (1) (e^(x / alpha) - 1) below 0. */
export class CELU extends Module {
  readonly alpha: number;
  constructor({ alpha = 1 }: { alpha?: number } = {}) {
    super();
    this.alpha = alpha;
  }
  override forward(input: Tensor): Tensor {
    return celu(input, this);
  }
  override extraRepr(): string {
    return `alpha=${pythonFloat(this.alpha)}`;
  }
}

/**
 * ln(1 + e^(`beta` x)) / beta, or x where beta x exceeds `threshold`.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Softplus.html
 */
export class Softplus extends Module {
  readonly beta: number;
  readonly threshold: number;
  constructor({ beta = 1, threshold = 20 }: { beta?: number; threshold?: number } = {}) {
    super();
    this.beta = beta;
    this.threshold = threshold;
  }
  override forward(input: Tensor): Tensor {
    return softplus(input, this);
  }
  override extraRepr(): string {
    return `beta=${this.beta}, threshold=${this.threshold}`;
  }
}

/** x within `minVal` (-1) and `maxVal` (1). @throws RangeError unless minVal is below maxVal. */
export class Hardtanh extends Module {
  readonly minVal: number;
  readonly maxVal: number;
  constructor({ minVal = -1, maxVal = 1 }: { minVal?: number; maxVal?: number } = {}) {
    super();
    if (!(minVal < maxVal)) {
      throw new RangeError(`Hardtanh: expected minVal to be below maxVal, got ${minVal} and ${maxVal}`);
    }
    this.minVal = minVal;
    this.maxVal = maxVal;
  }
  override forward(input: Tensor): Tensor {
    return hardtanh(input, this);
  }
  override extraRepr(): string {
    return `min_val=${pythonFloat(this.minVal)}, max_val=${pythonFloat(this.maxVal)}`;
  }
}

/** x where it exceeds `threshold`, else `value`. */
export class Threshold extends Module {
  readonly threshold: number;
  readonly value: number;
  constructor(threshold: number, value: number) {
    super();
    this.threshold = threshold;
    this.value = value;
  }
  override forward(input: Tensor): Tensor {
    return threshold(input, this.threshold, this.value);
  }
  override extraRepr(): string {
    return `threshold=${this.threshold}, value=${this.value}`;
  }
}

/** x, 0 where |x| is at most `lambd` (0.5). */
export class Hardshrink extends Module {
  readonly lambd: number;
  constructor({ lambd = 0.5 }: { lambd?: number } = {}) {
    super();
    this.lambd = lambd;
  }
  override forward(input: Tensor): Tensor {
    return hardshrink(input, this);
  }
  override extraRepr(): string {
    return `${this.lambd}`;
  }
}

/** x moved towards 0 by `lambd` (0.5). */
export class Softshrink extends Module {
  readonly lambd: number;
  constructor({ lambd = 0.5 }: { lambd?: number } = {}) {
    super();
    this.lambd = lambd;
  }
  override forward(input: Tensor): Tensor {
    return softshrink(input, this);
  }
  override extraRepr(): string {
    return `${this.lambd}`;
  }
}

/** A layer over one dim, given as an option or alone. */
abstract class AlongDim extends Module {
  readonly dim: number | null;
  constructor(options: number | null | { dim?: number | null } = {}) {
    super();
    const dim = typeof options === "object" ? (options?.dim ?? null) : options;
    if (dim !== null && !Number.isInteger(dim)) {
      throw new TypeError(`${this.constructor.name}: expected dim to be an integer, got ${String(dim)}`);
    }
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
