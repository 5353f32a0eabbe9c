// DataLoader: batches of a dataset, in order or shuffled, each in a scope of its own.
import { checkBoolean, checkCount, plainError, rangeError, typeError } from "../check.ts";
import { tensor } from "../create.ts";
import { checkObject } from "../op.ts";
import { checkGenerator, Generator } from "../random.ts";
import { randperm } from "../sample.ts";
import { composite, openScope } from "../scope.ts";
import { Tensor } from "../tensor.ts";
import { type Collated, defaultCollate } from "./collate.ts";
import { checkDataset, type Dataset } from "./dataset.ts";

export interface DataLoaderOptions<T, B> {
  /** Samples a batch. Default 1. */
  batchSize?: number;
  /** Whether each pass takes the samples in a new random order. Default false. */
  shuffle?: boolean;
  /** Whether a last batch that is not full is left out. Default false. */
  dropLast?: boolean;
  /** Makes a batch of samples; stacks tensors unless given. */
  collateFn?: (samples: T[]) => B;
  /** Draws the order; the default generator unless given. */
  generator?: Generator;
}

/** Where a loader is in its pass, as a checkpoint keeps it. */
export interface DataLoaderState {
  /** Batches of the pass drawn so far, the one in hand included; 0 between passes. */
  batches: number;
  /** The samples in the order of this pass, int32; null for their own order. */
  order: Tensor | null;
}

interface Pass {
  batches: number;
  order: number[] | null;
}

/**
 * `for (const [x, y] of loader)` goes over a dataset (or an array of samples) once, in batches. Temporaries of one batch are freed when the
 * next is drawn, also those of an asynchronous loop that were made before its first await. The order follows the seeded stream as PyTorch's
 * does with numWorkers = 0.
 * @throws RangeError unless batchSize is a positive integer, or to shuffle nothing.
 * @see https://pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader
 */
export class DataLoader<T, B = Collated<T>> implements Iterable<B> {
  declare readonly dataset: Dataset<T>;
  declare readonly batchSize: number;
  declare readonly dropLast: boolean;
  declare readonly shuffle: boolean;
  readonly #collate: ((samples: T[]) => B) | undefined;
  readonly #generator: Generator | undefined;
  /** Orders the samples where no generator is given; seeded anew for each pass. */
  readonly #sampler = new Generator();
  /** The pass that goes on, or that the next loop takes up. */
  #pass: Pass | null = null;
  #resumes = false;

  constructor(dataset: Dataset<T> | readonly T[], options: DataLoaderOptions<T, B> = {}) {
    checkObject(options, "DataLoader", "batchSize, shuffle, dropLast, collateFn, generator");
    const { batchSize = 1, shuffle = false, dropLast = false, collateFn, generator } = options;
    const samples = dataset as Dataset<T>;
    this.dataset = Array.isArray(dataset) ? { length: dataset.length, get: (i) => dataset[i] as T } : samples;
    checkDataset(this.dataset, "DataLoader");
    checkCount(batchSize, "DataLoader", "batchSize", 1);
    checkBoolean(shuffle, "DataLoader", "shuffle");
    checkBoolean(dropLast, "DataLoader", "dropLast");
    if (collateFn !== undefined && typeof collateFn !== "function") {
      throw typeError`DataLoader: expected collateFn to be a function, got ${collateFn}`;
    }
    if (shuffle && this.dataset.length === 0) throw rangeError`DataLoader: nothing to shuffle`;
    if (generator !== undefined) checkGenerator(generator, "DataLoader");
    this.batchSize = batchSize;
    this.shuffle = shuffle;
    this.dropLast = dropLast;
    this.#collate = collateFn;
    this.#generator = generator;
  }

  /** Number of batches. */
  get length(): number {
    const batches = this.dataset.length / this.batchSize;
    return this.dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  #permutation(generator: Generator): number[] {
    return composite(() => Array.from(randperm(this.dataset.length, { generator }).data));
  }

  #batch(indices: number[]): B {
    const { dataset } = this;
    if (this.#collate === undefined) {
      if (dataset.batch !== undefined) return dataset.batch(indices) as B;
      return defaultCollate(indices.map((i) => dataset.get(i))) as B;
    }
    return this.#collate(indices.map((i) => dataset.get(i)));
  }

  #start(): Pass {
    // PyTorch draws a seed for its workers at the start of a pass, workers or not, then one for the order.
    const source = checkGenerator(this.#generator, "DataLoader");
    source.draw63();
    if (!this.shuffle) return { batches: 0, order: null };
    return { batches: 0, order: this.#permutation(this.#generator ?? this.#sampler.manualSeed(source.draw63())) };
  }

  *[Symbol.iterator](): IterableIterator<B> {
    const { batchSize } = this;
    const n = this.dataset.length;
    const pass = this.#resumes && this.#pass !== null ? this.#pass : this.#start();
    const { order } = pass;
    this.#pass = pass;
    this.#resumes = false;
    try {
      for (let from = pass.batches * batchSize; from < n; from += batchSize) {
        const to = Math.min(from + batchSize, n);
        // A sampler with a generator of the user's draws a second permutation, of which it needs none, as it runs out.
        if (order !== null && this.#generator !== undefined && to - from < batchSize)
          this.#permutation(this.#generator);
        if (to - from < batchSize && this.dropLast) return;
        pass.batches++;
        const scope = openScope();
        try {
          const batch = this.#batch(order?.slice(from, to) ?? Array.from({ length: to - from }, (_, i) => from + i));
          scope.own();
          yield batch;
        } finally {
          scope.close();
        }
      }
      if (order !== null && this.#generator !== undefined && n % batchSize === 0) this.#permutation(this.#generator);
    } finally {
      if (this.#pass === pass) this.#pass = null;
    }
  }

  /** Where the pass is that goes on now: saved inside a loop, a checkpoint can go on with the next batch. */
  stateDict(): DataLoaderState {
    const { batches, order } = this.#pass ?? { batches: 0, order: null };
    return { batches, order: order === null ? null : tensor(Int32Array.from(order)) };
  }

  /**
   * Lets the next loop go on after the batches that `state` counts, in its order and without drawing one. The generators are not part of it.
   * @throws Error for a state of another dataset, batch size or order of shuffling; nothing is changed then.
   */
  loadStateDict(state: DataLoaderState): void {
    checkObject(state, "DataLoader.loadStateDict", "batches, order");
    const { batches, order } = state;
    if (!Number.isInteger(batches) || batches < 0 || batches > this.length) {
      throw rangeError`DataLoader: expected a state of 0 to ${this.length} batches, got ${batches}`;
    }
    const samples = order instanceof Tensor ? Array.from(order.data) : null;
    const n = this.dataset.length;
    const fits = this.shuffle && batches > 0 ? samples !== null && isPermutation(samples, n) : order === null;
    if (!fits)
      throw plainError`DataLoader: the state's order is not that of ${n} samples${this.shuffle ? "" : ", unshuffled"}`;
    this.#resumes = batches > 0;
    this.#pass = this.#resumes ? { batches, order: samples } : null;
  }
}

function isPermutation(values: readonly number[], n: number): boolean {
  const seen = new Set(values);
  return values.length === n && seen.size === n && values.every((v) => Number.isInteger(v) && v >= 0 && v < n);
}
