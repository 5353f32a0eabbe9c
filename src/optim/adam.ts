// Adam, and AdamW with its decoupled weight decay.
import type { Tensor } from "../tensor.ts";
import { type Address, kernels } from "../wasm/index.ts";
import {
  checkBetas,
  checkHyper,
  merged,
  Optimizer,
  type ParamGroup,
  type ParamState,
  type Params,
  stateLike,
  stateScalar,
} from "./optimizer.ts";

export interface AdamOptions {
  /** Learning rate. Default 1e-3. */
  lr: number;
  /** Decay of the running averages of the gradient and of its square. Default [0.9, 0.999]. */
  betas: readonly [number, number];
  /** Added to the denominator. Default 1e-8. */
  eps: number;
  /** L2 penalty; in AdamW the decay itself. Default 0, in AdamW 0.01. */
  weightDecay: number;
  /** Divides by the maximum of all squares so far. Default false. */
  amsgrad: boolean;
  /** Climbs instead of descending. Default false. */
  maximize: boolean;
}

const defaults: AdamOptions = {
  lr: 1e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  amsgrad: false,
  maximize: false,
};

/**
 * m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2, x -= lr m' / (sqrt(v') + eps), both corrected for their start at zero.
 * @throws RangeError for negative or NaN lr, eps, weightDecay, betas outside [0, 1).
 * @see https://pytorch.org/docs/stable/generated/torch.optim.Adam.html
 */
export class Adam extends Optimizer<AdamOptions> {
  constructor(params: Params<AdamOptions>, options: Partial<AdamOptions> = {}) {
    super(params, merged(defaults, options, new.target.name));
  }

  /** Whether weights decay by themselves instead of through the gradient. */
  protected get decoupled(): boolean {
    return false;
  }

  protected override check(o: AdamOptions): void {
    checkHyper(this.name, "learning rate", o.lr);
    checkHyper(this.name, "epsilon value", o.eps);
    checkBetas(this.name, o.betas);
    checkHyper(this.name, "weight_decay value", o.weightDecay);
  }

  protected override prepare(p: Tensor, state: ParamState, group: ParamGroup<AdamOptions>): void {
    state.step ??= stateScalar(0);
    state.exp_avg ??= stateLike(p);
    state.exp_avg_sq ??= stateLike(p);
    if (group.amsgrad) state.max_exp_avg_sq ??= stateLike(p);
  }

  protected override update(
    x: Address,
    g: Address,
    n: number,
    state: ParamState,
    { lr, betas, eps, weightDecay, amsgrad, maximize }: ParamGroup<AdamOptions>,
  ): void {
    const m = (state.exp_avg as Tensor).ptr;
    const v = (state.exp_avg_sq as Tensor).ptr;
    const top = amsgrad ? (state.max_exp_avg_sq as Tensor).ptr : 0;
    const step = (state.step as Tensor).ptr;
    kernels.adam(x, g, m, v, top, step, n, lr, betas[0], betas[1], eps, weightDecay, this.decoupled, maximize);
  }
}

/**
 * Adam whose weights decay by themselves: x *= 1 - lr weightDecay before each step. weightDecay is 0.01 unless given.
 * @see https://pytorch.org/docs/stable/generated/torch.optim.AdamW.html
 */
export class AdamW extends Adam {
  constructor(params: Params<AdamOptions>, options: Partial<AdamOptions> = {}) {
    super(params, merged({ ...defaults, weightDecay: 0.01 }, options, "AdamW"));
  }

  protected override get decoupled(): boolean {
    return true;
  }
}
