// The base class of every layer and model: it finds its modules, parameters and buffers among its own attributes.
import { plainError, typeError } from "../check.ts";
import { checkObject } from "../op.ts";
import { copy_ } from "../ops/inplace.ts";
import { inspectable } from "../print.ts";
import { keep, noGrad } from "../scope.ts";
import { sameShape, show } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { Buffer, Parameter } from "./parameter.ts";

/** Tensors by their dotted PyTorch names. */
export type StateDict = Record<string, Tensor>;

const indent = (text: string): string => text.replaceAll("\n", "\n  ");

/**
 * Base class of layers and models. Attributes that are modules, parameters, buffers or arrays of them are found by themselves.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Module.html
 */
export class Module {
  /** Whether layers such as Dropout and BatchNorm2d act as in training. Changed by train() and eval(). */
  training: boolean = true;
  readonly #buffers = new Set<string>();

  /** What the module computes; each subclass has its own. */
  forward(..._inputs: never[]): unknown {
    throw plainError`${this.constructor.name}: forward() is not implemented`;
  }

  /** Makes `tensor` part of the state under `name`, without being learned. null keeps the name free. */
  registerBuffer(name: string, tensor: Tensor | null): void {
    if (typeof name !== "string" || name === "" || name.includes(".")) {
      throw plainError`registerBuffer: expected a name without dots, got ${JSON.stringify(name)}`;
    }
    if (tensor !== null && !(tensor instanceof Tensor)) {
      throw typeError`registerBuffer: expected ${name} to be a Tensor or null, got ${tensor}`;
    }
    this.#buffers.add(name);
    (this as Record<string, unknown>)[name] = tensor === null ? null : keep(tensor);
  }

  /** Own attributes with arrays opened up: ["layers.0", module]. */
  *#members(): Generator<[string, unknown]> {
    const open = function* (name: string, value: unknown): Generator<[string, unknown]> {
      if (Array.isArray(value)) for (const [i, v] of value.entries()) yield* open(`${name}.${i}`, v);
      else yield [name, value];
    };
    for (const [name, value] of Object.entries(this)) yield* open(name, value);
  }

  /** The direct submodules with their names. */
  namedChildren(): [string, Module][] {
    return [...this.#members()].filter((m): m is [string, Module] => m[1] instanceof Module);
  }

  /** The direct submodules. */
  children(): Module[] {
    return this.namedChildren().map(([, module]) => module);
  }

  /** This module and all below it, each once, with dotted names; its own is "". */
  namedModules(): [string, Module][] {
    const found = new Map<Module, string>();
    const visit = (module: Module, name: string): void => {
      if (found.has(module)) return;
      found.set(module, name);
      for (const [child, m] of module.namedChildren()) visit(m, name === "" ? child : `${name}.${child}`);
    };
    visit(this, "");
    return [...found].map(([module, name]) => [name, module]);
  }

  /** This module and all below it, each once. */
  modules(): Module[] {
    return this.namedModules().map(([, module]) => module);
  }

  /** Its own parameters, or its own buffers, with their names. */
  #own(buffers: boolean): [string, Tensor][] {
    return [...this.#members()].filter(
      (m): m is [string, Tensor] =>
        m[1] instanceof Tensor &&
        (buffers ? m[1] instanceof Buffer || this.#buffers.has(m[0]) : m[1] instanceof Parameter),
    );
  }

  #named(buffers: boolean): [string, Tensor][] {
    const found = new Map<Tensor, string>();
    for (const [prefix, module] of this.namedModules()) {
      for (const [name, t] of module.#own(buffers)) {
        if (!found.has(t)) found.set(t, prefix === "" ? name : `${prefix}.${name}`);
      }
    }
    return [...found].map(([t, name]) => [name, t]);
  }

  /** Every parameter once, with its dotted name. */
  namedParameters(): [string, Parameter][] {
    return this.#named(false) as [string, Parameter][];
  }

  /** Every parameter once. */
  parameters(): Parameter[] {
    return this.namedParameters().map(([, p]) => p);
  }

  /** Every buffer once, with its dotted name. */
  namedBuffers(): [string, Tensor][] {
    return this.#named(true);
  }

  /** Every buffer once. */
  buffers(): Tensor[] {
    return this.namedBuffers().map(([, b]) => b);
  }

  /** Parameters and buffers in PyTorch's order: a module's own first, then its children's; shared ones under each name. */
  #state(prefix: string, into: Map<string, Tensor>): Map<string, Tensor> {
    for (const [name, t] of [...this.#own(false), ...this.#own(true)]) into.set(prefix + name, t);
    for (const [name, child] of this.namedChildren()) child.#state(`${prefix}${name}.`, into);
    return into;
  }

  /** Parameters and buffers by name, detached but sharing memory with the module's. */
  stateDict(): StateDict {
    return Object.fromEntries([...this.#state("", new Map())].map(([name, t]) => [name, t.detach()]));
  }

  /**
   * Copies values into parameters and buffers by name. Checks everything first: on an error nothing was changed.
   * `strict` false lets names be missing or unexpected; shapes must match all the same.
   * @throws Error that lists the missing and unexpected names and the shapes that differ.
   */
  loadStateDict(
    state: Readonly<StateDict>,
    options: { strict?: boolean } = {},
  ): { missingKeys: string[]; unexpectedKeys: string[] } {
    if (typeof state !== "object" || state === null) {
      throw typeError`loadStateDict: expected an object of tensors, got ${state}`;
    }
    checkObject(options, "loadStateDict", "strict");
    const { strict = true } = options;
    const own = this.#state("", new Map());
    const missingKeys = [...own.keys()].filter((name) => !Object.hasOwn(state, name));
    const unexpectedKeys = Object.keys(state).filter((name) => !own.has(name));
    const quoted = (names: string[]) => names.map((n) => `"${n}"`).join(", ");
    const errors: string[] = [];
    if (strict && unexpectedKeys.length > 0) errors.push(`Unexpected key(s) in state_dict: ${quoted(unexpectedKeys)}.`);
    if (strict && missingKeys.length > 0) errors.push(`Missing key(s) in state_dict: ${quoted(missingKeys)}.`);
    for (const [name, t] of own) {
      if (!Object.hasOwn(state, name)) continue;
      const value: unknown = state[name];
      if (!(value instanceof Tensor)) errors.push(`${name} is not a Tensor.`);
      else if (value.isFreed) errors.push(value.freedError(name).message);
      else if (!sameShape(value.shape, t.shape)) {
        errors.push(
          `size mismatch for ${name}: it has the shape ${show(value.shape)}, the model's is ${show(t.shape)}.`,
        );
      }
    }
    if (errors.length > 0) {
      throw plainError`Error(s) in loading state_dict for ${this.constructor.name}:\n\t${errors.join("\n\t")}`;
    }
    noGrad(() => {
      for (const [name, t] of own) if (Object.hasOwn(state, name)) copy_(t, state[name] as Tensor);
    });
    return { missingKeys, unexpectedKeys };
  }

  /** Sets training mode here and below. */
  train(mode: boolean = true): this {
    if (typeof mode !== "boolean") throw typeError`train: expected the mode to be a boolean, got ${typeof mode}`;
    for (const module of this.modules()) module.training = mode;
    return this;
  }

  /** Sets evaluation mode here and below. */
  eval(): this {
    return this.train(false);
  }

  /** Sets requiresGrad of every parameter. */
  requiresGrad_(wanted: boolean = true): this {
    for (const p of this.parameters()) p.requiresGrad_(wanted);
    return this;
  }

  /** Sets every parameter's grad to null. */
  zeroGrad(): void {
    for (const p of this.parameters()) p.grad = null;
  }

  /** Calls `fn` on every module below, children before parents, and on this one last. */
  apply(fn: (module: Module) => void): this {
    for (const child of this.children()) child.apply(fn);
    fn(this);
    return this;
  }

  /** What the printed tree shows between the parentheses. */
  extraRepr(): string {
    return "";
  }

  /** PyTorch's tree of modules. */
  toString(): string {
    const extra = this.extraRepr();
    const lines = this.namedChildren().map(([name, child]) => `(${name}): ${indent(child.toString())}`);
    const name = this.constructor.name;
    if (lines.length === 0) return `${name}(${extra})`;
    return `${name}(\n  ${[...(extra === "" ? [] : [extra]), ...lines].join("\n  ")}\n)`;
  }
}

inspectable(Module.prototype);
