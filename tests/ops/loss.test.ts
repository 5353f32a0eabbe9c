import { expect, it } from "vitest";
import { functional as F, tensor, zeros } from "../../src/index.ts";
import { runCases } from "../cases.ts";
import { close } from "../check.ts";
import { op, row } from "./row.ts";

runCases("losses");

const none = { reduction: "none" } as const;
// away from the kinks, where a difference quotient says nothing
row("l1Loss", {
  arity: 2,
  fn: (x, t) => F.l1Loss(x, t, none),
  formula: (x, t) => Math.abs(x - t),
});
row("mseLoss", { arity: 2, fn: (x, t) => F.mseLoss(x, t, none), formula: (x, t) => (x - t) ** 2 });
row("smoothL1Loss", {
  arity: 2,
  fn: (x, t) => F.smoothL1Loss(x, t, { ...none, beta: 2 }),
  formula: (x, t) => (Math.abs(x - t) < 2 ? (x - t) ** 2 / 4 : Math.abs(x - t) - 1),
});
row("huberLoss", {
  arity: 2,
  fn: (x, t) => F.huberLoss(x, t, { ...none, delta: 2 }),
  formula: (x, t) => (Math.abs(x - t) <= 2 ? (x - t) ** 2 / 2 : 2 * (Math.abs(x - t) - 1)),
});
const two = tensor([2]);
const unit = (v: number) => 0.2 + (v + 2) * 0.15;
row("binaryCrossEntropy", {
  arity: 2,
  domain: unit,
  fn: (x, t) => F.binaryCrossEntropy(x, t, none),
  formula: (x, t) => -(t * Math.log(x) + (1 - t) * Math.log(1 - x)),
});
row("binaryCrossEntropyWithLogits", {
  arity: 2,
  fn: (x, t) => F.binaryCrossEntropyWithLogits(x, t, { ...none, posWeight: two }),
  formula: (x, t) => (1 - t) * x + (1 + t) * Math.log(1 + Math.exp(-x)),
});
row("klDiv", {
  arity: 2,
  domain: unit,
  fn: (x, t) => F.klDiv(x, t, none),
  formula: (x, t) => t * (Math.log(t) - x),
});

op("sums", () => {
  it("of 200,000 losses keep their digits", () => {
    const n = 200_000;
    const x = tensor(Float32Array.from({ length: n }, (_, i) => 0.1 + ((i * 0.618034) % 1) * 0.8));
    const t = tensor(Float32Array.from({ length: n }, (_, i) => (i * 0.414214) % 1));
    const [xs, ts] = [Array.from(x.data), Array.from(t.data)];
    const sum = (f: (x: number, t: number) => number) => xs.reduce((s, v, i) => s + f(v, ts[i] as number), 0);
    const o = { reduction: "sum" } as const;
    const exact = { rtol: 2e-7, atol: 0 };
    close(
      F.mseLoss(x, t, o).item(),
      sum((a, b) => (a - b) ** 2),
      exact,
    );
    close(
      F.l1Loss(x, t, o).item(),
      sum((a, b) => Math.abs(a - b)),
      exact,
    );
    close(
      F.smoothL1Loss(x, t, o).item(),
      sum((a, b) => (a - b) ** 2 / 2),
      exact,
    );
    close(
      F.binaryCrossEntropy(x, t, o).item(),
      sum((a, b) => -(b * Math.log(a) + (1 - b) * Math.log(1 - a))),
      exact,
    );
    close(
      F.klDiv(x, t, o).item(),
      sum((a, b) => (b === 0 ? 0 : b * (Math.log(b) - a))),
      exact,
    );
  });
});

op("losses", () => {
  const x = zeros([3]);
  it("say which shapes do not go together", () => {
    expect(() => F.mseLoss(x, zeros([4]))).toThrow("mseLoss: shapes [3] and [4] do not broadcast");
    expect(() => F.klDiv(x, zeros([2, 2]))).toThrow("klDiv: shapes [3] and [2, 2] do not broadcast");
    expect(() => F.binaryCrossEntropy(x, zeros([1]))).toThrow(
      "binaryCrossEntropy: expected target of the shape [3], got [1]",
    );
    expect(() => F.binaryCrossEntropyWithLogits(x, zeros([1, 3]))).toThrow(
      "binaryCrossEntropyWithLogits: expected target of the shape [3], got [1, 3]",
    );
    expect(() => F.binaryCrossEntropy(x, x, { weight: zeros([2]) })).toThrow("[2] and [3] do not broadcast");
    expect(() => F.binaryCrossEntropyWithLogits(x, x, { posWeight: zeros([2, 3]) })).toThrow(
      "binaryCrossEntropyWithLogits: posWeight of shape [2, 3] does not broadcast to [3]",
    );
  });
  it("know three reductions, klDiv four", () => {
    const wrong = { reduction: "foo" } as unknown as { reduction: "sum" };
    for (const name of ["l1Loss", "mseLoss", "smoothL1Loss", "huberLoss", "binaryCrossEntropy", "klDiv"] as const) {
      expect(() => F[name](x, x, wrong)).toThrow(`${name}: foo is not a valid value for reduction, expected "none"`);
    }
    expect(() => F.mseLoss(x, x, { reduction: "batchmean" as "mean" })).toThrow("batchmean is not a valid value");
    expect(F.klDiv(x, x, { reduction: "batchmean" }).item()).toBe(0);
    expect(() => F.l1Loss(x, x, "sum" as unknown as object)).toThrow("l1Loss: expected an object of options");
  });
  it("reject parameters out of range", () => {
    for (const beta of [-1, Number.NaN, "1" as unknown as number]) {
      expect(() => F.smoothL1Loss(x, x, { beta })).toThrow(
        `smoothL1Loss: expected beta to be a number of at least 0, got ${beta}`,
      );
    }
    for (const delta of [0, -1, Number.NaN]) {
      expect(() => F.huberLoss(x, x, { delta })).toThrow(
        `huberLoss: expected delta to be a positive number, got ${delta}`,
      );
    }
    expect(() => F.klDiv(x, x, { logTarget: 1 as unknown as boolean })).toThrow(
      "klDiv: expected logTarget to be a boolean",
    );
  });
  it("reject what is no tensor or has the wrong dtype", () => {
    const ints = tensor(Int32Array.of(1, 0, 1));
    expect(() => F.mseLoss(x, undefined as unknown as typeof x)).toThrow(
      "mseLoss: expected target to be a Tensor, got undefined",
    );
    expect(() => F.l1Loss(3 as unknown as typeof x, x)).toThrow("l1Loss: expected input to be a Tensor, got 3");
    expect(() => F.mseLoss(ints, ints)).toThrow("mseLoss: expected float32 tensors, got int32 twice");
    expect(() => F.binaryCrossEntropy(x, ints)).toThrow("binaryCrossEntropy: expected target to be float32, got int32");
    expect(() => F.binaryCrossEntropyWithLogits(x, ints)).toThrow("expected target to be float32, got int32");
    expect(() => F.klDiv(x, ints)).toThrow("klDiv: expected target to be float32, got int32");
    expect(() => F.binaryCrossEntropy(x, x, { weight: 2 as unknown as typeof x })).toThrow(
      "binaryCrossEntropy: expected weight to be a Tensor, got 2",
    );
  });
  it("take probabilities between 0 and 1", () => {
    for (const p of [1.01, -0.01, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => F.binaryCrossEntropy(tensor([0, 0.5, 1, p]), zeros([4]))).toThrow(
        "binaryCrossEntropy: all elements of input should be between 0 and 1",
      );
    }
  });
  it("give their weights no gradient", () => {
    const weight = tensor([1, 2, 3], { requiresGrad: true });
    expect(() => F.binaryCrossEntropy(x, x, { weight })).toThrow(
      "binaryCrossEntropy: weight gets no gradient: pass weight.detach()",
    );
    expect(() => F.binaryCrossEntropyWithLogits(x, x, { posWeight: weight })).toThrow(
      "binaryCrossEntropyWithLogits: posWeight gets no gradient: pass posWeight.detach()",
    );
  });
  it("of beta 0 are l1Loss, its gradient included", () => {
    const a = tensor([1, 2, Number.NaN], { requiresGrad: true });
    F.smoothL1Loss(a, tensor([1, 1, 1]), { beta: 0, reduction: "sum" }).backward();
    expect(a.grad?.toArray()).toEqual([0, 1, 0]);
  });
  it("add both gradients where input and target are one tensor", () => {
    const a = tensor([1, 2], { requiresGrad: true });
    F.binaryCrossEntropyWithLogits(a, a, { reduction: "sum" }).backward();
    const expected = [1, 2].map((v) => 1 / (1 + Math.exp(-v)) - v - v);
    close(a.grad as typeof a, expected);
    const b = tensor([1, 2], { requiresGrad: true });
    F.mseLoss(b, b).backward();
    expect(b.grad?.toArray()).toEqual([0, 0]);
  });
});
