// Stochastic gradient descent.
import { plainError, rangeError } from "../check.ts";
import type { Tensor } from "../tensor.ts";
import { type Address, kernels } from "../wasm/index.ts";
import {
  checkHyper,
  merged,
  Optimizer,
  type ParamGroup,
  type ParamState,
  type Params,
  stateLike,
} from "./optimizer.ts";

export interface SGDOptions {
  /** Learning rate. Default 1e-3. */
  lr: number;
  /** Default 0. */
  momentum: number;
  /** Dampening of the momentum. Default 0. */
  dampening: number;
  /** L2 penalty. Default 0. */
  weightDecay: number;
  /** Nesterov's momentum. Default false. */
  nesterov: boolean;
  /** Climbs instead of descending. Default false. */
  maximize: boolean;
}

const defaults: SGDOptions = {
  lr: 1e-3,
  momentum: 0,
  dampening: 0,
  weightDecay: 0,
  nesterov: false,
  maximize: false,
};

/**
 * d = g + weightDecay x; with momentum b = momentum b + (1 - dampening) d (b = d at first), d = b or, with nesterov, d + momentum b; x -= lr d.
 * @throws RangeError for negative or NaN lr, momentum, weightDecay; Error for nesterov without momentum or with dampening.
 * @see https://pytorch.org/docs/stable/generated/torch.optim.SGD.html
 */
export class SGD extends Optimizer<SGDOptions> {
  /** States whose buffer waits for its first gradient. */
  readonly #fresh = new WeakSet<ParamState>();

  constructor(params: Params<SGDOptions>, options: Partial<SGDOptions> = {}) {
    super(params, merged(defaults, options, "SGD"));
  }

  protected override check(o: SGDOptions): void {
    checkHyper(this.name, "learning rate", o.lr);
    checkHyper(this.name, "momentum value", o.momentum);
    checkHyper(this.name, "weight_decay value", o.weightDecay);
    if (typeof o.dampening !== "number" || Number.isNaN(o.dampening)) {
      throw rangeError`${this.name}: invalid dampening value: ${o.dampening}; expected a number`;
    }
    if (o.nesterov && (o.momentum <= 0 || o.dampening !== 0)) {
      throw plainError`${this.name}: Nesterov momentum requires a momentum and zero dampening`;
    }
  }

  protected override prepare(p: Tensor, state: ParamState, group: ParamGroup<SGDOptions>): void {
    if (group.momentum === 0 || state.momentum_buffer) return;
    state.momentum_buffer = stateLike(p);
    this.#fresh.add(state);
  }

  protected override update(
    x: Address,
    g: Address,
    n: number,
    state: ParamState,
    { lr, momentum, dampening, weightDecay, nesterov, maximize }: ParamGroup<SGDOptions>,
  ): void {
    if (momentum === 0) {
      kernels.sgd(x, g, n, lr, weightDecay, maximize);
      return;
    }
    const buffer = state.momentum_buffer as Tensor;
    const first = this.#fresh.delete(state);
    kernels.sgdMomentum(x, g, buffer.ptr, n, lr, momentum, dampening, weightDecay, nesterov, maximize, first);
    buffer.storage.version++;
  }
}
