// OneCycleLR: up, down and out in one run.
import { checkOneOf, plainError, rangeError } from "../check.ts";
import { checkOptimizer, checkOption, LRScheduler, type Scheduled, type ScheduledGroup } from "./scheduler.ts";

export interface OneCycleOptions {
  /** Number of steps of the cycle; or epochs and stepsPerEpoch. */
  totalSteps?: number;
  epochs?: number;
  stepsPerEpoch?: number;
  /** Part of the cycle that goes up. Default 0.3. */
  pctStart?: number;
  /** Default "cos". */
  annealStrategy?: "cos" | "linear";
  /** Whether the momentum, or Adam's first beta, goes the other way. Default true. */
  cycleMomentum?: boolean;
  /** Least momentum, one or one a group. Default 0.85. */
  baseMomentum?: number | readonly number[];
  /** Most momentum, one or one a group. Default 0.95. */
  maxMomentum?: number | readonly number[];
  /** initial lr = maxLr / divFactor. Default 25. */
  divFactor?: number;
  /** least lr = initial lr / finalDivFactor. Default 1e4. */
  finalDivFactor?: number;
  /** Comes down symmetrically before it fades out. Default false. */
  threePhase?: boolean;
  lastEpoch?: number;
}

const NAMES =
  "totalSteps, epochs, stepsPerEpoch, pctStart, annealStrategy, cycleMomentum, baseMomentum, maxMomentum, divFactor, finalDivFactor, " +
  "threePhase, ";

type Rate = "initialLr" | "maxLr" | "minLr";
type Momentum = "baseMomentum" | "maxMomentum";
interface Phase {
  end: number;
  lr: [from: Rate, to: Rate];
  momentum: [from: Momentum, to: Momentum];
}

function perGroup(optimizer: Scheduled, value: unknown, name: string): number[] {
  const n = optimizer.paramGroups.length;
  const list: unknown[] = Array.isArray(value) ? value : new Array(n).fill(value);
  if (list.length !== n) throw rangeError`OneCycleLR: expected ${n} values for ${name}, got ${list.length}`;
  for (const v of list) checkOption("OneCycleLR", name, v);
  return list as number[];
}

/** Marks the groups with the bounds of the cycle, before the base class reads initialLr. */
function prepare(optimizer: Scheduled, maxLr: unknown, o: OneCycleOptions): Scheduled {
  checkOptimizer(optimizer, "OneCycleLR");
  const { pctStart = 0.3, annealStrategy = "cos", cycleMomentum = true, divFactor = 25, finalDivFactor = 1e4 } = o;
  if (!(pctStart >= 0 && pctStart <= 1)) {
    throw rangeError`OneCycleLR: expected 0 <= pctStart <= 1, got ${pctStart}`;
  }
  checkOneOf(annealStrategy, "OneCycleLR", "annealStrategy", ["cos", "linear"]);
  checkOption("OneCycleLR", "divFactor", divFactor);
  checkOption("OneCycleLR", "finalDivFactor", finalDivFactor);
  const groups: ScheduledGroup[] = optimizer.paramGroups;
  const maxLrs = perGroup(optimizer, maxLr, "maxLr");
  const most = perGroup(optimizer, o.maxMomentum ?? 0.95, "maxMomentum");
  const least = perGroup(optimizer, o.baseMomentum ?? 0.85, "baseMomentum");
  if (cycleMomentum && groups.some((g) => g.momentum === undefined && g.betas === undefined)) {
    throw plainError`OneCycleLR: cycleMomentum wants an optimizer with momentum`;
  }
  if ((o.lastEpoch ?? -1) !== -1) return optimizer;
  for (const [i, group] of groups.entries()) {
    group.initialLr = (maxLrs[i] as number) / divFactor;
    group.maxLr = maxLrs[i] as number;
    group.minLr = group.initialLr / finalDivFactor;
    if (!cycleMomentum) continue;
    group.maxMomentum = most[i] as number;
    group.baseMomentum = least[i] as number;
  }
  return optimizer;
}

function countSteps({ totalSteps, epochs, stepsPerEpoch }: OneCycleOptions): number {
  if (totalSteps !== undefined) {
    checkOption("OneCycleLR", "totalSteps", totalSteps, 1);
    return totalSteps;
  }
  if (epochs === undefined && stepsPerEpoch === undefined) {
    throw plainError`OneCycleLR: expected totalSteps, or epochs and stepsPerEpoch`;
  }
  checkOption("OneCycleLR", "epochs", epochs, 1);
  checkOption("OneCycleLR", "stepsPerEpoch", stepsPerEpoch, 1);
  return (epochs as number) * (stepsPerEpoch as number);
}

/**
 * One cycle over the whole run, a step a batch: lr rises from maxLr / divFactor to maxLr, and falls to almost nothing; momentum mirrors it.
 * @throws RangeError for options out of range; Error once stepped further than `totalSteps`.
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html
 */
export class OneCycleLR extends LRScheduler {
  declare totalSteps: number;
  declare annealStrategy: "cos" | "linear";
  declare cycleMomentum: boolean;
  readonly #phases: Phase[];

  constructor(optimizer: Scheduled, maxLr: number | readonly number[], options: OneCycleOptions = {}) {
    const total = countSteps(options);
    super(prepare(optimizer, maxLr, options), options, NAMES);
    const { pctStart = 0.3, annealStrategy = "cos", cycleMomentum = true, threePhase = false } = options;
    this.totalSteps = total;
    this.annealStrategy = annealStrategy;
    this.cycleMomentum = cycleMomentum;
    const up: Phase = {
      end: pctStart * total - 1,
      lr: ["initialLr", "maxLr"],
      momentum: ["maxMomentum", "baseMomentum"],
    };
    this.#phases = threePhase
      ? [
          up,
          { end: 2 * pctStart * total - 2, lr: ["maxLr", "initialLr"], momentum: ["baseMomentum", "maxMomentum"] },
          { end: total - 1, lr: ["initialLr", "minLr"], momentum: ["maxMomentum", "maxMomentum"] },
        ]
      : [up, { end: total - 1, lr: ["maxLr", "minLr"], momentum: ["baseMomentum", "maxMomentum"] }];
    this.start();
  }

  #anneal(from: number, to: number, part: number): number {
    if (this.annealStrategy === "linear") return (to - from) * part + from;
    return to + ((from - to) / 2) * (Math.cos(Math.PI * part) + 1);
  }

  protected override rate(group: ScheduledGroup): number {
    const t = this.lastEpoch;
    if (t > this.totalSteps) {
      throw plainError`OneCycleLR: tried to step ${t + 1} times, the cycle has ${this.totalSteps} steps`;
    }
    const last = this.#phases.length - 1;
    const i = this.#phases.findIndex((phase, k) => t <= phase.end || k === last);
    const { end, lr, momentum } = this.#phases[i] as Phase;
    const start = i === 0 ? 0 : (this.#phases[i - 1] as Phase).end;
    const part = (t - start) / (end - start);
    if (this.cycleMomentum) {
      const value = this.#anneal(group[momentum[0]] as number, group[momentum[1]] as number, part);
      if (group.betas === undefined) group.momentum = value;
      else group.betas = [value, group.betas[1]];
    }
    return this.#anneal(group[lr[0]] as number, group[lr[1]] as number, part);
  }
}
