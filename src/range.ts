// Making tensors of ranges: arange, linspace, eye.

import { checkCount, checkNumber, rangeError, typeError } from "./check.ts";
import { settle } from "./op.ts";
import { type CreateOptions, checkCreate, make, splitOptions } from "./options.ts";
import type { Tensor } from "./tensor.ts";
import { f32, i32, kernels } from "./wasm/index.ts";

function checkFinite(op: string, values: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(values)) {
    checkNumber(value, op, name);
    if (!Number.isFinite(value)) throw rangeError`${op}: expected ${name} to be finite, got ${value}`;
  }
}

/**
 * Numbers from `start` (0) to before `end` in steps of `step` (1): int32 if all three are whole, else float32.
 * @throws RangeError if step is 0 or leads away from end.
 * @see https://pytorch.org/docs/stable/generated/torch.arange.html
 */
export function arange(end: number, options?: CreateOptions): Tensor;
export function arange(start: number, end: number, options?: CreateOptions): Tensor;
export function arange(start: number, end: number, step: number, options?: CreateOptions): Tensor;
export function arange(...args: unknown[]): Tensor {
  const [given, options] = splitOptions<CreateOptions>(args);
  if (given.length < 1 || given.length > 3) {
    throw typeError`arange: expected 1 to 3 numbers, got ${given.length}`;
  }
  const [start, end, step] = (given.length === 1 ? [0, given[0], 1] : [given[0], given[1], given[2] ?? 1]) as number[];
  checkFinite("arange", { start, end, step });
  const [from, to, by] = [start as number, end as number, step as number];
  if (by === 0) throw rangeError`arange: step must be nonzero`;
  if ((to - from) / by < 0) {
    throw rangeError`arange: a step of ${by} does not lead from ${from} to ${to}`;
  }
  const n = Math.ceil((to - from) / by);
  const whole = [from, to, by].every(Number.isInteger);
  const last = from + by * Math.max(n - 1, 0);
  const fits = (v: number) => v >= -2147483648 && v <= 2147483647;
  checkCreate(options, "arange");
  const t = make([n], options, "arange", whole && fits(from) && fits(last) ? "int32" : "float32");
  if (t.dtype === "int32" && !(fits(from) && fits(last))) {
    throw rangeError`arange: the values from ${from} to ${last} do not fit int32`;
  }
  const out = t.dtype === "int32" ? i32 : f32;
  const at = t.ptr / 4;
  for (let i = 0; i < n; i++) out[at + i] = from + by * i;
  return settle(t);
}

/**
 * `steps` numbers from `start` to `end`, both included, evenly spaced.
 * @see https://pytorch.org/docs/stable/generated/torch.linspace.html
 */
export function linspace(start: number, end: number, steps: number, options: CreateOptions = {}): Tensor {
  checkFinite("linspace", { start, end });
  checkCount(steps, "linspace", "steps");
  checkCreate(options, "linspace");
  const t = make([steps], options, "linspace");
  const [from, to] = [Math.fround(start), Math.fround(end)];
  const step = Math.fround(Math.fround(to - from) / (steps - 1));
  const out = t.dtype === "int32" ? i32 : f32;
  const at = t.ptr / 4;
  for (let i = 0; i < steps; i++) {
    out[at + i] = i < steps / 2 ? from + Math.fround(step * i) : to - Math.fround(step * (steps - 1 - i));
  }
  if (steps === 1) out[at] = from;
  return settle(t);
}

/** A matrix with ones on its diagonal and zeros elsewhere, of `n` rows and `m` columns (n). */
export function eye(n: number, ...rest: [m?: number, options?: CreateOptions] | [options: CreateOptions]): Tensor {
  const [given, options] = splitOptions<CreateOptions>(rest);
  const m = (given[0] ?? n) as number;
  checkCount(n, "eye", "n");
  checkCount(m, "eye", "m");
  checkCreate(options, "eye");
  const t = make([n, m], options, "eye");
  kernels.clear(t.ptr, t.numel * 4);
  const out = t.dtype === "int32" ? i32 : f32;
  const at = t.ptr / 4;
  for (let i = 0; i < Math.min(n, m); i++) out[at + i * (m + 1)] = 1;
  return settle(t);
}
