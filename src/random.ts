// Generators of random numbers: PyTorch's CPU stream, the default one and others made by hand.
import { plainError, rangeError, typeError } from "./check.ts";
import { checkTensor, empty, scratch, settle } from "./op.ts";
import { keep } from "./scope.ts";
import type { Tensor } from "./tensor.ts";
import { type Address, i32, kernels } from "./wasm/index.ts";

/** Words of a state: 624 of the twister, its index, and a normal that waits. */
const STATE = 628;
function checkSeed(seed: unknown): bigint {
  const whole = typeof seed === "bigint" ? seed : Number.isSafeInteger(seed) ? BigInt(seed as number) : null;
  if (whole === null) {
    throw typeError`manualSeed: expected a safe integer or a bigint, got ${seed}`;
  }
  if (whole < -(2n ** 63n) || whole >= 2n ** 64n) {
    throw rangeError`manualSeed: expected a seed from -2^63 to 2^64 - 1, got ${whole}`;
  }
  return BigInt.asUintN(64, whole);
}

/**
 * 53 bits that nobody foresees. Not of globalThis.crypto: Workers refuse that outside of requests, and Node takes 3 to 5 ms to load it at
 * its first use (benchmarks/cold.mjs). Every engine seeds Math.random itself, and no secret depends on it.
 */
function entropy(): bigint {
  const [high, low] = [Math.random() * 2 ** 21, Math.random() * 2 ** 32].map(Math.floor) as [number, number];
  return (BigInt(high) << 32n) | BigInt(low);
}

/**
 * A Mersenne twister that gives the stream of PyTorch's CPU generator. Unseeded, it draws its seed at first use.
 * @see https://pytorch.org/docs/stable/generated/torch.Generator.html
 */
export class Generator {
  #state: Tensor | null = null;
  #seed: bigint | null = null;
  readonly #isDefault: boolean;

  /** @internal `isDefault` is for the one generator whose state the kernels hold. */
  constructor(isDefault: boolean = false) {
    this.#isDefault = isDefault;
  }

  #place(): Address {
    if (this.#isDefault) return kernels.defaultGenerator();
    this.#state ??= settle(keep(empty([STATE], "int32")));
    return this.#state.ptr;
  }

  #start(seed: bigint): void {
    kernels.seedState(this.#place(), Number(BigInt.asIntN(32, seed)));
    this.#seed = seed;
  }

  /** Where the state lies. Call it before an op makes its result: it may allocate. @internal */
  get address(): Address {
    if (this.#seed === null) this.#start(entropy());
    return this.#place();
  }

  /**
   * Starts the stream that `torch.manual_seed(seed)` starts. Gives the generator back.
   * @throws RangeError outside -2^63 to 2^64 - 1, TypeError if `seed` is no integer.
   */
  manualSeed(seed: number | bigint): this {
    this.#start(checkSeed(seed));
    return this;
  }

  /** Starts from a seed that nobody foresees, and gives it. */
  seed(): number {
    const seed = entropy();
    this.#start(seed);
    return Number(seed);
  }

  /** The seed last started from. */
  initialSeed(): bigint {
    void this.address;
    return this.#seed as bigint;
  }

  /** A draw of 63 bits, as of an empty int64 tensor's random_(). @internal */
  draw63(): bigint {
    const state = this.address;
    const at = scratch(8);
    kernels.random63(state, at);
    const [low, high] = i32.slice(at / 4, at / 4 + 2) as unknown as [number, number];
    return (BigInt(high) << 32n) | BigInt(low >>> 0);
  }

  /** The whole state, as an int32 tensor [628]: what a checkpoint keeps. */
  getState(): Tensor {
    const from = this.address / 4;
    const state = empty([STATE], "int32");
    i32.copyWithin(state.ptr / 4, from, from + STATE);
    return settle(state);
  }

  /** Goes on from a state of `getState()`. @throws Error if it is none. */
  setState(state: Tensor): this {
    checkTensor(state, "setState", "state");
    if (state.dtype !== "int32" || state.numel !== STATE) {
      throw plainError`setState: expected int32 [${STATE}] of getState(), got ${state.dtype} ${state.shape}`;
    }
    const words = state.data;
    const index = words[624] as number;
    if (index < 0 || index > 624) throw plainError`setState: the state is damaged`;
    const to = this.#place();
    i32.set(words, to / 4);
    this.#seed ??= 0n;
    return this;
  }
}

/** The generator that everything draws from unless told otherwise. */
export const defaultGenerator: Generator = /* @__PURE__ */ new Generator(true);

/** The given generator, or the default one. @internal */
export function checkGenerator(generator: unknown, op: string): Generator {
  if (generator === undefined || generator === null) return defaultGenerator;
  if (!(generator instanceof Generator)) {
    throw typeError`${op}: expected generator to be a Generator, got ${generator}`;
  }
  return generator;
}

/** @throws RangeError unless 0 <= p <= 1. @internal */
export function checkProbability(p: unknown, what: string): void {
  if (typeof p !== "number" || !(p >= 0 && p <= 1)) {
    throw rangeError`${what} has to be between 0 and 1, but got ${p}`;
  }
}

/**
 * Seeds the default generator: the stream, and with it initial weights, dropout masks and shuffling, is that of
 * `torch.manual_seed(seed)` on CPU. A negative seed counts from 2^64.
 * @see https://pytorch.org/docs/stable/generated/torch.manual_seed.html
 */
export function manualSeed(seed: number | bigint): Generator {
  return defaultGenerator.manualSeed(seed);
}

/** Seeds the default generator with what nobody foresees, and gives the seed. */
export function seed(): number {
  return defaultGenerator.seed();
}

/** The seed the default generator last started from. */
export function initialSeed(): bigint {
  return defaultGenerator.initialSeed();
}

/** The default generator's whole state, as an int32 tensor [628]. */
export function getRngState(): Tensor {
  return defaultGenerator.getState();
}

/** Lets the default generator go on from a state of `getRngState()`. */
export function setRngState(state: Tensor): void {
  defaultGenerator.setState(state);
}
