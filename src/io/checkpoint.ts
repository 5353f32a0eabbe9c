// Checkpoints: a whole training run in one safetensors file, so that it can stop anywhere and go on bit for bit.
import { plainError, typeError } from "../check.ts";
import { Module } from "../nn/module.ts";
import { checkObject } from "../op.ts";
import { ReduceLROnPlateau } from "../optim/plateau.ts";
import { LRScheduler } from "../optim/scheduler.ts";
import { defaultGenerator, Generator } from "../random.ts";
import { scope } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { loadSafetensors, readSafetensorsMetadata, saveSafetensors } from "./safetensors.ts";
import { difference, pack, unpack } from "./tree.ts";

/** Whatever has a state: modules, optimizers, schedulers, and classes of the user's with these two methods. */
export interface Stateful {
  stateDict(): object;
  loadStateDict(state: never): unknown;
}

/** What to restore, by the names it was saved under. */
export type Targets = Readonly<Record<string, Stateful | Generator>>;

/** What a checkpoint tells besides the states: epoch, and all else that was saved with it. */
export interface CheckpointValues {
  epoch?: number;
  [name: string]: unknown;
}

/** Key of the tree in the file's metadata. */
const KEY = "lanegrad_checkpoint";
/** Name of the default generator's state, which no name of a user's can be. */
const DEFAULT = "$rng";

interface Tree {
  states: Record<string, unknown>;
  values: Record<string, unknown>;
}

function isStateful(value: unknown): value is Stateful {
  const v = value as Partial<Stateful> | null;
  return (
    typeof v === "object" && v !== null && typeof v.stateDict === "function" && typeof v.loadStateDict === "function"
  );
}

function stateOf(target: Stateful | Generator): object {
  return target instanceof Generator ? target.getState() : target.stateDict();
}

/**
 * A training run as the bytes of one safetensors file. Of everything with a `stateDict()` (model, optimizer, scheduler, ...) and of generators
 * the state is saved; everything else must be plain: numbers, strings, booleans, null, tensors, lists and objects of them.
 * The state of the default generator is always included. The model's tensors are called `model.<name>`, so that other tools read them.
 *
 *     const bytes = saveCheckpoint({ model, optimizer, scheduler, epoch });
 *
 * @throws TypeError for a value that a file cannot hold.
 */
export function saveCheckpoint(run: Readonly<Record<string, unknown>>): Uint8Array<ArrayBuffer> {
  if (typeof run !== "object" || run === null || isStateful(run)) {
    throw typeError`saveCheckpoint: expected an object such as { model, optimizer, epoch }`;
  }
  return scope(() => {
    const tensors = new Map<string, Tensor>();
    const states: Record<string, unknown> = {};
    const values: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(run)) {
      if (name.startsWith("$") || name === "__proto__") {
        throw typeError`saveCheckpoint: the name ${JSON.stringify(name)} is reserved`;
      }
      const stateful = value instanceof Generator || isStateful(value);
      if (stateful) states[name] = pack(stateOf(value), name, tensors);
      else if (value !== undefined) values[name] = pack(value, name, tensors);
    }
    states[DEFAULT] = pack(defaultGenerator.getState(), DEFAULT, tensors);
    const metadata = { format: "pt", [KEY]: JSON.stringify({ states, values }) };
    return saveSafetensors(Object.fromEntries(tensors), { metadata });
  });
}

function readTree(bytes: Uint8Array | ArrayBuffer): Tree {
  const text = readSafetensorsMetadata(bytes)[KEY];
  if (text === undefined) throw plainError`loadCheckpoint: the file is no checkpoint`;
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    throw plainError`loadCheckpoint: the checkpoint is damaged: no JSON`;
  }
  const tree = unpack(raw, loadSafetensors(bytes)) as Partial<Tree> | null;
  for (const part of [tree?.states, tree?.values]) {
    if (typeof part !== "object" || part === null || Array.isArray(part)) {
      throw plainError`loadCheckpoint: the checkpoint is damaged: no states or values`;
    }
  }
  return tree as Tree;
}

/** Classes whose loading takes any state of their form. Optimizers and classes of the user's check what they are given. */
const CHECKED = [Module, Generator, LRScheduler, ReduceLROnPlateau];

/** @throws Error unless the state has the form of the target's own. */
function check(name: string, target: Stateful | Generator, state: unknown): void {
  if (!CHECKED.some((kind) => target instanceof kind)) return;
  const found = difference(stateOf(target), state, name);
  if (found !== null) throw plainError`loadCheckpoint: the state of ${name} does not fit: ${found}`;
}

function restore(target: Stateful | Generator, state: unknown): void {
  if (target instanceof Generator) target.setState(state as Tensor);
  else (target.loadStateDict as (state: unknown) => unknown).call(target, state);
}

/**
 * Restores what `saveCheckpoint` saved into targets of the same names, and gives the values saved with them. What has no target is left alone.
 * `rng`: whether the default generator goes on where it was; true unless given.
 *
 *     const { epoch } = loadCheckpoint(bytes, { model, optimizer, scheduler });
 *
 * @throws Error for a damaged file, for a target that the file lacks, for a state that does not fit; every target is then as it was before.
 */
export function loadCheckpoint(
  bytes: Uint8Array | ArrayBuffer,
  targets: Targets = {},
  options: { rng?: boolean } = {},
): CheckpointValues {
  checkObject(options, "loadCheckpoint", "rng");
  const { rng = true } = options;
  if (typeof targets !== "object" || targets === null || isStateful(targets)) {
    throw typeError`loadCheckpoint: expected the targets as an object such as { model, optimizer }`;
  }
  return scope(() => {
    const { states, values } = readTree(bytes);
    const names = Object.keys(states).filter((name) => name !== DEFAULT);
    for (const [name, target] of Object.entries(targets)) {
      if (!(target instanceof Generator) && !isStateful(target)) {
        throw typeError`loadCheckpoint: ${name} has no state to restore`;
      }
      if (!Object.hasOwn(states, name)) {
        throw plainError`loadCheckpoint: the checkpoint holds no ${name}; it holds ${names.join(", ") || "no state"}`;
      }
      check(name, target, states[name]);
    }
    const wanted = Object.entries(targets);
    if (rng && Object.hasOwn(states, DEFAULT)) {
      check("the default generator", defaultGenerator, states[DEFAULT]);
      wanted.push([DEFAULT, defaultGenerator]);
    }
    // What was checked as a whole comes last; whatever comes before can refuse, and is then put back.
    const order = (target: Stateful | Generator): number => (target instanceof Module ? 1 : 0);
    wanted.sort((a, b) => order(a[1]) - order(b[1]));
    const done: [Stateful | Generator, object][] = [];
    try {
      for (const [name, target] of wanted) {
        if (!(target instanceof Module)) done.push([target, stateOf(target)]);
        restore(target, states[name]);
      }
    } catch (error) {
      for (const [target, before] of done) restore(target, before);
      throw error;
    }
    return values;
  });
}
