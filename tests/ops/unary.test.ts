import { describe, expect, it } from "vitest";
import {
  abs,
  ceil,
  cos,
  erf,
  exp,
  exp2,
  expm1,
  floor,
  log,
  log1p,
  log2,
  log10,
  neg,
  reciprocal,
  round,
  rsqrt,
  sigmoid,
  sign,
  sin,
  sqrt,
  square,
  type Tensor,
  tan,
  tanh,
  tensor,
  trunc,
} from "../../src/index.ts";
import * as ops from "../../src/ops/index.ts";
import { agrees, elementwise } from "./elementwise.ts";
import { op, row } from "./row.ts";

/** erf by its series, which converges quickly enough below 3. */
function series(x: number): number {
  let sum = x;
  let term = x;
  for (let i = 1; i < 60; i++) {
    term *= (-x * x) / i;
    sum += term / (2 * i + 1);
  }
  return (sum * 2) / Math.sqrt(Math.PI);
}
function halfEven(x: number): number {
  const r = Math.round(x);
  return Math.abs(x % 1) === 0.5 && r % 2 !== 0 ? r - 1 : r;
}
const positive = (v: number) => Math.abs(v) + 0.5;
/** Away from the kinks at integers, where numeric gradients jump. */
const broken = (v: number) => Math.round(v * 4) / 2 + 0.25;

row("exp", { fn: (x) => exp(x), formula: Math.exp });
row("expm1", { fn: (x) => expm1(x), formula: Math.expm1 });
row("exp2", { fn: (x) => exp2(x), formula: (v) => 2 ** v });
row("log", { fn: (x) => log(x), formula: Math.log, domain: positive });
row("log1p", { fn: (x) => log1p(x), formula: Math.log1p, domain: positive });
row("log2", { fn: (x) => log2(x), formula: Math.log2, domain: positive });
row("log10", { fn: (x) => log10(x), formula: Math.log10, domain: positive });
row("sqrt", { fn: (x) => sqrt(x), formula: Math.sqrt, domain: positive });
row("rsqrt", { fn: (x) => rsqrt(x), formula: (v) => 1 / Math.sqrt(v), domain: positive });
row("reciprocal", { fn: (x) => reciprocal(x), formula: (v) => 1 / v, domain: positive });
row("square", { fn: (x) => square(x), formula: (v) => v * v });
row("abs", { fn: (x) => abs(x), formula: Math.abs, domain: broken });
row("neg", { fn: (x) => neg(x), formula: (v) => -v });
row("sign", { fn: (x) => sign(x), formula: Math.sign, domain: broken });
row("floor", { fn: (x) => floor(x), formula: Math.floor, domain: broken });
row("ceil", { fn: (x) => ceil(x), formula: Math.ceil, domain: broken });
row("round", { fn: (x) => round(x), formula: halfEven, domain: broken });
row("trunc", { fn: (x) => trunc(x), formula: Math.trunc, domain: broken });
row("sin", { fn: (x) => sin(x), formula: Math.sin });
row("cos", { fn: (x) => cos(x), formula: Math.cos });
row("tan", { fn: (x) => tan(x), formula: Math.tan, domain: (v) => v / 2 });
row("tanh", { fn: (x) => tanh(x), formula: Math.tanh });
row("sigmoid", { fn: (x) => sigmoid(x), formula: (v) => 1 / (1 + Math.exp(-v)) });
row("erf", { fn: (x) => erf(x), formula: series });

describe("PyTorch's figures, corners included", () => {
  const table = ops as unknown as Record<string, (x: Tensor, ...args: unknown[]) => Tensor>;
  it.each(Object.entries(elementwise.unary))("of %s", (name, figures) => {
    agrees((x) => (table[name] as (x: Tensor) => Tensor)(x), [[elementwise.x, [elementwise.x.length]]], figures);
  });
  it.each(elementwise.options)("of %s with %j", (name, args, ...figures) => {
    const fn = table[name] as (x: Tensor, ...args: unknown[]) => Tensor;
    agrees((x) => fn(x, ...args), [[elementwise.x, [elementwise.x.length]]], figures);
  });
});

op("round", () => {
  it("takes halves to the even integer", () => {
    expect(round(tensor([0.5, 1.5, 2.5, -0.5, -1.5, 8388609.5])).toArray()).toEqual([0, 2, 2, -0, -2, 8388610]);
  });
});

op("int32", () => {
  const ints = tensor(Int32Array.of(-3, 0, 5, -(2 ** 31), 7));
  it("stays int32 where PyTorch keeps it", () => {
    const wants: [(x: Tensor) => Tensor, number[]][] = [
      [neg, [3, 0, -5, -(2 ** 31), -7]],
      [abs, [3, 0, 5, -(2 ** 31), 7]],
      [sign, [-1, 0, 1, -1, 1]],
      [square, [9, 0, 25, 0, 49]],
      [floor, [-3, 0, 5, -(2 ** 31), 7]],
      [round, [-3, 0, 5, -(2 ** 31), 7]],
    ];
    for (const [fn, want] of wants) {
      const y = fn(ints);
      expect(y.dtype).toBe("int32");
      expect(y.toArray()).toEqual(want);
    }
  });
  it("becomes float32 elsewhere", () => {
    const y = exp(tensor(Int32Array.of(0, 1)));
    expect(y.dtype).toBe("float32");
    expect(y.toArray()).toEqual([1, Math.fround(Math.E)]);
  });
});

op("misuse", () => {
  it("is named", () => {
    expect(() => exp(undefined as unknown as Tensor)).toThrow("exp: expected input to be a Tensor, got undefined");
    expect(() => neg([1, 2] as unknown as Tensor)).toThrow("neg: expected input to be a Tensor, got [1, 2]");
    expect(() => floor(3 as unknown as Tensor)).toThrow("floor: expected input to be a Tensor, got 3");
  });
});
