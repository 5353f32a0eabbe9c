// One row an op: the standard checks that every elementwise op and its gradient must pass.
import { describe, expect, it } from "vitest";
import { memory, noGrad, type Tensor, tensor } from "../../src/index.ts";
import { close, gradcheck, numbers, strided, type Tolerance } from "../check.ts";

export const sizes = [0, 1, 3, 4, 5, 16, 17, 1000] as const;

export interface Row extends Tolerance {
  /** The op under test. */
  fn: (...inputs: Tensor[]) => Tensor;
  /** The same on plain numbers. */
  formula: (...inputs: number[]) => number;
  /** Number of tensors it takes; 1 by default. */
  arity?: number;
  /** Maps test values in [-2, 2] into the op's domain. */
  domain?: (v: number) => number;
  /** false for ops without a gradient. */
  grad?: boolean;
}

/** Values of a plain [n] input, and of the same shape read through a transposed view. */
function inputsOf(row: Row, n: number): Float32Array[] {
  const domain = row.domain ?? ((v: number) => v);
  return Array.from({ length: row.arity ?? 1 }, (_, i) =>
    numbers(n + i)
      .slice(i)
      .map(domain),
  );
}

/** Fails if what `fn` makes, with and without its graph, stays alive after its results are gone. */
export function leakcheck(fn: () => Tensor): void {
  const { liveBytes, liveTensors } = memory();
  fn().dispose();
  expect(memory().liveTensors - liveTensors, "live tensors").toBe(0);
  expect(memory().liveBytes - liveBytes, "live bytes").toBe(0);
}

/** Registers the checks of an op under its exported name. The completeness test looks for these calls. */
export function row(name: string, options: Row): void {
  const { fn, formula, grad = true } = options;
  describe(name, () => {
    it.each(sizes)("equals the formula on %i elements", (n) => {
      const values = inputsOf(options, n);
      const y = fn(...values.map((v) => tensor(v)));
      close(
        y,
        Float32Array.from({ length: n }, (_, i) => formula(...values.map((v) => v[i] as number))),
        options,
      );
    });

    it("reads strided views", () => {
      const values = inputsOf(options, 15);
      const plain = fn(...values.map((v) => tensor(v, { shape: [3, 5] })));
      const viewed = fn(...values.map((v) => strided(v, [3, 5])));
      expect(viewed.shape).toEqual([3, 5]);
      expect(viewed.toArray()).toEqual(plain.toArray());
    });

    if (grad) {
      it.each([1, 3, 5, 17])("has the numeric gradient on %i elements", (n) => {
        gradcheck(
          fn,
          inputsOf(options, n).map((v) => tensor(v)),
        );
      });
    }

    it("frees what it made", () => {
      const inputs = inputsOf(options, 15).map((v) => tensor(v, { shape: [3, 5], requiresGrad: grad }));
      leakcheck(() => fn(...inputs));
      leakcheck(() => noGrad(() => fn(...inputs)));
      const views = inputs.map((x) => strided(x.data, [3, 5]).requiresGrad_(grad));
      leakcheck(() => fn(...views));
    });
  });
}

/** A describe block under an op's exported name, for ops whose checks are written out. */
export const op: typeof describe = describe;
