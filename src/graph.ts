// The autograd graph: one node an op, walked from the newest to the oldest without recursion.
import { plainError } from "./check.ts";
import { Storage } from "./storage.ts";
import type { Address } from "./wasm/index.ts";

/**
 * Adds the gradients of an op's inputs, given the address of its output's gradient.
 * An address is 0 where the input needs no gradient. Captures numbers only: a captured tensor could never be collected.
 */
export type Backward = (gy: Address, g0: Address, g1: Address, g2: Address, all: readonly Address[]) => void;

/** Where a leaf collects its gradient. */
export interface Accumulator {
  gradAddress(): Address;
}

let created = 0;
let walk = 0;

export class Node {
  private readonly id = ++created;
  private seen = 0;
  /** The output's handle, and every node that takes the output as its input. */
  private refs = 1;
  private grad: Storage | null = null;
  declare private readonly bytes: number;
  declare readonly leaf: Accumulator | null;
  declare private inputs: readonly (Node | null)[];
  declare private saved: readonly Storage[];
  declare private run: Backward | null;
  declare private readonly versions: number[];
  /** Receives the gradient of an output that asked for it by retainGrad(). */
  onGrad: ((grad: Storage) => void) | null = null;

  /**
   * `bytes`: size of the output's gradient. `leaf`: set on the nodes of leaves, which have nothing else.
   * `saved`: what `run` reads; held until the graph is freed.
   */
  constructor(
    bytes: number,
    leaf: Accumulator | null,
    inputs: readonly (Node | null)[],
    saved: readonly Storage[],
    run: Backward | null,
  ) {
    this.bytes = bytes;
    this.leaf = leaf;
    this.inputs = inputs;
    this.saved = saved;
    this.run = run;
    this.versions = saved.map((s) => s.version);
    for (const s of saved) {
      s.refs++;
      s.held++;
    }
    for (const input of inputs) if (input !== null) input.refs++;
  }

  private address(): Address {
    if (this.leaf !== null) return this.leaf.gradAddress();
    this.grad ??= Storage.zeroed(this.bytes);
    return this.grad.address;
  }

  /** One owner less; without owners the node frees what it saved, and so do the inputs it alone kept. */
  release(): void {
    if (--this.refs > 0) return;
    const dead: Node[] = [this];
    for (let node = dead.pop(); node !== undefined; node = dead.pop()) {
      for (const input of node.drop()) if (input !== null && --input.refs === 0) dead.push(input);
    }
  }

  /** Frees what only the gradient needed. Gives the inputs, whose owner it no longer is. */
  private drop(): readonly (Node | null)[] {
    const inputs = this.inputs;
    for (const s of this.saved) {
      s.held--;
      s.release();
    }
    this.saved = [];
    this.inputs = [];
    this.run = null;
    return inputs;
  }

  private free(): void {
    for (const input of this.drop()) input?.release();
  }

  /** The op nodes this one depends on and itself, newest first. */
  private reachable(): Node[] {
    const mark = ++walk;
    const order: Node[] = [];
    const stack: Node[] = [this];
    this.seen = mark;
    let sorted = true;
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (node.run === null) {
        throw plainError`backward: the graph was freed by an earlier backward(), which lacked { retainGraph: true }`;
      }
      for (let i = 0; i < node.saved.length; i++) {
        if ((node.saved[i] as Storage).version !== node.versions[i]) {
          throw plainError`backward: a tensor that the gradient needs was changed in place`;
        }
      }
      if (order.length > 0 && (order[order.length - 1] as Node).id < node.id) sorted = false;
      order.push(node);
      for (const input of node.inputs) {
        if (input === null || input.leaf !== null || input.seen === mark) continue;
        input.seen = mark;
        stack.push(input);
      }
    }
    if (!sorted) order.sort((a, b) => b.id - a.id);
    return order;
  }

  /** Walks the graph with `seed`, whose owner it becomes, as the gradient of this node's output. */
  backward(seed: () => Storage, retainGraph: boolean): void {
    const order = this.reachable();
    this.grad = seed();
    // The node of a freed tensor belongs to its consumers alone, and those let go of it before its turn comes.
    for (const node of order) node.refs++;
    try {
      for (const node of order) {
        const grads = node.inputs.map((input) => (input === null ? 0 : input.address()));
        const grad = node.grad as Storage;
        (node.run as Backward)(grad.address, grads[0] as Address, grads[1] as Address, grads[2] as Address, grads);
        node.onGrad?.(grad);
        node.grad = null;
        grad.release();
        if (!retainGraph) node.free();
      }
    } finally {
      for (const node of order) {
        node.grad?.release();
        node.grad = null;
        node.release();
      }
    }
  }
}
