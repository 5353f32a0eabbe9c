// Modules that hold modules: Sequential, ModuleList.
import { typeError } from "../check.ts";
import { spend } from "../ops/elementwise.ts";
import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";
import { TensorLayer } from "./tensor-layer.ts";

/** A module that maps one tensor to another, as Sequential wants. */
export interface Layer extends Module {
  // biome-ignore lint/suspicious/noExplicitAny: a layer inside may take and give more than tensors, as LSTM does
  forward(input: any): any;
}

function checkModule(module: unknown, owner: string, name: string): void {
  if (!(module instanceof Module)) {
    throw typeError`${owner}: expected module ${name} to be a Module, got ${module}`;
  }
}

/**
 * Runs modules one after the other. Takes them as arguments, or as one object that names them.
 * Without gradients an activation writes its result over what the layer before it made, where no code of the user's sees that.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Sequential.html
 */
export class Sequential extends Module {
  constructor(...modules: Layer[] | [Record<string, Layer>]) {
    super();
    const first = modules[0];
    const named = modules.length === 1 && typeof first === "object" && first !== null && !(first instanceof Module);
    for (const [name, module] of Object.entries(named ? (first as Record<string, Layer>) : modules)) {
      checkModule(module, "Sequential", name);
      (this as unknown as Record<string, Module>)[name] = module as Layer;
    }
  }

  /** Number of modules. */
  get length(): number {
    return this.children().length;
  }

  /** The i-th module; negative i counts from the end. */
  at(i: number): Layer | undefined {
    return this.children().at(i) as Layer | undefined;
  }

  [Symbol.iterator](): Iterator<Layer> {
    return (this.children() as Layer[])[Symbol.iterator]();
  }

  override forward(input: Tensor): Tensor {
    let x = input;
    const plain = TensorLayer.prototype.forward;
    // whether nobody else holds x, and no gradient will read it
    let free = false;
    // children() would cost more than a small layer
    for (const name of Object.keys(this)) {
      const module = (this as Record<string, unknown>)[name];
      if (!(module instanceof Module)) continue;
      const over = free && module.forward === plain;
      if (over) spend(x);
      const y = (module as Layer).forward(x);
      if (over) spend(null);
      free = y?.requiresGrad === false && module.forward === plain && (free || y !== x);
      x = y;
    }
    return x;
  }
}

/**
 * A list of modules whose parameters are found.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ModuleList.html
 */
export class ModuleList extends Module {
  constructor(modules: Iterable<Module> = []) {
    super();
    this.extend(modules);
  }

  /** Number of modules. */
  get length(): number {
    return this.children().length;
  }

  /** The i-th module; negative i counts from the end. */
  at(i: number): Module | undefined {
    return this.children().at(i);
  }

  append(module: Module): this {
    checkModule(module, "ModuleList", String(this.length));
    (this as unknown as Record<string, Module>)[String(this.length)] = module;
    return this;
  }

  extend(modules: Iterable<Module>): this {
    if (typeof modules !== "object" || modules === null || !(Symbol.iterator in modules)) {
      throw typeError`ModuleList: expected an iterable of modules, got ${modules}`;
    }
    for (const module of modules) this.append(module);
    return this;
  }

  [Symbol.iterator](): Iterator<Module> {
    return this.children()[Symbol.iterator]();
  }
}
