// Reductions against PyTorch's figures, at 200,000 elements, on random shapes, and what they reject.
import fc from "fast-check";
import { expect, it } from "vitest";
import * as L from "../../src/index.ts";
import { close, fixtures, gradcheck, numbers } from "../check.ts";
import { leaf, shapes, views } from "../views.ts";
import { leakcheck, op } from "./row.ts";

interface Figures {
  shape: number[];
  data: number[];
}
interface Case {
  op: string;
  shape: number[];
  view: string;
  dim: number | number[] | null;
  keepdim: boolean;
  options?: { correction?: number; p?: number };
  values?: number[] | number[][];
  y: Figures[];
  grad?: number[];
}
type Reduction = (x: L.Tensor, dim?: unknown, keepdim?: boolean, options?: object) => L.Tensor | Iterable<L.Tensor>;

const { cases, integers } = fixtures<{
  cases: Case[];
  integers: { op: string; dim: number | number[] | null; x: number[]; y: Figures[] }[];
}>("reduce");
const reduction = (name: string) => L.functional[name as "sum"] as Reduction;
const listOf = (out: L.Tensor | Iterable<L.Tensor>) => (out instanceof L.Tensor ? [out] : [...out]);
const bad = (v: unknown) => v as number;

it.each(cases)("$op over $dim of $shape, $view, $options $values", (c) => {
  const x = c.values ? L.tensor(c.values as number[][], { requiresGrad: true }) : leaf(c.shape, { requiresGrad: true });
  const input = (views[c.view] as (x: L.Tensor) => L.Tensor)(x);
  const outs = listOf(reduction(c.op)(input, c.dim, c.keepdim, c.options));
  expect(outs.map((y) => y.shape)).toEqual(c.y.map((y) => y.shape));
  for (const [i, y] of outs.entries()) close(y, (c.y[i] as Figures).data, { rtol: 1e-6, atol: 1e-6 });
  const y = outs[0] as L.Tensor;
  expect(y.requiresGrad).toBe(c.grad !== undefined || c.options?.p === 0);
  if (c.grad === undefined) return;
  y.backward(leaf(y.shape, { skip: 3 }));
  close((x.grad as L.Tensor).data, c.grad, { rtol: 2e-6, atol: 1e-6 });
});

it.each(integers)("$op over $dim of int32", ({ op: name, dim, x, y }) => {
  const input = L.tensor(Int32Array.from(x), { shape: [2, 3, 4] });
  const outs = listOf(reduction(name)(input, dim));
  expect(outs.map((t) => t.shape)).toEqual(y.map((t) => t.shape));
  expect(outs.every((t) => t.dtype === (name === "logsumexp" ? "float32" : "int32"))).toBe(true);
  for (const [i, t] of outs.entries()) close(t, (y[i] as Figures).data);
});

/** Numbers from -1 to 3: their sums do not cancel. */
const shifted = (shape: readonly number[]) =>
  L.tensor(
    numbers(numel(shape)).map((v) => v + 1),
    { shape },
  );

/** A reduction of random dims of a random view, against the same on plain arrays in float64. */
function agrees(name: string, plain: (values: number[]) => number, most = 3): void {
  it("agrees with the formula on random shapes, dims and views", () => {
    const sizes = fc.tuple(shapes(3, 1), fc.integer({ min: 1, max: 40 })).map(([s, last]) => [...s, last]);
    fc.assert(
      fc.property(
        sizes,
        fc.array(fc.nat(3), { maxLength: most }),
        fc.boolean(),
        fc.boolean(),
        (shape, picks, keepdim, turned) => {
          const dims = [...new Set(picks.map((d) => d % shape.length))];
          const x = turned
            ? shifted([...shape].reverse()).permute(shape.map((_, d) => shape.length - 1 - d))
            : shifted(shape);
          const y = reduction(name)(x, most === 1 || dims.length === 0 ? dims[0] : dims, keepdim) as L.Tensor;
          const reduced = dims.length === 0 ? shape.map((_, d) => d) : dims;
          const kept = shape.map((size, d) => (reduced.includes(d) ? 1 : size));
          expect(y.shape).toEqual(keepdim ? kept : kept.filter((_, d) => !reduced.includes(d)));
          const groups = Array.from({ length: y.numel }, () => [] as number[]);
          for (const [i, v] of x.data.entries()) {
            let rest = i;
            let group = 0;
            let step = 1;
            for (let d = shape.length - 1; d >= 0; d--) {
              const at = rest % (shape[d] as number);
              rest = Math.floor(rest / (shape[d] as number));
              if (reduced.includes(d)) continue;
              group += at * step;
              step *= shape[d] as number;
            }
            groups[group]?.push(v);
          }
          close(y, groups.map(plain), { rtol: 3e-6, atol: 3e-6 });
        },
      ),
    );
  });
}

/** Values, gradient graph and nothing else alive afterwards, in each layout that a kernel treats apart. */
function frees(fn: (x: L.Tensor) => L.Tensor): void {
  it("frees what it made", () => {
    const x = leaf([3, 4, 20], { requiresGrad: true });
    const turned = x.permute(2, 0, 1);
    for (const a of [x, turned]) {
      leakcheck(() => fn(a));
      leakcheck(() => L.noGrad(() => fn(a)));
    }
  });
}

const numel = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
const total = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);
const variance = (v: number[]) => {
  const m = total(v) / v.length;
  return total(v.map((a) => (a - m) ** 2)) / Math.max(0, v.length - 1);
};

op("sum", () => {
  agrees("sum", total);
  frees((x) => x.sum(1));
  frees((x) => x.sum([0, 2]));
  it.each([
    ["rows", [200_003], undefined],
    ["columns", [200_003, 17], 0],
    ["narrow columns", [200_003, 3], 0],
  ] as const)("keeps every digit of 200,003 elements in %s", (_, shape, dim) => {
    const x = L.tensor(
      numbers(numel(shape)).map((v) => v + 2),
      { shape },
    );
    const exact = total(shape.length === 1 ? x.data : x.select(1, 0).data);
    const y = x.sum(dim).data[0] as number;
    expect(Math.abs(y / exact - 1)).toBeLessThan(1e-7);
  });
  it("names dims out of range, twice or of a wrong type", () => {
    const x = leaf([2, 3]);
    expect(() => x.sum(2)).toThrow("sum: dim 2 is out of range: expected -2 to 1");
    expect(() => x.sum([0, -2])).toThrow("sum: dim 0 appears twice");
    expect(() => x.sum(bad("0"))).toThrow("sum: expected dim to be an integer, got 0");
    expect(() => x.sum(0, 1 as unknown as boolean)).toThrow("sum: expected keepdim to be a boolean, got 1");
    expect(() => L.sum([1] as unknown as L.Tensor)).toThrow("sum: expected input to be a Tensor, got [1]");
  });
  it("wraps int32 around", () => {
    expect(L.tensor(Int32Array.of(2147483647, 1)).sum().item()).toBe(-2147483648);
  });
});

op("mean", () => {
  agrees("mean", (v) => total(v) / v.length);
  frees((x) => x.mean([0, 2], true));
  it("wants float32", () => {
    expect(() => L.tensor(Int32Array.of(1)).mean()).toThrow("mean: expected input to be float32, got int32");
  });
});

op("variance", () => {
  agrees("variance", variance);
  frees((x) => x.variance(1));
  it("stands far offsets", () => {
    const x = L.tensor(numbers(1000).map((v) => v + 4096));
    const exact = variance(Array.from(x.data));
    expect(Math.abs((x.var().item() as number) / exact - 1)).toBeLessThan(1e-6);
    const wide = x.reshape(50, 20);
    const column = variance(Array.from(wide.select(1, 3).data));
    expect(Math.abs((wide.var(0).data[3] as number) / column - 1)).toBeLessThan(1e-6);
  });
  it("wants float32 and a finite correction", () => {
    expect(() => L.tensor(Int32Array.of(1)).var()).toThrow("var: expected input to be float32, got int32");
    expect(() => leaf([2]).var(0, false, { correction: Number.NaN })).toThrow(
      "var: expected correction to be a number, got NaN",
    );
  });
});

op("var", () => {
  it("is variance under PyTorch's name", () => {
    expect(L.var).toBe(L.variance);
    expect(leaf([2, 3]).var(1).data).toEqual(leaf([2, 3]).variance(1).data);
  });
  it("has the numeric gradient", () => {
    gradcheck((x) => x.var(0), [leaf([4, 3])]);
  });
});

op("std", () => {
  agrees("std", (v) => Math.sqrt(variance(v)));
  frees((x) => x.std(0));
  it("wants float32", () => {
    expect(() => L.tensor(Int32Array.of(1)).std()).toThrow("std: expected input to be float32, got int32");
  });
  it("has the numeric gradient", () => {
    gradcheck((x) => x.std([0, 2]), [leaf([3, 2, 2])]);
  });
});

op("norm", () => {
  agrees("norm", (v) => Math.sqrt(total(v.map((a) => a * a))));
  frees((x) => x.norm(1));
  frees((x) => x.norm(null, false, { p: 3 }));
  it("takes 'fro' and names other orders", () => {
    expect(leaf([2, 3]).norm(null, false, { p: "fro" }).item()).toBe(leaf([2, 3]).norm().item());
    expect(() => leaf([2]).norm(0, false, { p: "nuc" as "fro" })).toThrow(
      'norm: expected p to be a number or "fro", got nuc',
    );
    expect(() => leaf([2]).norm(0, false, { p: Number.NaN })).toThrow("norm: expected p to be a number");
    expect(() => L.tensor(Int32Array.of(1)).norm()).toThrow("norm: expected input to be float32, got int32");
  });
});

op("logsumexp", () => {
  agrees("logsumexp", (v) => Math.log(total(v.map(Math.exp))));
  frees((x) => x.logsumexp([0, 1]));
  it("does not overflow", () => {
    expect(L.tensor([1000, 1000]).logsumexp(0).item()).toBeCloseTo(1000 + Math.log(2), 3);
    expect(L.tensor([-1000, -1000]).logsumexp(0).item()).toBeCloseTo(-1000 + Math.log(2), 3);
  });
});

op("prod", () => {
  agrees("prod", (v) => v.reduce((a, b) => a * b, 1), 1);
  frees((x) => x.prod(1));
  it("takes one dim", () => {
    expect(() => leaf([2, 3]).prod([0] as unknown as number)).toThrow("prod: expected dim to be an integer, got [0]");
  });
});

op("cumsum", () => {
  it("keeps int32, and every digit of 200,000 elements", () => {
    expect(
      L.tensor(Int32Array.of(1, 2, 3))
        .cumsum(0)
        .toArray(),
    ).toEqual([1, 3, 6]);
    const x = numbers(200_000).map((v) => v + 2);
    const y = L.tensor(x).cumsum(0).data;
    expect(Math.abs((y[199_999] as number) / total(x) - 1)).toBeLessThan(1e-7);
  });
  it("has the numeric gradient and frees its copies", () => {
    gradcheck((x) => x.cumsum(0), [leaf([4, 2])]);
    const turned = leaf([3, 2], { requiresGrad: true }).t();
    leakcheck(() => turned.cumsum(0));
  });
  it("names a dim out of range", () => {
    expect(() => leaf([2]).cumsum(1)).toThrow("cumsum: dim 1 is out of range");
    expect(() => leaf([2]).cumsum(bad(undefined))).toThrow("cumsum: expected dim to be an integer, got undefined");
  });
});
