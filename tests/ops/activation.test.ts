import { expect, it } from "vitest";
import {
  celu,
  clamp,
  elu,
  gelu,
  hardshrink,
  hardsigmoid,
  hardswish,
  hardtanh,
  leakyRelu,
  logSigmoid,
  mish,
  relu,
  relu6,
  selu,
  silu,
  softplus,
  softshrink,
  softsign,
  type Tensor,
  tanhshrink,
  tensor,
  threshold,
} from "../../src/index.ts";
import { op, row } from "./row.ts";

const sigma = (v: number) => 1 / (1 + Math.exp(-v));
const wide = (v: number) => v * 3;
/** Off the kinks by more than the step of the numeric gradient. */
const off =
  (...kinks: number[]) =>
  (v: number) =>
    kinks.some((k) => Math.abs(v * 3 - k) < 0.05) ? v * 3 + 0.1 : v * 3;
const limit = (v: number, low: number, high: number) => Math.min(Math.max(v, low), high);
const bend = (v: number, alpha: number) => (v > 0 ? v : alpha * Math.expm1(v));

row("relu", { fn: (x) => relu(x), formula: (v) => Math.max(v, 0), domain: off(0) });
row("relu6", { fn: (x) => relu6(x), formula: (v) => limit(v, 0, 6), domain: off(0, 6) });
row("clamp", { fn: (x) => clamp(x, -1, 1.5), formula: (v) => limit(v, -1, 1.5), domain: off(-1, 1.5) });
row("hardtanh", { fn: (x) => hardtanh(x), formula: (v) => limit(v, -1, 1), domain: off(-1, 1) });
row("leakyRelu", { fn: (x) => leakyRelu(x), formula: (v) => (v > 0 ? v : 0.01 * v), domain: off(0) });
row("threshold", { fn: (x) => threshold(x, 0.5, -2), formula: (v) => (v > 0.5 ? v : -2), domain: off(0.5) });
row("hardshrink", { fn: (x) => hardshrink(x), formula: (v) => (Math.abs(v) > 0.5 ? v : 0), domain: off(0.5, -0.5) });
row("softshrink", {
  fn: (x) => softshrink(x),
  formula: (v) => Math.sign(v) * Math.max(Math.abs(v) - 0.5, 0),
  domain: off(0.5, -0.5),
});
row("hardsigmoid", { fn: (x) => hardsigmoid(x), formula: (v) => limit(v + 3, 0, 6) / 6, domain: off(-3, 3) });
row("hardswish", { fn: (x) => hardswish(x), formula: (v) => (v * limit(v + 3, 0, 6)) / 6, domain: off(-3, 3) });
row("elu", { fn: (x) => elu(x, { alpha: 1.5 }), formula: (v) => bend(v, 1.5), domain: off(0) });
row("selu", { fn: (x) => selu(x), formula: (v) => 1.0507009873554805 * bend(v, 1.6732632423543772), domain: off(0) });
row("celu", {
  fn: (x) => celu(x, { alpha: 2 }),
  formula: (v) => (v > 0 ? v : 2 * Math.expm1(v / 2)),
  domain: off(0),
});
row("softplus", { fn: (x) => softplus(x), formula: (v) => Math.log1p(Math.exp(v)), domain: wide });
row("logSigmoid", { fn: (x) => logSigmoid(x), formula: (v) => -Math.log1p(Math.exp(-v)), domain: wide });
row("silu", { fn: (x) => silu(x), formula: (v) => v * sigma(v), domain: wide });
row("mish", { fn: (x) => mish(x), formula: (v) => v * Math.tanh(Math.log1p(Math.exp(v))), domain: wide });
row("softsign", { fn: (x) => softsign(x), formula: (v) => v / (1 + Math.abs(v)), domain: wide });
row("tanhshrink", { fn: (x) => tanhshrink(x), formula: (v) => v - Math.tanh(v), domain: wide });
row("gelu", {
  fn: (x) => gelu(x, { approximate: "tanh" }),
  formula: (v) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3))),
  domain: wide,
});

op("int32", () => {
  it("makes NaN of all in clamp where a bound is NaN, and of NaN otherwise", () => {
    expect(clamp(tensor([1, -1]), Number.NaN).toArray()).toEqual([Number.NaN, Number.NaN]);
    expect(clamp(tensor([1, -1]), -2, Number.NaN).toArray()).toEqual([Number.NaN, Number.NaN]);
    expect(clamp(tensor([Number.NaN, 3]), -1, 1).toArray()).toEqual([Number.NaN, 1]);
  });

  it("stays int32 in relu and in clamp between integers", () => {
    const x = tensor(Int32Array.of(-3, 0, 5, 16777217));
    expect(relu(x).dtype).toBe("int32");
    expect(relu(x).toArray()).toEqual([0, 0, 5, 16777217]);
    expect(clamp(x, -1, 4).toArray()).toEqual([-1, 0, 4, 4]);
    expect(clamp(x, undefined, 4).dtype).toBe("int32");
    expect(clamp(x, 1).toArray()).toEqual([1, 1, 5, 16777217]);
    expect(clamp(x, -0.5, 2.5).dtype).toBe("float32");
    expect(clamp(x, -0.5, 2.5).toArray()).toEqual([-0.5, 0, 2.5, 2.5]);
  });
});

op("misuse", () => {
  const x = tensor([1, 2]);
  it("is named", () => {
    expect(() => clamp(x)).toThrow("clamp: expected min, max or both");
    expect(() => clamp(x, "1" as unknown as number)).toThrow("clamp: expected min to be a number, got 1");
    expect(() => hardtanh(x, { minVal: 2 })).toThrow("hardtanh: expected minVal up to maxVal, got 2 and 1");
    expect(() => celu(x, { alpha: 0 })).toThrow("celu: alpha cannot be 0");
    expect(() => softshrink(x, { lambd: -1 })).toThrow("softshrink: expected lambd to be 0 or more, got -1");
    expect(() => gelu(x, { approximate: "erf" as "tanh" })).toThrow(
      'gelu: expected approximate to be "none" or "tanh"',
    );
    expect(() => threshold(x, 1, undefined as unknown as number)).toThrow("threshold: expected value to be a number");
    expect(() => leakyRelu("x" as unknown as Tensor)).toThrow("leakyRelu: expected input to be a Tensor, got x");
  });
});
