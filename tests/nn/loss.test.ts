import { describe, expect, it } from "vitest";
import { functional as F, nn, type Tensor, tensor } from "../../src/index.ts";
import { close } from "../check.ts";

const ints = (...values: number[]) => tensor(Int32Array.from(values));

describe("losses that everyone tries first", () => {
  it("print what PyTorch prints", () => {
    const [x, t] = [tensor([1, 2, 3]), tensor([1.5, 2.5, 3.5])];
    expect(new nn.L1Loss().forward(x, t).item()).toBe(0.5);
    expect(new nn.MSELoss().forward(x, t).item()).toBe(0.25);
    expect(new nn.SmoothL1Loss().forward(x, t).item()).toBe(0.125);
    const scores = tensor([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    close(new nn.CrossEntropyLoss().forward(scores, ints(1, 2)).item(), 0.9076058864593506, { rtol: 2e-7, atol: 0 });
    const p = tensor([0.5, 0.3, 0.2].map((v) => 1 / (1 + Math.exp(-v))));
    close(new nn.BCELoss().forward(p, tensor([1, 0, 1])).item(), 0.6421903967857361, { rtol: 1e-7, atol: 0 });
    const input = tensor([[0.5, 0.3, 0.2].map(Math.log), [0.2, 0.3, 0.5].map(Math.log)]);
    const target = tensor([
      [0.4, 0.3, 0.3],
      [0.3, 0.3, 0.4],
    ]);
    const kl = new nn.KLDivLoss({ reduction: "batchmean" }).forward(input, target);
    close(kl.item(), 0.03238210082054138, { rtol: 1e-6, atol: 0 });
  });
});

describe("loss modules", () => {
  const [x, t] = [
    tensor([
      [0.2, 0.9],
      [0.4, 0.5],
    ]),
    tensor([
      [0.1, 1],
      [0.3, 0],
    ]),
  ];
  const weight = tensor([0.5, 2]);
  const [classes, wide] = [ints(1, 0), ints(1, 9)];
  const same = (a: Tensor, b: Tensor) => expect(a.toArray()).toEqual(b.toArray());

  it("pass their options on", () => {
    for (const reduction of ["none", "mean", "sum"] as const) {
      const r = { reduction };
      same(new nn.L1Loss(r).forward(x, t), F.l1Loss(x, t, r));
      same(new nn.MSELoss(r).forward(x, t), F.mseLoss(x, t, r));
      same(new nn.SmoothL1Loss({ ...r, beta: 0.3 }).forward(x, t), F.smoothL1Loss(x, t, { ...r, beta: 0.3 }));
      same(new nn.HuberLoss({ ...r, delta: 0.3 }).forward(x, t), F.huberLoss(x, t, { ...r, delta: 0.3 }));
      same(new nn.BCELoss({ ...r, weight }).forward(x, t), F.binaryCrossEntropy(x, t, { ...r, weight }));
      const both = { ...r, weight, posWeight: weight };
      same(new nn.BCEWithLogitsLoss(both).forward(x, t), F.binaryCrossEntropyWithLogits(x, t, both));
      same(new nn.KLDivLoss({ ...r, logTarget: true }).forward(x, t), F.klDiv(x, t, { ...r, logTarget: true }));
      const c = { ...r, weight, ignoreIndex: 9, labelSmoothing: 0.1 };
      same(new nn.CrossEntropyLoss(c).forward(x, wide), F.crossEntropy(x, wide, c));
      const n = { ...r, weight, ignoreIndex: 9 };
      same(new nn.NLLLoss(n).forward(x, wide), F.nllLoss(x, wide, n));
    }
    const mean = { reduction: "batchmean" } as const;
    same(new nn.KLDivLoss(mean).forward(x, t), F.klDiv(x, t, mean));
    same(new nn.CrossEntropyLoss({ weight: null }).forward(x, classes), F.crossEntropy(x, classes));
  });

  it("keep their weights in the state", () => {
    expect(Object.keys(new nn.CrossEntropyLoss({ weight }).stateDict())).toEqual(["weight"]);
    expect(Object.keys(new nn.CrossEntropyLoss().stateDict())).toEqual([]);
    expect(Object.keys(new nn.NLLLoss({ weight }).stateDict())).toEqual(["weight"]);
    expect(Object.keys(new nn.BCELoss({ weight }).stateDict())).toEqual(["weight"]);
    const logits = new nn.BCEWithLogitsLoss({ weight, posWeight: weight });
    expect(Object.keys(logits.stateDict())).toEqual(["weight", "pos_weight"]);
    expect(logits.parameters()).toEqual([]);
  });

  it("print their names alone", () => {
    const all = [
      nn.L1Loss,
      nn.MSELoss,
      nn.SmoothL1Loss,
      nn.HuberLoss,
      nn.CrossEntropyLoss,
      nn.NLLLoss,
      nn.BCELoss,
      nn.BCEWithLogitsLoss,
      nn.KLDivLoss,
    ];
    for (const Loss of all) expect(`${new Loss()}`).toBe(`${Loss.name}()`);
    expect(`${new nn.CrossEntropyLoss({ weight })}`).toBe("CrossEntropyLoss()");
  });

  it("refuse options that are none", () => {
    const wrong = { reduction: "foo" } as unknown as { reduction: "sum" };
    for (const Loss of [nn.L1Loss, nn.MSELoss, nn.CrossEntropyLoss, nn.BCELoss, nn.SmoothL1Loss]) {
      expect(() => new Loss(wrong)).toThrow(`${Loss.name}: foo is not a valid value for reduction, expected "none"`);
      expect(() => new Loss({ reduction: "batchmean" as "mean" })).toThrow("batchmean is not a valid value");
    }
    expect(() => new nn.KLDivLoss(wrong)).toThrow('expected "none", "mean", "batchmean" or "sum"');
    expect(() => new nn.MSELoss("sum" as unknown as object)).toThrow("MSELoss: expected an object of options");
    expect(() => new nn.SmoothL1Loss({ beta: -1 })).toThrow(
      "SmoothL1Loss: expected beta to be a number of at least 0, got -1",
    );
    expect(() => new nn.HuberLoss({ delta: 0 })).toThrow("HuberLoss: expected delta to be a positive number, got 0");
    expect(() => new nn.CrossEntropyLoss({ labelSmoothing: 1.5 })).toThrow(
      "CrossEntropyLoss: label_smoothing has to be between 0 and 1, but got 1.5",
    );
    expect(() => new nn.CrossEntropyLoss({ weight: [1, 2] as unknown as Tensor })).toThrow(
      "registerBuffer: expected weight to be a Tensor or null, got [1, 2]",
    );
    expect(() => new nn.KLDivLoss({ logTarget: 1 as unknown as boolean })).toThrow(
      "expected logTarget to be a boolean",
    );
  });
});
