import { expect, it } from "vitest";
import { functional as F, noGrad, tensor, zeros } from "../../src/index.ts";
import { runCases } from "../cases.ts";
import { close, gradcheck, numbers } from "../check.ts";
import { leakcheck, op } from "./row.ts";

runCases("classes");

const ints = (...values: number[]) => tensor(Int32Array.from(values));
const scores = (...shape: number[]) => tensor(numbers(shape.reduce((n, s) => n * s, 1)), { shape });

op("crossEntropy", () => {
  const x = scores(2, 3);
  const weight = tensor([1, 0.5, 2]);

  it("has the numeric gradient, of probabilities too", () => {
    for (const reduction of ["mean", "sum", "none"] as const) {
      const o = { reduction, weight, labelSmoothing: 0.2 };
      gradcheck((a) => F.crossEntropy(a, ints(2, 0), o), [x]);
      gradcheck(
        (a, t) => F.crossEntropy(a, t, o),
        [
          x,
          tensor([
            [0.2, 0.3, 0.5],
            [1, 0, 0],
          ]),
        ],
      );
      gradcheck((a, t) => F.crossEntropy(a, t, o), [scores(2, 3, 2), tensor(numbers(12), { shape: [2, 3, 2] })]);
    }
  });

  it("spans panels of places and long rows", () => {
    const a = scores(2, 5, 150);
    const t = tensor(
      Int32Array.from({ length: 300 }, (_, i) => (i * 7) % 5),
      { shape: [2, 150] },
    );
    const o = { weight: tensor([1, 2, 3, 4, 5]), labelSmoothing: 0.1, ignoreIndex: 2 };
    // the places as rows of their own
    const rows = a.permute(0, 2, 1).reshape(300, 5);
    close(F.crossEntropy(a, t, o), F.crossEntropy(rows, t.reshape(300), o));
    close(
      F.crossEntropy(a, t, { ...o, reduction: "none" }),
      F.crossEntropy(rows, t.reshape(300), { ...o, reduction: "none" }),
    );
    const long = scores(3, 1003);
    const classes = ints(0, 1002, 500);
    close(F.crossEntropy(long, classes), F.nllLoss(F.logSoftmax(long, 1), classes));
  });

  it("names targets that are no class, before any kernel runs", () => {
    expect(() => F.crossEntropy(x, ints(0, 3))).toThrow(
      "crossEntropy: Target 3 is out of bounds: expected 0 to 2, or -100",
    );
    expect(() => F.crossEntropy(x, ints(-1, 0))).toThrow("crossEntropy: Target -1 is out of bounds");
    expect(() => F.crossEntropy(x, ints(0, -100), { ignoreIndex: 1 })).toThrow("Target -100 is out of bounds");
    expect(F.crossEntropy(x, ints(7, 7), { ignoreIndex: 7 }).item()).toBeNaN();
  });
  it("names shapes that do not fit", () => {
    expect(() => F.crossEntropy(x, ints(0, 1, 2))).toThrow(
      "crossEntropy: Expected input batch_size (2) to match target batch_size (3)",
    );
    expect(() => F.crossEntropy(scores(2, 3, 4), zeros([2, 5], { dtype: "int32" }))).toThrow(
      "crossEntropy: expected target of shape [2, 4], got [2, 5]",
    );
    expect(() => F.crossEntropy(scores(3), ints(1))).toThrow("crossEntropy: expected target of shape [], got [1]");
    expect(() => F.crossEntropy(x, tensor(Int32Array.of(1, 0), { shape: [2, 1] }))).toThrow(
      "expected target of shape [2]",
    );
    expect(() => F.crossEntropy(scores(), ints(0))).toThrow(
      "crossEntropy: expected input of 1 or more dims, got a scalar",
    );
    expect(() => F.crossEntropy(x, ints(0, 1), { weight: zeros([4]) })).toThrow(
      "crossEntropy: expected weight of shape [3], got [4]",
    );
    expect(() => F.crossEntropy(x, x, { weight: zeros([3, 1]) })).toThrow(
      "crossEntropy: expected weight of shape [3], got [3, 1]",
    );
  });
  it("names dtypes and options that do not fit", () => {
    expect(() => F.crossEntropy(x, tensor([0, 1]))).toThrow(
      "crossEntropy: expected target to be class indices, int32 of shape [2], got float32 of shape",
    );
    expect(() => F.crossEntropy(x, zeros([2, 3], { dtype: "int32" }))).toThrow(
      "crossEntropy: expected class probabilities to be float32, got int32",
    );
    expect(() => F.crossEntropy(ints(1, 2), ints(1))).toThrow("crossEntropy: expected input to be float32, got int32");
    expect(() => F.crossEntropy(x, x, { ignoreIndex: 1 })).toThrow(
      "crossEntropy: ignoreIndex wants class indices as target",
    );
    expect(() => F.crossEntropy(x, ints(0, 1), { ignoreIndex: 0.5 })).toThrow(
      "expected ignoreIndex to be an integer, got 0.5",
    );
    for (const labelSmoothing of [1.2, -0.1, Number.NaN]) {
      expect(() => F.crossEntropy(x, ints(0, 1), { labelSmoothing })).toThrow(
        `crossEntropy: label_smoothing has to be between 0 and 1, but got ${labelSmoothing}`,
      );
    }
    expect(() => F.crossEntropy(x, ints(0, 1), { reduction: "batchmean" as "mean" })).toThrow(
      "crossEntropy: batchmean is not a valid value for reduction",
    );
    const learned = tensor([1, 1, 1], { requiresGrad: true });
    expect(() => F.crossEntropy(x, ints(0, 1), { weight: learned })).toThrow(
      "crossEntropy: weight gets no gradient: pass weight.detach()",
    );
    expect(() => F.crossEntropy(x, undefined as unknown as typeof x)).toThrow("expected target to be a Tensor");
  });
  it("frees what it made", () => {
    const a = zeros([2, 3], { requiresGrad: true });
    const t = ints(0, 1);
    leakcheck(() => F.crossEntropy(a, t, { weight }));
    leakcheck(() => noGrad(() => F.crossEntropy(a, x, { weight })));
    leakcheck(() => F.crossEntropy(a, x, { reduction: "none" }));
  });
});

op("nllLoss", () => {
  const x = scores(2, 3);
  it("has the numeric gradient", () => {
    for (const reduction of ["mean", "sum", "none"] as const) {
      gradcheck((a) => F.nllLoss(a, ints(2, 0), { reduction, weight: tensor([1, 0.5, 2]) }), [x]);
    }
  });
  it("names what does not fit", () => {
    expect(() => F.nllLoss(x, ints(0, 3))).toThrow("nllLoss: Target 3 is out of bounds: expected 0 to 2, or -100");
    expect(() => F.nllLoss(x, tensor([0, 1]))).toThrow(
      "nllLoss: expected target to be class indices, int32 of shape [2], got float32 of shape [2]",
    );
    expect(() => F.nllLoss(x, zeros([2, 3], { dtype: "int32" }))).toThrow("expected target of shape [2]");
    expect(() => F.nllLoss(x, ints(0, 1, 1))).toThrow("nllLoss: Expected input batch_size (2)");
  });
  it("frees what it made", () => {
    const a = zeros([2, 3], { requiresGrad: true });
    const t = ints(0, 1);
    leakcheck(() => F.nllLoss(a, t));
  });
});
