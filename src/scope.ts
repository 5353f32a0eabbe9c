// Who frees a tensor: the op that made a temporary, the scope it was made in, or at last the FinalizationRegistry.
import { typeError } from "./check.ts";
import type { Tensor } from "./tensor.ts";

class Scope implements Witness {
  readonly tensors: Tensor[] = [];
  /** How many of them the code that opened it has surely made; of the others that is known if it ends within one synchronous run. */
  sure = 0;

  see(): void {
    this.sure = this.tensors.length;
  }
}

const scopes: Scope[] = [];
/** Made by an op that has not settled yet. */
const pending: Tensor[] = [];
let gradMode = true;

/** What frees a tensor's memory, without leading back to the tensor. */
export interface Handle {
  release(): void;
}

/** Hears of every use of a tensor that only one request has. */
export interface Witness {
  see(): void;
}

/**
 * One registration costs 1.5 to 2 us (Node 20 and 24), more than a small op. So small tensors share one: each holds the
 * group's token, which dies with the last of them. Large ones have their own, so that none waits for another.
 */
const registry: FinalizationRegistry<readonly Handle[]> | null =
  typeof FinalizationRegistry === "function"
    ? new FinalizationRegistry((handles) => {
        for (const handle of handles) handle.release();
      })
    : null;
const GROUP = 16;
const LARGE_BYTES = 16384;
let token: object = {};
let group: Handle[] = [];

function register(t: Tensor, handle: Handle): void {
  if (registry === null) return;
  if (t.kept || t.storage.bytes > LARGE_BYTES) {
    registry.register(t, [handle]);
    return;
  }
  if (group.length === GROUP) {
    token = {};
    group = [];
  }
  if (group.length === 0) registry.register(token, group);
  group.push(handle);
  t.group = token;
}

/** Whether operations are recorded for backward. */
export function isGradEnabled(): boolean {
  return gradMode;
}

/** Notes a tensor that an op is making. */
export function pend(t: Tensor): Tensor {
  pending.push(t);
  return t;
}

/** Hands a tensor to the innermost scope, or to the FinalizationRegistry where there is none. */
export function track(t: Tensor): void {
  const scope = scopes[scopes.length - 1];
  if (scope !== undefined && !t.kept) {
    scope.tensors.push(t);
    return;
  }
  const handle = t.handle();
  if (handle !== null) register(t, handle);
}

/**
 * Ends an op: `y` (and `more`) are its results, everything else that it or an op that threw before it made is freed.
 */
export function settle(y: Tensor, ...more: readonly Tensor[]): Tensor {
  if (pending.length > 1) for (const t of pending) if (t !== y && !more.includes(t)) t.dispose();
  pending.length = 0;
  track(y);
  for (const t of more) track(t);
  return y;
}

/** Frees what an op that threw left behind. */
export function sweep(): void {
  for (const t of pending) t.dispose();
  pending.length = 0;
}

function close(scope: Scope, survivors: ReadonlySet<Tensor> | null): void {
  const at = scopes.lastIndexOf(scope);
  if (at >= 0) scopes.splice(at, 1);
  for (const t of scope.tensors) {
    if (t.isFreed) continue;
    if (t.kept || survivors?.has(t)) track(t);
    else t.dispose("the end of its scope");
  }
  scope.tensors.length = 0;
}

/** Every tensor inside a value: itself, or in arrays, maps and plain objects. */
function collect(value: unknown, into: Set<Tensor>, isTensor: (v: unknown) => v is Tensor): void {
  if (isTensor(value)) {
    into.add(value);
    return;
  }
  if (Array.isArray(value)) for (const v of value) collect(v, into, isTensor);
  else if (value instanceof Map) for (const v of value.values()) collect(v, into, isTensor);
  else if (typeof value === "object" && value !== null) {
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) return;
    for (const v of Object.values(value)) collect(v, into, isTensor);
  }
}

function isTensor(value: unknown): value is Tensor {
  return typeof value === "object" && value !== null && "isFreed" in value && "handle" in value;
}

function run<T>(fn: () => T, name: string): T {
  if (typeof fn !== "function") throw typeError`${name}: expected a function, got ${typeof fn}`;
  const scope = new Scope();
  scopes.push(scope);
  let survivors: Set<Tensor> | null = null;
  try {
    const result = fn();
    if (typeof result === "object" && result !== null) {
      if ("then" in result && typeof result.then === "function") {
        throw typeError`${name}: the function returned a promise, but it must be synchronous`;
      }
      survivors = new Set();
      collect(result, survivors, isTensor);
    }
    return result;
  } finally {
    close(scope, survivors);
  }
}

/**
 * Runs `fn` and frees every tensor made inside it, except those that it returns (alone or in arrays and plain objects),
 * those named by `keep`, parameters, buffers, gradients of leaves and optimizer state.
 * @throws TypeError if `fn` returns a promise.
 */
export function scope<T>(fn: () => T): T {
  return run(fn, "scope");
}

/**
 * Runs `fn` without recording for backward, and frees what was made inside as `scope` does.
 * @throws TypeError if `fn` returns a promise.
 * @see https://pytorch.org/docs/stable/generated/torch.no_grad.html
 */
export function noGrad<T>(fn: () => T): T {
  const before = gradMode;
  gradMode = false;
  try {
    return run(fn, "noGrad");
  } finally {
    gradMode = before;
  }
}

/** Runs `fn` with recording for backward on, inside noGrad too. Frees nothing by itself. */
export function enableGrad<T>(fn: () => T): T {
  const before = gradMode;
  gradMode = true;
  try {
    return fn();
  } finally {
    gradMode = before;
  }
}

/** For compositions of ops: frees the intermediates when `fn` returns; the gradient keeps what it needs. */
export function composite<T>(fn: () => T): T {
  return run(fn, "composite");
}

/** Lets a tensor outlive the scopes it was made in. Gives the tensor back. */
export function keep<T extends Tensor>(t: T): T {
  t.kept = true;
  return t;
}

/** A scope around code that may wait. */
export interface OpenScope {
  /** Says that all made in it so far is its own, and so is all that will be there when one of those is used. */
  own(): void;
  close(): void;
}

/**
 * Opens a scope that ends when it is closed, or is only detached when the current synchronous run ends. Before that the run of another
 * request may have come in between, for nothing tells where one ends: then only what is surely its own is freed at the end.
 */
export function openScope(): OpenScope {
  const scope = new Scope();
  scopes.push(scope);
  detachSoon();
  return {
    own() {
      for (const t of scope.tensors) t.witness = scope;
      scope.see();
    },
    close: () => close(scope, null),
  };
}

let detaching = false;
function detachSoon(): void {
  if (detaching) return;
  detaching = true;
  queueMicrotask(() => {
    detaching = false;
    for (const scope of scopes.splice(0)) {
      for (const t of scope.tensors.splice(scope.sure)) if (!t.isFreed) track(t);
    }
  });
}
