// Learning rate schedulers: the base class, and those whose rate follows from the epoch alone.
import { plainError, rangeError, typeError } from "../check.ts";
import { checkObject } from "../op.ts";
import { Optimizer, snake } from "./optimizer.ts";

/** What a scheduler changes of a parameter group. */
export interface ScheduledGroup {
  lr: number;
  initialLr?: number;
  minLr?: number;
  maxLr?: number;
  momentum?: number;
  betas?: readonly [number, number];
  baseMomentum?: number;
  maxMomentum?: number;
}
/** Any optimizer. */
export type Scheduled = Optimizer & { paramGroups: ScheduledGroup[] };

export interface SchedulerOptions {
  /** Index of the last epoch of a run that goes on; -1 for a new one. */
  lastEpoch?: number;
}

/** @throws TypeError unless `optimizer` is one. */
export function checkOptimizer(optimizer: unknown, owner: string): void {
  if (!(optimizer instanceof Optimizer)) {
    throw typeError`${owner}: expected an optimizer, got ${optimizer}`;
  }
}

/** @throws RangeError unless `value` is a finite number, or an integer of at least `least` where that is given. */
export function checkOption(owner: string, name: string, value: unknown, least?: number): void {
  const fits = least === undefined ? Number.isFinite(value) : Number.isInteger(value) && (value as number) >= least;
  if (!fits) {
    const wanted = least === undefined ? "a number" : `an integer >= ${least}`;
    throw rangeError`${owner}: expected ${name} to be ${wanted}, got ${value}`;
  }
}

const PRIVATE: Record<string, string> = { stepCount: "_step_count", lastLr: "_last_lr" };

/** Numbers and lists among a scheduler's fields, by PyTorch's names. */
export function fieldsOf(scheduler: object): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(scheduler)) {
    if (key === "optimizer") continue;
    fields[PRIVATE[key] ?? snake(key)] = Array.isArray(value) ? [...value] : value;
  }
  return fields;
}

/** Sets the fields that `fieldsOf` gave; leaves others alone. @throws TypeError unless `state` is an object. */
export function setFields(scheduler: object, state: unknown): void {
  if (typeof state !== "object" || state === null) {
    throw typeError`loadStateDict: expected an object as stateDict() gives it, got ${state}`;
  }
  for (const key of Object.keys(scheduler)) {
    const name = PRIVATE[key] ?? snake(key);
    if (key === "optimizer" || !Object.hasOwn(state, name)) continue;
    const value = (state as Record<string, unknown>)[name];
    (scheduler as Record<string, unknown>)[key] = Array.isArray(value) ? [...value] : value;
  }
}

/**
 * Base class: sets the learning rate of each group at construction and with every step(), which comes after an epoch's optimizer steps.
 * @see https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate
 */
export abstract class LRScheduler {
  declare readonly optimizer: Scheduled;
  /** Learning rates at the start, one a group. */
  declare baseLrs: number[];
  /** Number of steps taken since construction. */
  declare lastEpoch: number;
  protected stepCount = 0;
  protected lastLr: number[] = [];

  /** Subclasses set their options, then call start(). */
  /** `names`: the options that a subclass has besides lastEpoch. */
  constructor(optimizer: Scheduled, options: SchedulerOptions = {}, names: string = "") {
    const name = new.target.name;
    checkOptimizer(optimizer, name);
    checkObject(options, name, `${names}lastEpoch`);
    const { lastEpoch = -1 } = options;
    checkOption(name, "lastEpoch", lastEpoch, -1);
    this.optimizer = optimizer;
    for (const [i, group] of optimizer.paramGroups.entries()) {
      if (lastEpoch === -1) group.initialLr ??= group.lr;
      else if (group.initialLr === undefined) {
        throw plainError`${name}: paramGroups[${i}] lacks the initialLr to resume at ${lastEpoch}`;
      }
    }
    this.baseLrs = optimizer.paramGroups.map((group) => group.initialLr as number);
    this.lastEpoch = lastEpoch;
  }

  /** The learning rate of a group at `lastEpoch`, from its rate before. */
  protected abstract rate(group: ScheduledGroup, base: number): number;

  /** The first step, which puts the start in effect. */
  protected start(): void {
    this.step();
  }

  /** Goes on to the next epoch, or batch, and sets the learning rates. */
  step(): void {
    this.stepCount++;
    this.lastEpoch++;
    const groups = this.optimizer.paramGroups;
    const rates = groups.map((group, i) => this.rate(group, this.baseLrs[i] as number));
    for (const [i, group] of groups.entries()) group.lr = rates[i] as number;
    this.lastLr = rates;
  }

  /** The learning rates in effect, one a group. */
  getLastLr(): number[] {
    return [...this.lastLr];
  }

  /** Everything but the optimizer, as plain numbers and lists. */
  stateDict(): Record<string, unknown> {
    return fieldsOf(this);
  }

  /** Goes on from a `stateDict()`. The optimizer's own carries the rates. */
  loadStateDict(state: Readonly<Record<string, unknown>>): void {
    setFields(this, state);
  }
}

/**
 * lr *= gamma every `stepSize` epochs. gamma is 0.1 unless given.
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.StepLR.html
 */
export class StepLR extends LRScheduler {
  declare stepSize: number;
  declare gamma: number;
  constructor(optimizer: Scheduled, stepSize: number, options: SchedulerOptions & { gamma?: number } = {}) {
    super(optimizer, options, "gamma, ");
    const { gamma = 0.1 } = options;
    checkOption("StepLR", "stepSize", stepSize, 1);
    checkOption("StepLR", "gamma", gamma);
    this.stepSize = stepSize;
    this.gamma = gamma;
    this.start();
  }
  protected override rate({ lr }: ScheduledGroup): number {
    return this.lastEpoch === 0 || this.lastEpoch % this.stepSize !== 0 ? lr : lr * this.gamma;
  }
}

/**
 * lr *= gamma at each milestone; twice at one named twice. gamma is 0.1 unless given.
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiStepLR.html
 */
export class MultiStepLR extends LRScheduler {
  declare milestones: number[];
  declare gamma: number;
  constructor(
    optimizer: Scheduled,
    milestones: readonly number[],
    options: SchedulerOptions & { gamma?: number } = {},
  ) {
    super(optimizer, options, "gamma, ");
    const { gamma = 0.1 } = options;
    if (!Array.isArray(milestones)) throw typeError`MultiStepLR: expected milestones as an array of epochs`;
    for (const m of milestones) checkOption("MultiStepLR", "each milestone", m, 0);
    checkOption("MultiStepLR", "gamma", gamma);
    this.milestones = [...milestones];
    this.gamma = gamma;
    this.start();
  }
  protected override rate({ lr }: ScheduledGroup): number {
    const times = this.milestones.filter((m) => m === this.lastEpoch).length;
    return times === 0 ? lr : lr * this.gamma ** times;
  }
}

/**
 * lr *= gamma every epoch.
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ExponentialLR.html
 */
export class ExponentialLR extends LRScheduler {
  declare gamma: number;
  constructor(optimizer: Scheduled, gamma: number, options: SchedulerOptions = {}) {
    super(optimizer, options);
    checkOption("ExponentialLR", "gamma", gamma);
    this.gamma = gamma;
    this.start();
  }
  protected override rate({ lr }: ScheduledGroup): number {
    return this.lastEpoch === 0 ? lr : lr * this.gamma;
  }
}

export interface LinearLROptions extends SchedulerOptions {
  /** Factor at the start, in (0, 1]. Default 1/3. */
  startFactor?: number;
  /** Factor from `totalIters` on, in [0, 1]. Default 1. */
  endFactor?: number;
  /** Default 5. */
  totalIters?: number;
}

/**
 * lr goes in a straight line from startFactor to endFactor of its base over `totalIters` epochs.
 * @throws RangeError for factors outside their ranges.
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LinearLR.html
 */
export class LinearLR extends LRScheduler {
  declare startFactor: number;
  declare endFactor: number;
  declare totalIters: number;
  constructor(optimizer: Scheduled, options: LinearLROptions = {}) {
    super(optimizer, options, "startFactor, endFactor, totalIters, ");
    const { startFactor = 1 / 3, endFactor = 1, totalIters = 5 } = options;
    if (!(startFactor > 0 && startFactor <= 1)) {
      throw rangeError`LinearLR: expected 0 < startFactor <= 1, got ${startFactor}`;
    }
    if (!(endFactor >= 0 && endFactor <= 1)) {
      throw rangeError`LinearLR: expected 0 <= endFactor <= 1, got ${endFactor}`;
    }
    checkOption("LinearLR", "totalIters", totalIters, 1);
    this.startFactor = startFactor;
    this.endFactor = endFactor;
    this.totalIters = totalIters;
    this.start();
  }
  protected override rate({ lr }: ScheduledGroup): number {
    const { lastEpoch, startFactor, endFactor, totalIters } = this;
    if (lastEpoch === 0) return lr * startFactor;
    if (lastEpoch > totalIters) return lr;
    const slope = endFactor - startFactor;
    return lr * (1 + slope / (totalIters * startFactor + (lastEpoch - 1) * slope));
  }
}

/**
 * lr follows half a cosine from its base to etaMin (0) over `tMax` epochs, and back again.
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingLR.html
 */
export class CosineAnnealingLR extends LRScheduler {
  declare tMax: number;
  declare etaMin: number;
  constructor(optimizer: Scheduled, tMax: number, options: SchedulerOptions & { etaMin?: number } = {}) {
    super(optimizer, options, "etaMin, ");
    const { etaMin = 0 } = options;
    checkOption("CosineAnnealingLR", "tMax", tMax, 1);
    checkOption("CosineAnnealingLR", "etaMin", etaMin);
    this.tMax = tMax;
    this.etaMin = etaMin;
    this.start();
  }
  protected override rate({ lr }: ScheduledGroup, base: number): number {
    const { lastEpoch: t, tMax, etaMin } = this;
    if (t === 0) return lr;
    if (this.stepCount === 1) return etaMin + ((base - etaMin) * (1 + Math.cos((t * Math.PI) / tMax))) / 2;
    if ((t - 1 - tMax) % (2 * tMax) === 0) return lr + ((base - etaMin) * (1 - Math.cos(Math.PI / tMax))) / 2;
    const step = (1 + Math.cos((Math.PI * t) / tMax)) / (1 + Math.cos((Math.PI * (t - 1)) / tMax));
    return step * (lr - etaMin) + etaMin;
  }
}
