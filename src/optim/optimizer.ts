// The base class of optimizers: parameter groups, state by parameter, and state dicts as PyTorch structures them.
import { isObject, plainError, rangeError, typeError } from "../check.ts";
import { snake } from "../nn/repr.ts";
import { checkObject, checkTensor, copied, empty, listOf, settle, zeroed } from "../op.ts";
import { clone } from "../ops/copy.ts";
import { fill_ } from "../ops/inplace.ts";
import { inspectable } from "../print.ts";
import { enableGrad, keep, track } from "../scope.ts";
import { sameShape } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { type Address, f32 } from "../wasm/index.ts";
import { write } from "../write.ts";

/** What a parameter group holds besides its options; schedulers note their bounds here. */
export interface GroupState {
  params: Tensor[];
  initialLr?: number;
  minLr?: number;
  maxLr?: number;
  baseMomentum?: number;
  maxMomentum?: number;
}
export type ParamGroup<O> = O & GroupState;

/** Parameters that share options; options left out are the optimizer's. */
export type GroupInput<O> = Partial<O> & { params: Tensor | Iterable<Tensor> };
/** What an optimizer takes: parameters, or groups of them. */
export type Params<O> = Iterable<Tensor> | Iterable<GroupInput<O>>;

/** State tensors of one parameter, by PyTorch's names; null where PyTorch writes None. */
export type ParamState = Record<string, Tensor | null>;

/** As torch.optim.Optimizer.state_dict(): parameters are numbered through all groups. */
export interface OptimizerState {
  state: Record<number, ParamState | Record<string, Tensor | number | null>>;
  param_groups: Record<string, unknown>[];
}

export { snake };

const camel = (name: string): string => name.replace(/_([a-z])/g, (_, c: string) => c.toUpperCase());

function python(value: unknown): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  return Array.isArray(value) ? `(${value.map(python).join(", ")})` : String(value);
}

/** Defaults overridden by what is given. */
function overridden<O extends object>(defaults: O, given: object): O {
  return { ...defaults, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
}

/** Defaults overridden by the options that are given. @throws TypeError unless they are an object of options among the defaults. */
export function merged<O extends object>(defaults: O, options: unknown, owner: string): O {
  checkObject(options, owner, Object.keys(defaults).join(", "));
  return overridden(defaults, options as object);
}

/** A zeroed state tensor of a parameter; outlives scopes. */
export function stateLike(p: Tensor): Tensor {
  return settle(keep(zeroed(p.shape)));
}

/** A scalar of state, such as a step count. */
export function stateScalar(value: number): Tensor {
  const t = empty([]);
  f32[t.ptr / 4] = value;
  return settle(keep(t));
}

/** @throws RangeError unless `value` is a number >= 0. */
export function checkHyper(owner: string, what: string, value: unknown): void {
  if (typeof value !== "number" || !(value >= 0)) {
    throw rangeError`${owner}: invalid ${what}: ${value}; expected a number >= 0`;
  }
}

/** @throws RangeError unless `betas` is a pair of numbers in [0, 1). */
export function checkBetas(owner: string, betas: unknown): void {
  if (!Array.isArray(betas) || betas.length !== 2) {
    throw typeError`${owner}: invalid betas: ${betas}; expected a pair of numbers`;
  }
  for (const [i, beta] of betas.entries()) {
    if (typeof beta !== "number" || !(beta >= 0 && beta < 1)) {
      throw rangeError`${owner}: invalid beta parameter at index ${i}: ${beta}; expected 0 <= beta < 1`;
    }
  }
}

/**
 * Base class of optimizers.
 * @see https://pytorch.org/docs/stable/optim.html#torch.optim.Optimizer
 */
export abstract class Optimizer<O extends { lr: number } = { lr: number }> {
  /** Options of groups that do not name their own. */
  declare readonly defaults: O;
  /** Parameters with their options; both may be changed between steps. */
  paramGroups: ParamGroup<O>[] = [];
  /** State of each parameter that has been stepped, by PyTorch's names. */
  readonly state: Map<Tensor, ParamState> = new Map();

  /**
   * @throws Error for an empty list, non-leaf tensors, parameters named twice, options out of range.
   */
  constructor(params: Params<O>, defaults: O) {
    inspectable(this);
    const name = this.name;
    this.defaults = defaults;
    this.check(defaults);
    const list = listOf(params, `${name}: expected the parameters`) as (Tensor | GroupInput<O>)[];
    if (list.length === 0) throw plainError`${name}: optimizer got an empty parameter list`;
    const [first] = list;
    const grouped = isObject(first) && !(first instanceof Tensor);
    for (const group of grouped ? list : [{ params: list }]) this.addParamGroup(group as GroupInput<O>);
  }

  /** How errors and prints name it. */
  protected get name(): string {
    return this.constructor.name;
  }

  /** Throws for options out of range. */
  protected abstract check(options: O): void;
  /** State of a parameter before its step, made at its first. */
  protected abstract prepare(p: Tensor, state: ParamState, group: ParamGroup<O>): void;
  /** Changes the n values at x by their gradient at g. */
  protected abstract update(x: Address, g: Address, n: number, state: ParamState, group: ParamGroup<O>): void;

  /**
   * Adds parameters with options of their own.
   * @throws Error for non-leaf tensors, parameters that are there already, options out of range.
   */
  addParamGroup(group: GroupInput<O>): void {
    const name = this.name;
    if (!isObject(group)) throw typeError`${name}: expected a group such as { params }, got ${group}`;
    const { params: given } = group;
    const params = given instanceof Tensor ? [given] : listOf(given, `${name}: expected params of a group`);
    const seen = new Set<unknown>(this.paramGroups.flatMap((g) => g.params));
    for (const p of params) {
      checkTensor(p, name, "each parameter");
      if (!p.isLeaf) throw plainError`${name}: can't optimize a non-leaf Tensor (shape ${p.shape})`;
      if (seen.has(p)) throw plainError`${name}: a parameter of shape ${p.shape} appears twice among the groups`;
      seen.add(p);
    }
    const full = { ...overridden(this.defaults, group), params: params as Tensor[] };
    this.check(full);
    this.paramGroups.push(full);
  }

  /** Changes every parameter that has a gradient. `closure`, where given, computes the loss anew first; its result is given back. */
  step<T>(closure?: () => T): T | undefined {
    const loss = closure === undefined ? undefined : enableGrad(closure);
    for (const group of this.paramGroups) {
      for (const p of group.params) {
        const grad = p.ownGrad;
        if (grad === null) continue;
        let state = this.state.get(p);
        if (state === undefined) {
          state = {};
          this.state.set(p, state);
        }
        this.prepare(p, state, group);
        const dense = p.isDense ? p : copied(p);
        this.update(dense.ptr, grad.ptr, p.numel, state, group);
        if (dense !== p) write(p, dense, this.name);
        else p.storage.version++;
      }
    }
    return loss;
  }

  /** Sets the gradients to null, or to zero where `setToNone` is false. */
  zeroGrad(options: { setToNone?: boolean } = {}): void {
    checkObject(options, "zeroGrad", "setToNone");
    const { setToNone = true } = options;
    for (const group of this.paramGroups) {
      for (const p of group.params) {
        if (setToNone) p.grad = null;
        else if (p.ownGrad !== null) fill_(p.ownGrad, 0);
      }
    }
  }

  /** The state as PyTorch structures it. Its tensors are the optimizer's own: they change with the next step. */
  stateDict(): { state: Record<number, ParamState>; param_groups: Record<string, unknown>[] } {
    const state: Record<number, ParamState> = {};
    let index = 0;
    const param_groups = this.paramGroups.map((group) => {
      const packed: Record<string, unknown> = {};
      for (const [key, value] of Object.entries(group)) {
        if (key !== "params") packed[snake(key)] = Array.isArray(value) ? [...value] : value;
      }
      packed.params = group.params.map((p) => {
        const own = this.state.get(p);
        if (own !== undefined && Object.keys(own).length > 0) state[index] = { ...own };
        return index++;
      });
      return packed;
    });
    return { state, param_groups };
  }

  /**
   * Takes over copies of a state of `stateDict()`, or of PyTorch's in its structure. On an error nothing was changed.
   * @throws Error if the groups, their sizes or the shapes of the state do not fit.
   */
  loadStateDict(dict: OptimizerState): void {
    const name = `${this.name}.loadStateDict`;
    const saved = dict?.param_groups;
    if (!Array.isArray(saved) || !isObject(dict.state)) {
      throw typeError`${name}: expected an object with state and param_groups`;
    }
    if (saved.length !== this.paramGroups.length) {
      const count = this.paramGroups.length;
      throw plainError`${name}: different number of parameter groups: ${saved.length}, expected ${count}`;
    }
    const byIndex = new Map<string, Tensor>();
    const groups = this.paramGroups.map((group, i) => {
      const { params, ...options } = saved[i] as Record<string, unknown>;
      if (!Array.isArray(params) || params.length !== group.params.length) {
        throw plainError`${name}: expected ${group.params.length} params in the optimizer's group ${i}`;
      }
      for (const [j, index] of params.entries()) byIndex.set(String(index), group.params[j] as Tensor);
      const loaded: Record<string, unknown> = {};
      for (const [key, value] of Object.entries(options)) {
        if (value !== null && value !== undefined) loaded[camel(key)] = Array.isArray(value) ? [...value] : value;
      }
      const full = { ...group, ...loaded, params: group.params } as ParamGroup<O>;
      this.check(full);
      return full;
    });
    const fresh = new Map<Tensor, ParamState>();
    for (const [index, own] of Object.entries(dict.state)) {
      const p = byIndex.get(index);
      if (p === undefined) continue;
      const state: ParamState = {};
      for (const [key, value] of Object.entries(own)) {
        if (value !== null) state[key] = this.#restored(p, key, value, `${name}: ${key} of parameter ${index}`);
      }
      fresh.set(p, state);
    }
    for (const t of [...this.state.values()].flatMap((own) => Object.values(own))) {
      if (t === null || t.isFreed) continue;
      t.kept = false;
      track(t);
    }
    this.state.clear();
    for (const [p, own] of fresh) this.state.set(p, own);
    this.paramGroups = groups;
  }

  /** A copy of a state tensor of `p`, or a number as a tensor. */
  #restored(p: Tensor, key: string, value: unknown, what: string): Tensor {
    if (key === "step" && typeof value === "number") return stateScalar(value);
    checkTensor(value, what, "the state");
    if (key === "step" ? value.numel !== 1 : !sameShape(value.shape, p.shape)) {
      throw rangeError`${what} has the shape ${value.shape}, the parameter ${p.shape}`;
    }
    return keep(clone(value.detach()));
  }

  /** PyTorch's list of groups with their options. */
  toString(): string {
    const groups = this.paramGroups.map((group, i) => {
      const lines = Object.entries(group)
        .filter(([key]) => key !== "params")
        .map(([key, value]) => `    ${snake(key)}: ${python(value)}\n`)
        .sort();
      return `\nParameter Group ${i}\n${lines.join("")}`;
    });
    return `${this.name} (${groups.join("")})`;
  }
}
