import { describe, expect, it } from "vitest";
import { functional as F, nn, type Tensor, tensor, zeros } from "../../src/index.ts";
import { close } from "../check.ts";

describe("Softmax", () => {
  const x = tensor([
    [1, 2, 3],
    [0, 0, 1],
  ]);
  it("goes over its dim", () => {
    for (const dim of [0, 1, -1]) {
      close(new nn.Softmax({ dim }).forward(x), F.softmax(x, dim));
      close(new nn.LogSoftmax({ dim }).forward(x), F.logSoftmax(x, dim));
    }
    close(new nn.Softmax(1).forward(x), F.softmax(x, 1));
  });
  it("picks PyTorch's dim where none is given", () => {
    expect(new nn.Softmax().forward(zeros([4])).toArray()).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect(new nn.Softmax().forward(zeros([2, 4])).data[0]).toBe(0.25);
    expect(new nn.Softmax().forward(zeros([2, 4, 5])).data[0]).toBe(0.5);
    expect(new nn.Softmax().forward(zeros([2, 4, 5, 5])).data[0]).toBe(0.25);
  });
  it("prints as PyTorch's", () => {
    expect(`${new nn.Softmax({ dim: 1 })}`).toBe("Softmax(dim=1)");
    expect(`${new nn.Softmax()}`).toBe("Softmax(dim=None)");
    expect(`${new nn.LogSoftmax({ dim: -1 })}`).toBe("LogSoftmax(dim=-1)");
  });
  it("takes integers as its dim", () => {
    expect(() => new nn.Softmax({ dim: 0.5 })).toThrow("Softmax: expected dim to be an integer, got 0.5");
    expect(() => new nn.Softmax("1" as unknown as number)).toThrow("Softmax: expected dim to be an integer, got 1");
  });
});

const plain = [
  ["ReLU", F.relu],
  ["ReLU6", F.relu6],
  ["Sigmoid", F.sigmoid],
  ["Tanh", F.tanh],
  ["SiLU", F.silu],
  ["Mish", F.mish],
  ["LogSigmoid", F.logSigmoid],
  ["Hardsigmoid", F.hardsigmoid],
  ["Hardswish", F.hardswish],
  ["Softsign", F.softsign],
  ["Tanhshrink", F.tanhshrink],
  ["SELU", F.selu],
] as const;
const shaped: readonly (readonly [nn.Module & { forward(x: Tensor): Tensor }, (x: Tensor) => Tensor, string])[] = [
  [new nn.GELU(), (x) => F.gelu(x), "GELU(approximate='none')"],
  [new nn.GELU({ approximate: "tanh" }), (x) => F.gelu(x, { approximate: "tanh" }), "GELU(approximate='tanh')"],
  [new nn.LeakyReLU(), (x) => F.leakyRelu(x), "LeakyReLU(negative_slope=0.01)"],
  [
    new nn.LeakyReLU({ negativeSlope: 0.2 }),
    (x) => F.leakyRelu(x, { negativeSlope: 0.2 }),
    "LeakyReLU(negative_slope=0.2)",
  ],
  [new nn.ELU({ alpha: 2 }), (x) => F.elu(x, { alpha: 2 }), "ELU(alpha=2.0)"],
  [new nn.CELU({ alpha: 2 }), (x) => F.celu(x, { alpha: 2 }), "CELU(alpha=2.0)"],
  [new nn.Softplus(), (x) => F.softplus(x), "Softplus(beta=1, threshold=20)"],
  [
    new nn.Softplus({ beta: 0.5, threshold: 1 }),
    (x) => F.softplus(x, { beta: 0.5, threshold: 1 }),
    "Softplus(beta=0.5, threshold=1)",
  ],
  [new nn.Hardtanh(), (x) => F.hardtanh(x), "Hardtanh(min_val=-1.0, max_val=1.0)"],
  [
    new nn.Hardtanh({ minVal: -0.5, maxVal: 2 }),
    (x) => F.hardtanh(x, { minVal: -0.5, maxVal: 2 }),
    "Hardtanh(min_val=-0.5, max_val=2.0)",
  ],
  [new nn.Threshold(0.1, 2), (x) => F.threshold(x, 0.1, 2), "Threshold(threshold=0.1, value=2)"],
  [new nn.Hardshrink(), (x) => F.hardshrink(x), "Hardshrink(0.5)"],
  [new nn.Softshrink({ lambd: 0.3 }), (x) => F.softshrink(x, { lambd: 0.3 }), "Softshrink(0.3)"],
  [new nn.Softmin({ dim: 0 }), (x) => F.softmin(x, 0), "Softmin(dim=0)"],
];

describe("activations", () => {
  const x = tensor([-4, -2, -0.4, 0, 0.3, 1, 7, 30, Number.NaN]);
  it.each(plain)("%s is its function", (name, fn) => {
    const layer = new nn[name]();
    expect(layer.forward(x).toArray()).toEqual(fn(x).toArray());
    expect(`${layer}`).toBe(`${name}()`);
  });
  it.each(shaped.map((row) => [row[2], row] as const))("%s passes its options on", (print, [layer, fn]) => {
    expect(layer.forward(x).toArray()).toEqual(fn(x).toArray());
    expect(`${layer}`).toBe(print);
  });
  it("reject bounds that are none", () => {
    expect(() => new nn.Hardtanh({ minVal: 1, maxVal: 1 })).toThrow(
      "Hardtanh: expected minVal to be below maxVal, got 1 and 1",
    );
  });
});
