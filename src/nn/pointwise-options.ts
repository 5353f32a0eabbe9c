// Elementwise activations with options as modules.
import { checkNumber, checkOneOf, rangeError } from "../check.ts";
import { numbersOf } from "../op.ts";
import { celu, elu, gelu, hardtanh, leakyRelu, softplus, softshrink, threshold } from "../ops/activation.ts";
import { hardshrink } from "../ops/piecewise.ts";
import type { Tensor } from "../tensor.ts";
import { pythonFloat, snake } from "./repr.ts";
import { TensorLayer } from "./tensor-layer.ts";

/** A layer of one option, alone or by its name, or of several by theirs. */
abstract class Shaped extends TensorLayer {
  constructor(options: number | object, standards: Readonly<Record<string, number>>) {
    super();
    const names = Object.keys(standards);
    const given = typeof options === "number" ? { [names[0] as string]: options } : options;
    const values = numbersOf(this.constructor.name, standards, given);
    Object.assign(this, Object.fromEntries(names.map((name, i) => [name, values[i]])));
  }
  override extraRepr(): string {
    const numbers = Object.entries(this).filter(([, value]) => typeof value === "number");
    return numbers.map(([name, value]) => `${snake(name)}=${pythonFloat(value)}`).join(", ");
  }
}

/**
 * x, negativeSlope (0.01) x where x is not positive
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LeakyReLU.html
 */
export class LeakyReLU extends Shaped {
  declare readonly negativeSlope: number;
  constructor(options: number | { negativeSlope?: number } = {}) {
    super(options, { negativeSlope: 0.01 });
  }
  protected override layerForward(input: Tensor): Tensor {
    return leakyRelu(input, this);
  }
}

/**
 * x, alpha (1) (e^x - 1) where x is not positive
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ELU.html
 */
export class ELU extends Shaped {
  declare readonly alpha: number;
  constructor(options: number | { alpha?: number } = {}) {
    super(options, { alpha: 1 });
  }
  protected override layerForward(input: Tensor): Tensor {
    return elu(input, this);
  }
}

/**
 * x, alpha (1) (e^(x / alpha) - 1) where x is not positive.
 * @throws RangeError if alpha is 0.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.CELU.html
 */
export class CELU extends Shaped {
  declare readonly alpha: number;
  constructor(options: number | { alpha?: number } = {}) {
    super(options, { alpha: 1 });
    if (this.alpha === 0) throw rangeError`CELU: alpha cannot be 0`;
  }
  protected override layerForward(input: Tensor): Tensor {
    return celu(input, this);
  }
}

/**
 * x, 0 where |x| <= lambd (0.5)
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Hardshrink.html
 */
export class Hardshrink extends Shaped {
  declare readonly lambd: number;
  constructor(options: number | { lambd?: number } = {}) {
    super(options, { lambd: 0.5 });
  }
  protected override layerForward(input: Tensor): Tensor {
    return hardshrink(input, this);
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
export class Softshrink extends Shaped {
  declare readonly lambd: number;
  constructor(options: number | { lambd?: number } = {}) {
    super(options, { lambd: 0.5 });
    if (!(this.lambd >= 0)) throw rangeError`Softshrink: expected lambd to be 0 or more, got ${this.lambd}`;
  }
  protected override layerForward(input: Tensor): Tensor {
    return softshrink(input, this);
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
export class Hardtanh extends Shaped {
  declare readonly minVal: number;
  declare readonly maxVal: number;
  constructor(options: { minVal?: number; maxVal?: number } = {}) {
    super(options, { minVal: -1, maxVal: 1 });
    if (!(this.maxVal > this.minVal)) {
      throw rangeError`Hardtanh: expected maxVal above minVal, got ${this.maxVal} and ${this.minVal}`;
    }
  }
  protected override layerForward(input: Tensor): Tensor {
    return hardtanh(input, this);
  }
}

/**
 * x P(N <= x) of a normal variable N; approximate "tanh" takes a tanh for the probability
 * @see https://pytorch.org/docs/stable/generated/torch.nn.GELU.html
 */
export class GELU extends TensorLayer {
  declare readonly approximate: "none" | "tanh";
  constructor({ approximate = "none" }: { approximate?: "none" | "tanh" } = {}) {
    super();
    checkOneOf(approximate, "GELU", "approximate", ["none", "tanh"]);
    this.approximate = approximate;
  }
  protected override layerForward(input: Tensor): Tensor {
    return gelu(input, this);
  }
  override extraRepr(): string {
    return `approximate='${this.approximate}'`;
  }
}

/**
 * ln(1 + e^(beta x)) / beta; x itself where beta x > threshold. Defaults 1 and 20.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Softplus.html
 */
export class Softplus extends Shaped {
  declare readonly beta: number;
  declare readonly threshold: number;
  constructor(options: { beta?: number; threshold?: number } = {}) {
    super(options, { beta: 1, threshold: 20 });
  }
  protected override layerForward(input: Tensor): Tensor {
    return softplus(input, this);
  }
  override extraRepr(): string {
    return `beta=${this.beta}, threshold=${this.threshold}`;
  }
}

/**
 * x where x > threshold, else value
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Threshold.html
 */
export class Threshold extends TensorLayer {
  declare readonly threshold: number;
  declare readonly value: number;
  constructor(threshold: number, value: number) {
    super();
    checkNumber(threshold, "Threshold", "threshold");
    checkNumber(value, "Threshold", "value");
    this.threshold = threshold;
    this.value = value;
  }
  protected override layerForward(input: Tensor): Tensor {
    return threshold(input, this.threshold, this.value);
  }
  override extraRepr(): string {
    return `threshold=${this.threshold}, value=${this.value}`;
  }
}
