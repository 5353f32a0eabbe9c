// ReduceLROnPlateau: lowers the rate when a metric has stopped improving.
import { checkOneOf, rangeError, typeError } from "../check.ts";
import type { Tensor } from "../tensor.ts";
import { merged } from "./optimizer.ts";
import { checkOptimizer, checkOption, fieldsOf, type Scheduled, setFields } from "./scheduler.ts";

export interface PlateauOptions {
  /** Whether the metric is to fall or to rise. Default "min". */
  mode?: "min" | "max";
  /** lr *= factor, below 1. Default 0.1. */
  factor?: number;
  /** Epochs without improvement that are borne. Default 10. */
  patience?: number;
  /** What counts as improvement. Default 1e-4. */
  threshold?: number;
  /** Whether the threshold is a part of the best or an amount. Default "rel". */
  thresholdMode?: "rel" | "abs";
  /** Epochs after a change in which nothing is counted. Default 0. */
  cooldown?: number;
  /** Least rate, one or one a group. Default 0. */
  minLr?: number | readonly number[];
  /** Changes smaller than this are not made. Default 1e-8. */
  eps?: number;
}

const standards: Required<PlateauOptions> = {
  mode: "min",
  factor: 0.1,
  patience: 10,
  threshold: 1e-4,
  thresholdMode: "rel",
  cooldown: 0,
  minLr: 0,
  eps: 1e-8,
};

/**
 * Multiplies the learning rates by `factor` when the metric given to step() has not improved for more than `patience` epochs.
 * @throws RangeError for a factor of 1 or more, Error for unknown modes.
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html
 */
export class ReduceLROnPlateau {
  declare readonly optimizer: Scheduled;
  declare mode: "min" | "max";
  declare factor: number;
  declare patience: number;
  declare threshold: number;
  declare thresholdMode: "rel" | "abs";
  declare cooldown: number;
  declare eps: number;
  declare minLrs: number[];
  /** The best metric so far. */
  declare best: number;
  numBadEpochs = 0;
  cooldownCounter = 0;
  lastEpoch = 0;
  declare protected lastLr: number[];

  constructor(optimizer: Scheduled, options: PlateauOptions = {}) {
    const name = "ReduceLROnPlateau";
    checkOptimizer(optimizer, name);
    const { minLr, ...fields } = merged(standards, options, name);
    if (!(fields.factor < 1)) throw rangeError`${name}: expected factor < 1, got ${fields.factor}`;
    checkOneOf(fields.mode, name, "mode", ["min", "max"]);
    checkOneOf(fields.thresholdMode, name, "thresholdMode", ["rel", "abs"]);
    checkOption(name, "patience", fields.patience, 0);
    checkOption(name, "cooldown", fields.cooldown, 0);
    checkOption(name, "threshold", fields.threshold);
    checkOption(name, "eps", fields.eps);
    this.optimizer = optimizer;
    Object.assign(this, fields);
    const groups = optimizer.paramGroups.length;
    this.minLrs = Array.isArray(minLr) ? [...minLr] : new Array<number>(groups).fill(minLr as number);
    if (this.minLrs.length !== groups) throw rangeError`${name}: expected ${groups} minLr, got ${minLr}`;
    for (const v of this.minLrs) checkOption(name, "minLr", v);
    this.best = this.mode === "min" ? Infinity : -Infinity;
    this.lastLr = optimizer.paramGroups.map((group) => group.lr);
  }

  #better(value: number): boolean {
    const { best, threshold } = this;
    const down = this.mode === "min";
    const sign = down ? -1 : 1;
    const bar = this.thresholdMode === "rel" ? best * (1 + sign * threshold) : best + sign * threshold;
    return down ? value < bar : value > bar;
  }

  /** Notes the metric of an epoch, a number or a tensor of one element, and lowers the rates where it is time. */
  step(metric: number | Tensor): void {
    const value = typeof metric === "number" ? metric : metric?.item?.();
    if (typeof value !== "number") {
      throw typeError`ReduceLROnPlateau: expected the metric as a number or a Tensor, got ${metric}`;
    }
    this.lastEpoch++;
    if (this.#better(value)) {
      this.best = value;
      this.numBadEpochs = 0;
    } else this.numBadEpochs++;
    if (this.cooldownCounter > 0) {
      this.cooldownCounter--;
      this.numBadEpochs = 0;
    }
    if (this.numBadEpochs > this.patience) {
      for (const [i, group] of this.optimizer.paramGroups.entries()) {
        const lr = Math.max(group.lr * this.factor, this.minLrs[i] as number);
        if (group.lr - lr > this.eps) group.lr = lr;
      }
      this.cooldownCounter = this.cooldown;
      this.numBadEpochs = 0;
    }
    this.lastLr = this.optimizer.paramGroups.map((group) => group.lr);
  }

  /** The learning rates in effect, one a group. */
  getLastLr(): number[] {
    return [...this.lastLr];
  }

  /** Everything but the optimizer, as plain numbers and lists. */
  stateDict(): Record<string, unknown> {
    return fieldsOf(this);
  }

  /** Goes on from a `stateDict()`. */
  loadStateDict(state: Readonly<Record<string, unknown>>): void {
    setFields(this, state);
  }
}
