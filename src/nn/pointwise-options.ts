// Elementwise activations with options as modules.
import { rangeError, typeError } from "../check.ts";
import { celu, elu, gelu, hardtanh, leakyRelu, softplus, softshrink, threshold } from "../ops/activation.ts";
import { hardshrink } from "../ops/piecewise.ts";
import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";
import { pythonFloat } from "./repr.ts";

/** An option alone or by its name. @throws TypeError unless it is a number. */
function numberOf<K extends string>(
  options: number | { [key in K]?: number },
  name: K,
  standard: number,
  layer: string,
): number {
  const value = typeof options === "object" && options !== null ? (options[name] ?? standard) : options;
  if (typeof value !== "number") throw typeError`${layer}: expected ${name} to be a number, got ${value}`;
  return value;
}

/**
 * x, negativeSlope (0.01) x where x is not positive
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LeakyReLU.html
 */
export class LeakyReLU extends Module {
  declare readonly negativeSlope: number;
  constructor(options: number | { negativeSlope?: number } = {}) {
    super();
    this.negativeSlope = numberOf(options, "negativeSlope", 0.01, this.constructor.name);
  }
  override forward(input: Tensor): Tensor {
    return leakyRelu(input, { negativeSlope: this.negativeSlope });
  }
  override extraRepr(): string {
    return `negative_slope=${pythonFloat(this.negativeSlope)}`;
  }
}

/**
 * x, alpha (1) (e^x - 1) where x is not positive
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ELU.html
 */
export class ELU extends Module {
  declare readonly alpha: number;
  constructor(options: number | { alpha?: number } = {}) {
    super();
    this.alpha = numberOf(options, "alpha", 1, this.constructor.name);
  }
  override forward(input: Tensor): Tensor {
    return elu(input, { alpha: this.alpha });
  }
  override extraRepr(): string {
    return `alpha=${pythonFloat(this.alpha)}`;
  }
}

/**
 * x, alpha (1) (e^(x / alpha) - 1) where x is not positive.
 * @throws RangeError if alpha is 0.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.CELU.html
 */
export class CELU extends Module {
  declare readonly alpha: number;
  constructor(options: number | { alpha?: number } = {}) {
    super();
    this.alpha = numberOf(options, "alpha", 1, this.constructor.name);
    if (this.alpha === 0) throw rangeError`CELU: alpha cannot be 0`;
  }
  override forward(input: Tensor): Tensor {
    return celu(input, { alpha: this.alpha });
  }
  override extraRepr(): string {
    return `alpha=${pythonFloat(this.alpha)}`;
  }
}

/**
 * x, 0 where |x| <= lambd (0.5)
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Hardshrink.html
 */
export class Hardshrink extends Module {
  declare readonly lambd: number;
  constructor(options: number | { lambd?: number } = {}) {
    super();
    this.lambd = numberOf(options, "lambd", 0.5, this.constructor.name);
  }
  override forward(input: Tensor): Tensor {
    return hardshrink(input, { lambd: this.lambd });
  }
  override extraRepr(): string {
    return pythonFloat(this.lambd);
  }
}

/**
 * x moved lambd (0.5) towards 0, 0 where |x| <= lambd.
 * @throws RangeError if lambd is negative.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Softshrink.html
 */
export class Softshrink extends Module {
  declare readonly lambd: number;
  constructor(options: number | { lambd?: number } = {}) {
    super();
    this.lambd = numberOf(options, "lambd", 0.5, this.constructor.name);
    if (!(this.lambd >= 0)) throw rangeError`Softshrink: expected lambd to be 0 or more, got ${this.lambd}`;
  }
  override forward(input: Tensor): Tensor {
    return softshrink(input, { lambd: this.lambd });
  }
  override extraRepr(): string {
    return pythonFloat(this.lambd);
  }
}

/**
 * min(max(x, minVal), maxVal), -1 and 1 by default
 * @throws RangeError unless minVal is less than maxVal.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Hardtanh.html
 */
export class Hardtanh extends Module {
  declare readonly minVal: number;
  declare readonly maxVal: number;
  constructor(options: { minVal?: number; maxVal?: number } = {}) {
    super();
    this.minVal = numberOf(options, "minVal", -1, this.constructor.name);
    this.maxVal = numberOf(options, "maxVal", 1, this.constructor.name);
    if (!(this.maxVal > this.minVal)) {
      throw rangeError`Hardtanh: expected maxVal above minVal, got ${this.maxVal} and ${this.minVal}`;
    }
  }
  override forward(input: Tensor): Tensor {
    return hardtanh(input, { minVal: this.minVal, maxVal: this.maxVal });
  }
  override extraRepr(): string {
    return `min_val=${pythonFloat(this.minVal)}, max_val=${pythonFloat(this.maxVal)}`;
  }
}

/**
 * x P(N <= x) of a normal variable N; approximate "tanh" takes a tanh for the probability
 * @see https://pytorch.org/docs/stable/generated/torch.nn.GELU.html
 */
export class GELU extends Module {
  declare readonly approximate: "none" | "tanh";
  constructor({ approximate = "none" }: { approximate?: "none" | "tanh" } = {}) {
    super();
    if (approximate !== "none" && approximate !== "tanh") {
      throw typeError`GELU: expected approximate to be "none" or "tanh", got ${approximate}`;
    }
    this.approximate = approximate;
  }
  override forward(input: Tensor): Tensor {
    return gelu(input, { approximate: this.approximate });
  }
  override extraRepr(): string {
    return `approximate='${this.approximate}'`;
  }
}

/**
 * ln(1 + e^(beta x)) / beta; x itself where beta x > threshold. Defaults 1 and 20.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Softplus.html
 */
export class Softplus extends Module {
  declare readonly beta: number;
  declare readonly threshold: number;
  constructor(options: { beta?: number; threshold?: number } = {}) {
    super();
    this.beta = numberOf(options, "beta", 1, this.constructor.name);
    this.threshold = numberOf(options, "threshold", 20, this.constructor.name);
  }
  override forward(input: Tensor): Tensor {
    return softplus(input, { beta: this.beta, threshold: this.threshold });
  }
  override extraRepr(): string {
    return `beta=${this.beta}, threshold=${this.threshold}`;
  }
}

/**
 * x where x > threshold, else value
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Threshold.html
 */
export class Threshold extends Module {
  constructor(
    readonly threshold: number,
    readonly value: number,
  ) {
    super();
    numberOf(threshold, "threshold", 0, this.constructor.name);
    numberOf(value, "value", 0, this.constructor.name);
  }
  override forward(input: Tensor): Tensor {
    return threshold(input, this.threshold, this.value);
  }
  override extraRepr(): string {
    return `threshold=${this.threshold}, value=${this.value}`;
  }
}
