import { describe, expect, it } from "vitest";
import { functional as F, nn, type Tensor, tensor } from "../../src/index.ts";
import { numbers } from "../check.ts";

interface Layer {
  forward(x: Tensor): Tensor;
}
/** The module, the function it stands for, and what PyTorch prints. */
const rows: [Layer, (x: Tensor) => Tensor, string][] = [
  [new nn.ReLU(), F.relu, "ReLU()"],
  [new nn.ReLU6(), F.relu6, "ReLU6()"],
  [new nn.Sigmoid(), F.sigmoid, "Sigmoid()"],
  [new nn.Tanh(), F.tanh, "Tanh()"],
  [new nn.SiLU(), F.silu, "SiLU()"],
  [new nn.Mish(), F.mish, "Mish()"],
  [new nn.SELU(), F.selu, "SELU()"],
  [new nn.Hardsigmoid(), F.hardsigmoid, "Hardsigmoid()"],
  [new nn.Hardswish(), F.hardswish, "Hardswish()"],
  [new nn.LogSigmoid(), F.logSigmoid, "LogSigmoid()"],
  [new nn.Softsign(), F.softsign, "Softsign()"],
  [new nn.Tanhshrink(), F.tanhshrink, "Tanhshrink()"],
  [new nn.LeakyReLU(), (x) => F.leakyRelu(x), "LeakyReLU(negative_slope=0.01)"],
  [new nn.LeakyReLU(0.2), (x) => F.leakyRelu(x, { negativeSlope: 0.2 }), "LeakyReLU(negative_slope=0.2)"],
  [new nn.ELU(), (x) => F.elu(x), "ELU(alpha=1.0)"],
  [new nn.ELU({ alpha: 1.5 }), (x) => F.elu(x, { alpha: 1.5 }), "ELU(alpha=1.5)"],
  [new nn.CELU(), (x) => F.celu(x), "CELU(alpha=1.0)"],
  [new nn.Hardshrink(), (x) => F.hardshrink(x), "Hardshrink(0.5)"],
  [new nn.Softshrink({ lambd: 0.25 }), (x) => F.softshrink(x, { lambd: 0.25 }), "Softshrink(0.25)"],
  [new nn.Hardtanh(), (x) => F.hardtanh(x), "Hardtanh(min_val=-1.0, max_val=1.0)"],
  [new nn.Hardtanh({ maxVal: 0.5 }), (x) => F.hardtanh(x, { maxVal: 0.5 }), "Hardtanh(min_val=-1.0, max_val=0.5)"],
  [new nn.GELU(), (x) => F.gelu(x), "GELU(approximate='none')"],
  [new nn.GELU({ approximate: "tanh" }), (x) => F.gelu(x, { approximate: "tanh" }), "GELU(approximate='tanh')"],
  [new nn.Softplus(), (x) => F.softplus(x), "Softplus(beta=1, threshold=20)"],
  [
    new nn.Softplus({ beta: 2, threshold: 1 }),
    (x) => F.softplus(x, { beta: 2, threshold: 1 }),
    "Softplus(beta=2, threshold=1)",
  ],
  [new nn.Threshold(0.1, 20), (x) => F.threshold(x, 0.1, 20), "Threshold(threshold=0.1, value=20)"],
];

describe("activations as modules", () => {
  it.each(rows.map(([module, fn, text]) => [text, module, fn] as const))("%s is its function", (text, module, fn) => {
    const x = tensor(numbers(24, 4), { shape: [2, 3, 4] });
    expect(module.forward(x).toArray()).toEqual(fn(x).toArray());
    expect(String(module)).toBe(text);
    expect((module as nn.Module).parameters()).toEqual([]);
  });
  it("stand in a model", () => {
    const model = new nn.Sequential(new nn.Linear(3, 2), new nn.ReLU());
    expect(String(model)).toContain("(1): ReLU()");
    expect(model.forward(tensor(numbers(6), { shape: [2, 3] })).shape).toEqual([2, 2]);
  });
  it("refuse what PyTorch refuses", () => {
    expect(() => new nn.Hardtanh({ minVal: 1 })).toThrow("Hardtanh: expected maxVal above minVal, got 1 and 1");
    expect(() => new nn.CELU(0)).toThrow("CELU: alpha cannot be 0");
    expect(() => new nn.Softshrink(-1)).toThrow("Softshrink: expected lambd to be 0 or more, got -1");
    expect(() => new nn.GELU({ approximate: "x" as "tanh" })).toThrow("GELU: expected approximate to be");
    expect(() => new nn.LeakyReLU("a" as unknown as number)).toThrow(
      "LeakyReLU: expected an object of options such as { negativeSlope }, got a",
    );
    expect(() => new nn.ReLU().forward(1 as unknown as Tensor)).toThrow("relu: expected input to be a Tensor, got 1");
  });
});
