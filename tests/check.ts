// What tests compare with: tolerances that see NaN and Inf, numeric gradients, and PyTorch's figures.
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { noGrad, type Tensor, tensor } from "../src/index.ts";
import { settle } from "../src/scope.ts";
import { viewOf } from "../src/tensor.ts";

export interface Tolerance {
  rtol?: number;
  atol?: number;
}

type Values = Tensor | ArrayLike<number> | number | readonly unknown[];

function flat(values: Values): number[] {
  if (typeof values === "number") return [values];
  if ("data" in (values as object)) return Array.from((values as Tensor).data);
  return (Array.from(values as ArrayLike<unknown>) as unknown[]).flat(Infinity).map((v) => Number(v));
}

/** Fails unless every element is within atol + rtol * |expected|, with NaN and infinities in the same places. */
export function close(actual: Values, expected: Values, { rtol = 1e-6, atol = 1e-6 }: Tolerance = {}): void {
  const a = flat(actual);
  const e = flat(expected);
  expect(a.length, "number of elements").toBe(e.length);
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as number;
    const y = e[i] as number;
    if (Object.is(x, y) || x === y) continue;
    if (Math.abs(x - y) <= atol + rtol * Math.abs(y)) continue;
    expect.fail(`element ${i}: got ${x}, expected ${y} (of ${a.slice(0, 8)} and ${e.slice(0, 8)})`);
  }
}

/**
 * Compares the gradients of sum(weights * fn(inputs)) with central differences in every element of every input.
 * Weights differ from element to element, so that mixed up elements show.
 */
export function gradcheck(
  fn: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  { eps = 1e-2, rtol = 2e-2, atol = 2e-3 }: Tolerance & { eps?: number } = {},
): void {
  const leaves = inputs.map((x) => tensor(x.data, { shape: x.shape, requiresGrad: true }));
  const y = fn(...leaves);
  const weights = Float32Array.from({ length: y.numel }, (_, i) => 0.5 + ((i * 7) % 5) / 4);
  if (y.requiresGrad) y.backward(tensor(weights, { shape: y.shape }));
  const value = (values: readonly Float32Array[]): number =>
    noGrad(() => {
      const out = fn(...inputs.map((x, i) => tensor(values[i] as Float32Array, { shape: x.shape }))).data;
      let sum = 0;
      for (const [i, v] of out.entries()) sum += v * (weights[i] as number);
      return sum;
    });
  const base = inputs.map((x) => x.data as Float32Array);
  for (const [i, leaf] of leaves.entries()) {
    const numeric = Float32Array.from(base[i] as Float32Array, (v, j) => {
      const at = (dv: number) => {
        const moved = base.map((b) => b.slice());
        (moved[i] as Float32Array)[j] = v + dv;
        return value(moved);
      };
      return (at(eps) - at(-eps)) / (2 * eps);
    });
    close(leaf.grad ?? new Float32Array(leaf.numel), numeric, { rtol, atol });
  }
}

/** PyTorch's figures, written by tests/fixtures/<name>.py. Strings stand for NaN and infinities. */
export function fixtures<T>(name: string): T {
  const text = readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), "utf8");
  const special: Record<string, number> = { NaN: Number.NaN, Infinity, "-Infinity": -Infinity };
  return JSON.parse(text, (_, value) => (typeof value === "string" ? (special[value] ?? value) : value)) as T;
}

/** Evenly spread but unordered numbers in [-scale, scale], the same at every run. */
export function numbers(n: number, scale: number = 2): Float32Array {
  return Float32Array.from({ length: n }, (_, i) => scale * (((i * 0.618034 + 0.271828) % 1) * 2 - 1));
}

/** A tensor whose elements lie column by column: the same values as tensor(values, { shape }), but not contiguous. */
export function strided(values: ArrayLike<number>, [rows, columns]: readonly [number, number]): Tensor {
  const turned = Float32Array.from(
    { length: rows * columns },
    (_, i) => values[(i % rows) * columns + Math.floor(i / rows)] as number,
  );
  return settle(viewOf(tensor(turned), [rows, columns], [1, rows], 0));
}
