import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eq, ge, gt, le, lt, memory, ne, noGrad, type Operand, type Tensor, tensor, where } from "../../src/index.ts";
import { close, gradcheck, numbers, strided } from "../check.ts";
import { elementwise } from "./elementwise.ts";
import { leakcheck, op, row, sizes } from "./row.ts";

const ops = { eq, ne, lt, le, gt, ge };
type Name = keyof typeof ops;
const formulas: Record<Name, (a: number, b: number) => boolean> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
};
const coarse = (v: number) => Math.round(v);
const of = (name: Name) => (a: number, b: number) => Number(formulas[name](a, b));

row("eq", { fn: (x, y) => eq(x as Tensor, y as Tensor), formula: of("eq"), arity: 2, domain: coarse, grad: false });
row("ne", { fn: (x, y) => ne(x as Tensor, y as Tensor), formula: of("ne"), arity: 2, domain: coarse, grad: false });
row("lt", { fn: (x, y) => lt(x as Tensor, y as Tensor), formula: of("lt"), arity: 2, domain: coarse, grad: false });
row("le", { fn: (x, y) => le(x as Tensor, y as Tensor), formula: of("le"), arity: 2, domain: coarse, grad: false });
row("gt", { fn: (x, y) => gt(x as Tensor, y as Tensor), formula: of("gt"), arity: 2, domain: coarse, grad: false });
row("ge", { fn: (x, y) => ge(x as Tensor, y as Tensor), formula: of("ge"), arity: 2, domain: coarse, grad: false });

describe("comparisons", () => {
  it.each(Object.entries(elementwise.compare))("%s is PyTorch's, NaN included", (name, figures) => {
    const y = ops[name as Name](tensor(elementwise.a), tensor(elementwise.b));
    expect(y.dtype).toBe("int32");
    expect(Array.from(y.data).join("")).toBe(figures);
    expect(y.requiresGrad).toBe(false);
  });
  it.each(Object.keys(ops) as Name[])("%s takes numbers, int32 and other shapes", (name) => {
    const f = of(name);
    const ints = Int32Array.of(16777216, 16777217, -3);
    const pairs = (b: number) => Array.from(ints, (a) => f(a, b));
    expect(ops[name](tensor(ints), 16777217).toArray()).toEqual(pairs(16777217));
    expect(ops[name](tensor(ints), 0.5).toArray()).toEqual(pairs(0.5));
    expect(ops[name](tensor(ints), 1e12).toArray()).toEqual(pairs(1e12));
    expect(ops[name](1, tensor([0, 1, 2])).toArray()).toEqual([f(1, 0), f(1, 1), f(1, 2)]);
    const grid = ops[name](tensor([[1], [2]]), tensor([1, 2, 3]));
    expect(grid.toArray()).toEqual([1, 2].map((a) => [1, 2, 3].map((b) => f(a, b))));
  });
  it("name their misuse", () => {
    expect(() => lt(tensor([1, 2]), tensor([1, 2, 3]))).toThrow("lt: shapes [2] and [3] do not broadcast");
    expect(() => gt(tensor([1, 2]), tensor([1, 2, 3]))).toThrow("gt: shapes [2] and [3] do not broadcast");
    expect(() => eq(1, 2)).toThrow("eq: expected at least one Tensor, got the numbers 1 and 2");
  });
});

const mask = (n: number) => tensor(Int32Array.from({ length: n }, (_, i) => Number((i * 7) % 3 === 0)));

op("where", () => {
  it.each(sizes)("chooses on %i elements", (n) => {
    const c = mask(n);
    const [a, b] = [numbers(n), numbers(n, 5)];
    const want = Array.from(c.data, (take, i) => (take ? a[i] : b[i]) as number);
    close(where(c, tensor(a), tensor(b)), want, { rtol: 0, atol: 0 });
  });
  it("broadcasts all three, takes numbers and views", () => {
    const c = tensor(Int32Array.of(1, 0, 2), { shape: [3, 1] });
    expect(where(c, tensor([5, 6]), 0).toArray()).toEqual([
      [5, 6],
      [0, 0],
      [5, 6],
    ]);
    expect(where(tensor(Int32Array.of(0, 1)), 1.5, -1).toArray()).toEqual([-1, 1.5]);
    const view = strided([1, 2, 3, 4, 5, 6], [2, 3]);
    expect(where(gt(view, 2), view, 9).toArray()).toEqual([
      [9, 9, 3],
      [4, 5, 6],
    ]);
    expect(view.where(gt(view, 2), 9).toArray()).toEqual(where(gt(view, 2), view, 9).toArray());
    expect(where(tensor(1, { dtype: "int32" }), tensor([[1], [2]]), tensor([3, 4])).toArray()).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });
  it("keeps int32 and lets nothing through from the other side", () => {
    const y = where(mask(3), tensor(Int32Array.of(16777217, 2, 3)), 7);
    expect(y.dtype).toBe("int32");
    expect(y.toArray()).toEqual([16777217, 7, 7]);
    expect(where(mask(2), tensor([1, 1]), Number.NaN).toArray()).toEqual([1, Number.NaN]);
    const x = tensor([0, 4], { requiresGrad: true });
    where(gt(x, 0), x.log(), 0).backward(tensor([1, 1]));
    expect(x.grad?.data[1]).toBe(0.25);
    const free = tensor([1, 2], { requiresGrad: true });
    where(mask(2), 0, free).backward(tensor([Infinity, 3]));
    expect(free.grad?.toArray()).toEqual([0, 3]);
  });
  it("has the numeric gradient under any broadcast", () => {
    const size = fc.constantFrom(1, 3);
    fc.assert(
      fc.property(fc.array(fc.tuple(size, size, size), { maxLength: 3 }), (dims) => {
        const [sc, sa, sb] = [0, 1, 2].map((i) => dims.map((d) => d[i] as number)) as [number[], number[], number[]];
        const count = (s: number[]) => s.reduce((p, v) => p * v, 1);
        const c = tensor(mask(count(sc)).data, { shape: sc });
        const inputs = [sa, sb].map((s, i) => tensor(numbers(count(s), 1 + i), { shape: s }));
        gradcheck((a, b) => where(c, a as Tensor, b as Tensor), inputs);
      }),
      { numRuns: 25 },
    );
  });
  it("frees what it made", () => {
    const c = mask(6);
    const [a, b] = [3, 2].map((n) => tensor(numbers(n), { shape: n === 3 ? [3] : [2, 1], requiresGrad: true }));
    const shaped = tensor(c.data, { shape: [2, 3] });
    leakcheck(() => where(shaped, a as Tensor, b as Tensor));
    leakcheck(() => noGrad(() => where(shaped, a as Tensor, 2)));
  });
  it("names its misuse", () => {
    const before = memory().liveTensors;
    const x = tensor([1, 2]);
    expect(() => where(x, x, x)).toThrow("where: expected an int32 condition, got float32");
    expect(() => where(mask(2), x, undefined as unknown as Operand)).toThrow("where: expected the second operand");
    expect(() => where(mask(3), x, 1)).toThrow("where: shapes [3] and [2] do not broadcast");
    expect(memory().liveTensors - before).toBeLessThan(5);
  });
});
