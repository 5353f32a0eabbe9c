import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  add,
  div,
  maximum,
  memory,
  minimum,
  mul,
  noGrad,
  type Operand,
  pow,
  scope,
  sub,
  type Tensor,
  tensor,
} from "../../src/index.ts";
import { broadcastStrides, stridesOf } from "../../src/shape.ts";
import { close, gradcheck, numbers } from "../check.ts";
import { agrees, elementwise } from "./elementwise.ts";
import { leakcheck, op, row } from "./row.ts";

const positive = (v: number) => Math.abs(v) + 0.5;
const ops = { add, sub, mul, div, pow, maximum, minimum };
type Name = keyof typeof ops;
const formulas: Record<Name, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow: (a, b) => a ** b,
  maximum: Math.max,
  minimum: Math.min,
};

row("add", { fn: (x, y) => add(x as Tensor, y as Tensor), formula: formulas.add, arity: 2 });
row("sub", { fn: (x, y) => sub(x as Tensor, y as Tensor), formula: formulas.sub, arity: 2 });
row("mul", { fn: (x, y) => mul(x as Tensor, y as Tensor), formula: formulas.mul, arity: 2 });
row("div", { fn: (x, y) => div(x as Tensor, y as Tensor), formula: formulas.div, arity: 2, domain: positive });
row("pow", { fn: (x, y) => pow(x as Tensor, y as Tensor), formula: formulas.pow, arity: 2, domain: positive });
row("maximum", { fn: (x, y) => maximum(x as Tensor, y as Tensor), formula: formulas.maximum, arity: 2 });
row("minimum", { fn: (x, y) => minimum(x as Tensor, y as Tensor), formula: formulas.minimum, arity: 2 });

describe("PyTorch's figures, corners included", () => {
  const shape = [elementwise.a.length];
  it.each(Object.entries(elementwise.binary))("of %s", (name, figures) => {
    const inputs = [elementwise.a, elementwise.b].map((v) => [v, shape] as const);
    agrees((a, b) => ops[name as Name](a as Tensor, b as Tensor), inputs, figures);
  });
  it.each(elementwise.base)("of %f to the power of a tensor", (base, ...figures) => {
    agrees((x) => pow(base, x), [[elementwise.x, [elementwise.x.length]]], figures);
  });
  it.each(elementwise.shapes)("of %s on %j and %j", (name, a, b, x, y, ...figures) => {
    const inputs = [
      [x, a],
      [y, b],
    ] as const;
    agrees((p, q) => ops[name as Name](p as Tensor, q as Tensor), inputs, figures);
  });
});

/** Two shapes that broadcast, of up to four dims. */
const shapes = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.constantFrom("both", "a", "b")), { maxLength: 4 })
  .chain((dims) => {
    const a = dims.map(([size, who]) => (who === "b" ? 1 : size));
    const b = dims.map(([size, who]) => (who === "a" ? 1 : size));
    const lead = (s: number[]) => {
      const first = s.findIndex((size) => size !== 1);
      return first < 0 ? s.length : first;
    };
    return fc.tuple(
      fc.nat(lead(a)).map((cut) => a.slice(cut)),
      fc.nat(lead(b)).map((cut) => b.slice(cut)),
    );
  });

/** The formula on every element of the common shape, by index arithmetic alone. */
function expected(f: (a: number, b: number) => number, a: Tensor, b: Tensor, shape: readonly number[]): number[] {
  const steps = [a, b].map((t) => broadcastStrides(t.shape, stridesOf(t.shape), shape));
  const values = [a.data, b.data];
  const out: number[] = [];
  const walk = (d: number, i: number, j: number): void => {
    if (d === shape.length) {
      out.push(f(values[0]?.[i] as number, values[1]?.[j] as number));
      return;
    }
    for (let c = 0; c < (shape[d] as number); c++) {
      walk(d + 1, i + c * (steps[0]?.[d] as number), j + c * (steps[1]?.[d] as number));
    }
  };
  walk(0, 0, 0);
  return out;
}

/** On a grid of fifths, off it by a tenth for odd seeds: maximum and minimum have their kinks where operands are equal. */
const filled = (shape: readonly number[], seed: number) => {
  const n = shape.reduce((p, s) => p * s, 1);
  const values = numbers(n + seed).slice(seed);
  return tensor(
    values.map((v) => Math.round(positive(v) * 5) / 5 + (seed % 2) / 10),
    { shape },
  );
};

describe("broadcasting", () => {
  it.each(Object.keys(ops) as Name[])("%s agrees with index arithmetic on random shapes", (name) => {
    fc.assert(
      fc.property(shapes, ([p, q]) => {
        const a = filled(p, 1);
        const b = filled(q, 8);
        const y = ops[name](a, b);
        close(y, expected(formulas[name], a, b, y.shape));
      }),
      { numRuns: 60 },
    );
  });
  it.each(Object.keys(ops) as Name[])("gradients of %s are summed back to each shape", (name) => {
    fc.assert(
      fc.property(shapes, ([p, q]) => {
        gradcheck((a, b) => ops[name](a as Tensor, b as Tensor), [filled(p, 1), filled(q, 8)]);
      }),
      { numRuns: 15 },
    );
  });
  it.each([
    [100000, 3],
    [3000, 17],
  ])("sums the gradient of a row over %i rows of %i without losing digits", (rows, cols) => {
    const row = tensor(new Float32Array(cols), { requiresGrad: true });
    const seed = numbers(rows * cols, 1).map((v) => v + 1);
    add(tensor(seed, { shape: [rows, cols] }), row).backward(tensor(seed, { shape: [rows, cols] }));
    const want = Array.from({ length: cols }, (_, j) => {
      let sum = 0;
      for (let i = 0; i < rows; i++) sum += seed[i * cols + j] as number;
      return sum;
    });
    close(row.grad as Tensor, want, { rtol: 2e-7, atol: 0 });
  });
  it("works on empty tensors", () => {
    expect(add(tensor([], { shape: [0, 3] }), tensor([1, 2, 3])).shape).toEqual([0, 3]);
    expect(mul(tensor([], { shape: [2, 0] }), 2).shape).toEqual([2, 0]);
    const w = tensor([1, 2, 3], { requiresGrad: true });
    add(tensor([], { shape: [0, 3] }), w).backward(tensor([], { shape: [0, 3] }));
    expect(w.grad?.toArray()).toEqual([0, 0, 0]);
  });
  it("frees its temporaries", () => {
    const a = tensor(numbers(12), { shape: [3, 4], requiresGrad: true });
    const b = tensor(numbers(3), { shape: [3, 1], requiresGrad: true });
    leakcheck(() => sub(a, b, { alpha: 2 }));
    leakcheck(() => noGrad(() => div(a, b)));
    const seed = tensor(numbers(12), { shape: [3, 4] });
    const step = () => scope(() => div(mul(a, b), add(maximum(b, a), 3)).backward(seed));
    step();
    const before = memory().liveBytes;
    for (let i = 0; i < 5; i++) step();
    expect(memory().liveBytes).toBe(before);
  });
});

describe("numbers", () => {
  const x = tensor([1, -2, 3]);
  it.each(Object.keys(ops) as Name[])("%s takes one on either side", (name) => {
    const f = formulas[name];
    close(ops[name](x, 2.5), [f(1, 2.5), f(-2, 2.5), f(3, 2.5)]);
    close(ops[name](2.5, x), [f(2.5, 1), f(2.5, -2), f(2.5, 3)]);
    gradcheck((t) => ops[name](t as Tensor, 2.5), [filled([7], 3)]);
    gradcheck((t) => ops[name](2.5, t as Tensor), [filled([7], 3)]);
  });
  it("scales by alpha", () => {
    close(add(x, x, { alpha: 2 }), [3, -6, 9]);
    close(sub(x, 4, { alpha: 0.5 }), [-1, -4, 1]);
    close(sub(4, x, { alpha: 0.5 }), [3.5, 5, 2.5]);
    gradcheck((a, b) => add(a as Tensor, b as Tensor, { alpha: -1.5 }), [filled([2, 3], 1), filled([3], 2)]);
    gradcheck((a, b) => sub(a as Tensor, b as Tensor, { alpha: 3 }), [filled([2, 1], 1), filled([2, 3], 2)]);
  });
  it("are methods too", () => {
    expect(x.add(1).mul(x).sub(2).div(2).toArray()).toEqual([0, 0, 5]);
    expect(x.pow(2).toArray()).toEqual([1, 4, 9]);
  });
});

describe("the same tensor twice", () => {
  it("gets both gradients", () => {
    const x = tensor([2, 3], { requiresGrad: true });
    mul(x, x).backward(tensor([1, 1]));
    expect(x.grad?.toArray()).toEqual([4, 6]);
    const z = tensor([2, 3], { requiresGrad: true });
    maximum(z, z).backward(tensor([1, 1]));
    expect(z.grad?.toArray()).toEqual([1, 1]);
  });
});

describe("int32", () => {
  const a = tensor(Int32Array.of(7, -3, 2147483647, 16777217));
  const b = tensor(Int32Array.of(2, 5, 1, -1));
  const check = (y: Tensor, want: number[]) => {
    expect(y.dtype).toBe("int32");
    expect(y.toArray()).toEqual(want);
  };
  it("stays int32 with int32 and with integers, and wraps around", () => {
    check(add(a, b), [9, 2, -2147483648, 16777216]);
    check(sub(10, b), [8, 5, 9, 11]);
    check(mul(a, 2), [14, -6, -2, 33554434]);
    check(maximum(a, b), [7, 5, 2147483647, 16777217]);
    check(minimum(a, 3), [3, -3, 3, 3]);
    check(add(a, b, { alpha: -2 }), [3, -13, 2147483645, 16777219]);
    check(pow(b, 3), [8, 125, 1, -1]);
    check(pow(tensor(Int32Array.of(2, 0, 1, -1, -1)), tensor(Int32Array.of(-1, 0, -5, -5, -4))), [0, 1, 1, -1, 1]);
    check(pow(2, tensor(Int32Array.of(0, 5, 31))), [1, 32, -2147483648]);
  });
  it("becomes float32 with anything else", () => {
    const wants: [Tensor, number[]][] = [
      [div(a, 2), [3.5, -1.5, 1073741824, 8388608]],
      [add(b, 0.5), [2.5, 5.5, 1.5, -0.5]],
      [mul(tensor([0.5, 1, 1, 1]), b), [1, 5, 1, -1]],
      [pow(b, 0.5), [Math.SQRT2, Math.sqrt(5), 1, Number.NaN]],
    ];
    for (const [y, want] of wants) {
      expect(y.dtype).toBe("float32");
      close(y, want);
    }
  });
  it("refuses what has no integer result", () => {
    expect(() => pow(a, -1)).toThrow("pow: int32 to the power -1 is no integer; use float()");
    expect(() => add(a, b, { alpha: 0.5 })).toThrow("add: expected alpha to be an integer for int32, got 0.5");
  });
});

op("misuse", () => {
  const x = tensor([[1, 2, 3]]);
  it("is named before a kernel runs", () => {
    const live = memory().liveBytes;
    expect(() => add(x, tensor([1, 2]))).toThrow("add: shapes [1, 3] and [2] do not broadcast");
    expect(() => mul(x, undefined as unknown as Operand)).toThrow(
      "mul: expected the second operand to be a Tensor or a number, got undefined",
    );
    expect(() => div(null as unknown as Operand, x)).toThrow(
      "div: expected the first operand to be a Tensor, got null",
    );
    expect(() => maximum(1, 2)).toThrow("maximum: expected at least one Tensor, got the numbers 1 and 2");
    expect(() => sub(x, "1" as unknown as Operand)).toThrow(
      "sub: expected the second operand to be a Tensor or a number",
    );
    expect(() => add(x, 1, { alpha: "2" as unknown as number })).toThrow("add: expected alpha to be a number, got 2");
    expect(() => pow(x, [2] as unknown as Operand)).toThrow("pow: expected the second operand to be a Tensor, got [2]");
    add(x, 1).dispose();
    expect(memory().liveBytes - live, "what stays alive: the tensor of two").toBeLessThanOrEqual(64);
  });
});
