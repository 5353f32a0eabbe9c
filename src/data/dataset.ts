// Datasets: numbered samples, tensors side by side, and parts of a dataset.
import { rangeError, typeError } from "../check.ts";
import { tensor } from "../create.ts";
import { checkObject } from "../op.ts";
import { indexSelect } from "../ops/indexing.ts";
import { select } from "../ops/slicing.ts";
import type { Generator } from "../random.ts";
import { randperm } from "../sample.ts";
import { composite } from "../scope.ts";
import { Tensor } from "../tensor.ts";
import type { Collated } from "./collate.ts";

/**
 * Samples numbered from 0 to length - 1.
 * @see https://pytorch.org/docs/stable/data.html#map-style-datasets
 */
export interface Dataset<T> {
  readonly length: number;
  get(index: number): T;
  /** Where present, makes the batch of these samples at once, as collating them would. */
  batch?(indices: readonly number[]): Collated<T>;
}

/** A tensor for each of a dataset's tensors. */
export type Tensors<T extends readonly Tensor[]> = { -readonly [K in keyof T]: Tensor };

/**
 * Sample i is the i-th entry of each tensor along its first dim.
 * @throws Error if the first dims differ, or without tensors.
 * @see https://pytorch.org/docs/stable/data.html#torch.utils.data.TensorDataset
 */
export class TensorDataset<T extends readonly Tensor[] = Tensor[]> implements Dataset<Tensors<T>> {
  declare readonly tensors: T;
  declare readonly length: number;

  constructor(...tensors: T) {
    if (tensors.length === 0) throw typeError`TensorDataset: expected at least one tensor`;
    for (const t of tensors) {
      if (!(t instanceof Tensor)) {
        throw typeError`TensorDataset: expected Tensors, got ${t}`;
      }
      if (t.ndim === 0) throw rangeError`TensorDataset: a scalar has no samples`;
      if (t.shape[0] !== tensors[0]?.shape[0]) {
        throw rangeError`TensorDataset: size mismatch between tensors: ${tensors.map((x) => x.shape)}`;
      }
    }
    this.tensors = tensors;
    this.length = (tensors[0] as Tensor).shape[0] as number;
  }

  /** The i-th entries, as views. Negative i count from the end. */
  get(index: number): Tensors<T> {
    return this.tensors.map((t) => select(t, 0, index)) as Tensors<T>;
  }

  /** Copies of the named entries, each tensor with a batch dim in front. */
  batch(indices: readonly number[]): Collated<Tensors<T>> {
    return composite(() => {
      const index = tensor(Int32Array.from(indices));
      return this.tensors.map((t) => indexSelect(t, 0, index));
    }) as Collated<Tensors<T>>;
  }
}

/** The samples of `dataset` with these numbers. */
export class Subset<T> implements Dataset<T> {
  declare readonly length: number;
  declare readonly batch?: (indices: readonly number[]) => Collated<T>;
  declare readonly dataset: Dataset<T>;
  declare readonly indices: readonly number[];
  constructor(dataset: Dataset<T>, indices: readonly number[]) {
    checkDataset(dataset, "Subset");
    this.dataset = dataset;
    this.indices = indices;
    for (const i of indices) {
      if (!Number.isInteger(i) || i < 0 || i >= dataset.length) {
        throw rangeError`Subset: index ${i} is out of range for ${dataset.length} samples`;
      }
    }
    this.length = indices.length;
    if (dataset.batch !== undefined) {
      this.batch = (list) => (dataset.batch as NonNullable<Dataset<T>["batch"]>)(list.map((i) => indices[i] as number));
    }
  }
  get(index: number): T {
    return this.dataset.get(this.indices[index] as number);
  }
}

/** @throws TypeError unless `dataset` has samples. */
export function checkDataset(dataset: unknown, owner: string): asserts dataset is Dataset<unknown> {
  const d = dataset as Partial<Dataset<unknown>> | null | undefined;
  if (typeof d !== "object" || d === null || !Number.isInteger(d.length) || typeof d.get !== "function") {
    throw typeError`${owner}: expected a dataset with length and get(index), got ${d}`;
  }
}

/**
 * Parts of a dataset, drawn at random without overlap: of these lengths, or of these fractions of the whole.
 * @throws Error unless the lengths add up to the dataset's, or the fractions to 1.
 * @see https://pytorch.org/docs/stable/data.html#torch.utils.data.random_split
 */
export function randomSplit<T>(
  dataset: Dataset<T>,
  lengths: readonly number[],
  options: { generator?: Generator } = {},
): Subset<T>[] {
  checkObject(options, "randomSplit", "generator");
  checkDataset(dataset, "randomSplit");
  if (!Array.isArray(lengths)) throw typeError`randomSplit: expected lengths as an array, got ${lengths}`;
  const n = dataset.length;
  let sizes = [...lengths];
  const total = sizes.reduce((a, b) => a + b, 0);
  if (Math.abs(total - 1) < 1e-9 && total <= n && sizes.some((s) => !Number.isInteger(s))) {
    sizes = sizes.map((s) => Math.floor(n * s));
    const rest = n - sizes.reduce((a, b) => a + b, 0);
    for (let i = 0; i < rest; i++) sizes[i % sizes.length] = (sizes[i % sizes.length] as number) + 1;
  }
  if (sizes.some((s) => !Number.isInteger(s) || s < 0) || sizes.reduce((a, b) => a + b, 0) !== n) {
    throw rangeError`randomSplit: expected lengths that sum to ${n}, got ${lengths}`;
  }
  const order = composite(() => Array.from(randperm(n, options).data));
  let from = 0;
  return sizes.map((size) => {
    from += size;
    return new Subset(dataset, order.slice(from - size, from));
  });
}
