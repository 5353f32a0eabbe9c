// From samples to a batch: tensors are stacked, numbers become a tensor, arrays and objects are collated place by place.
import { rangeError, typeError } from "../check.ts";
import { tensor } from "../create.ts";
import { stack } from "../ops/joins.ts";
import { Tensor } from "../tensor.ts";

/** The batch that samples of a type collate to. */
export type Collated<T> = T extends Tensor | number | boolean | ArrayBufferView
  ? Tensor
  : T extends string
    ? string[]
    : T extends readonly unknown[]
      ? { -readonly [K in keyof T]: Collated<T[K]> }
      : T extends object
        ? { [K in keyof T]: Collated<T[K]> }
        : never;

function collateAny(samples: readonly unknown[]): unknown {
  const first = samples[0];
  if (first instanceof Tensor) return stack(samples as Tensor[]);
  if (typeof first === "number" || typeof first === "boolean") {
    const whole = samples.every((v) => typeof v === "boolean" || Number.isInteger(v));
    return tensor(samples as number[], { dtype: whole ? "int32" : "float32" });
  }
  if (ArrayBuffer.isView(first)) return stack(samples.map((v) => tensor(v as Float32Array)));
  if (typeof first === "string") return [...samples];
  if (Array.isArray(first)) {
    for (const s of samples) {
      if (!Array.isArray(s) || s.length !== first.length) {
        throw rangeError`collate: expected arrays of one length, ${first.length}`;
      }
    }
    return first.map((_, i) => collateAny(samples.map((s) => (s as unknown[])[i])));
  }
  if (typeof first === "object" && first !== null) {
    const entries = Object.keys(first).map((key): [string, unknown] => [
      key,
      collateAny(samples.map((s) => (s as Record<string, unknown>)[key])),
    ]);
    return Object.fromEntries(entries);
  }
  throw typeError`collate: expected tensors, numbers, texts, arrays or objects, got ${first}`;
}

/**
 * One batch of samples of one kind: tensors of one shape stacked along a new first dim; numbers as a vector, int32 if all are whole;
 * strings as an array; arrays and objects with each of their places collated.
 * @see https://pytorch.org/docs/stable/data.html#torch.utils.data.default_collate
 */
export function defaultCollate<T>(samples: readonly T[]): Collated<T> {
  if (!Array.isArray(samples) || samples.length === 0) {
    throw typeError`collate: expected an array of at least one sample`;
  }
  return collateAny(samples) as Collated<T>;
}
