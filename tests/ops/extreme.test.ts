// Maxima and minima: first positions, NaN, random layouts against plain arrays, and what they reject. Figures: reduce.test.ts.
import fc from "fast-check";
import { expect, it } from "vitest";
import { noGrad, type Tensor, tensor } from "../../src/index.ts";
import { gradcheck, numbers } from "../check.ts";
import { leaf } from "../views.ts";
import { leakcheck, op } from "./row.ts";

const x = leaf([2, 3]);
const empty = leaf([2, 0]);
const special = [Number.NaN, Infinity, -Infinity, 0, -0, 1, 1, 2, -3, 2147483647, -2147483648];

/** First position of the largest (or smallest) value, NaN before all. */
function place(values: readonly number[], largest: boolean): number {
  const nan = values.findIndex(Number.isNaN);
  if (nan >= 0) return nan;
  return values.reduce(
    (best, v, i) => ((largest ? v > (values[best] as number) : v < (values[best] as number)) ? i : best),
    0,
  );
}

function finds(name: "max" | "min"): void {
  const largest = name === "max";
  const layouts = [
    fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 70 }), fc.constant(1)),
    fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 9 }), fc.nat(20)),
  ];
  it.each(["float32", "int32"] as const)("finds values and first positions in any layout of %s", (dtype) => {
    fc.assert(
      fc.property(fc.oneof(...layouts), fc.nat(1000), fc.boolean(), ([outer, n, inner], seed, rare) => {
        const values = Array.from({ length: outer * n * inner }, (_, i) => {
          const draw = (i * 7919 + seed * 31) % (rare ? 97 : 11);
          return special[draw] ?? (draw % 5) - 2;
        });
        const a = tensor(dtype === "int32" ? Int32Array.from(values) : Float32Array.from(values), {
          shape: [outer, n, inner],
        });
        const { values: y, indices } = a[name](1);
        const data = Array.from(a.data);
        for (let o = 0; o < outer; o++) {
          for (let i = 0; i < inner; i++) {
            const group = Array.from({ length: n }, (_, j) => data[(o * n + j) * inner + i] as number);
            const at = place(group, largest);
            expect(indices.data[o * inner + i]).toBe(at);
            expect(y.data[o * inner + i]).toBe(group[at]);
          }
        }
        expect(a[largest ? "argmax" : "argmin"](1).data).toEqual(indices.data);
        expect(a[largest ? "amax" : "amin"](1).data).toEqual(y.data);
      }),
    );
  });
  it("destructures as a pair, the positions outside the graph", () => {
    const a = leaf([2, 3], { requiresGrad: true });
    const [values, indices] = a[name](1, true);
    expect(values?.shape).toEqual([2, 1]);
    expect(indices?.dtype).toBe("int32");
    expect(values?.requiresGrad).toBe(true);
    expect(indices?.requiresGrad).toBe(false);
  });
  it("names what it cannot reduce", () => {
    expect(() => empty[name]()).toThrow(`${name}: Expected reduction dim to be specified for an empty input [2, 0]`);
    expect(() => empty[name](1)).toThrow(`${name}: Expected reduction dim 1 of [2, 0] to have non-zero size`);
    expect(() => x[name](2)).toThrow(`${name}: dim 2 is out of range`);
    expect(() => x[name]([0] as unknown as number)).toThrow(`${name}: expected dim to be an integer, got [0]`);
  });
  it("of two tensors is that of their elements", () => {
    const other = tensor([0.5, -0.5, 0]);
    expect(x[name](other).toArray()).toEqual((largest ? x.maximum(other) : x.minimum(other)).toArray());
    expect(() => x[name](tensor([1, 2]))).toThrow("do not broadcast");
  });
  it("survives a scope as a pair, and frees its copies", () => {
    const a = leaf([3, 4, 20], { requiresGrad: true });
    const turned = a.permute(2, 0, 1);
    const { values, indices } = noGrad(() => turned[name](0));
    expect(values.numel + indices.numel).toBe(24);
    leakcheck(() => {
      const found = turned[name](0);
      found.indices.dispose();
      return found.values;
    });
    leakcheck(() => turned[name]());
  });
}

op("max", () => finds("max"));
op("min", () => finds("min"));

function shares(name: "amax" | "amin"): void {
  it("has the numeric gradient over several dims", () => {
    gradcheck((a) => a[name]([0, 2]), [leaf([3, 2, 2])], { eps: 1e-3 });
  });
  it("names what it cannot reduce", () => {
    expect(() => empty[name]()).toThrow(`${name}: Expected reduction dim to be specified for an empty input [2, 0]`);
    expect(() => empty[name]([0, 1])).toThrow(`${name}: Expected reduction dim 1 of [2, 0] to have non-zero size`);
  });
}
op("amax", () => shares("amax"));
op("amin", () => shares("amin"));

function locates(name: "argmax" | "argmin"): void {
  it("counts through the flattened tensor without a dim", () => {
    const a = tensor(numbers(1003));
    expect(a[name]().item()).toBe(place(Array.from(a.data), name === "argmax"));
    expect(x.t()[name]().shape).toEqual([]);
    expect(x.t()[name]().item()).toBe(place(Array.from(x.t().data), name === "argmax"));
  });
  it("gives no gradient", () => {
    expect(leaf([2], { requiresGrad: true })[name]().requiresGrad).toBe(false);
  });
  it("names what it cannot reduce", () => {
    expect(() => empty[name]()).toThrow(`${name}: Expected reduction dim to be specified for an empty input [2, 0]`);
    expect(() => empty[name](1)).toThrow(`${name}: Expected reduction dim 1 of [2, 0] to have non-zero size`);
    expect(() => x[name]([0, 1] as unknown as number)).toThrow(`${name}: expected dim to be an integer, got [0, 1]`);
  });
}
op("argmax", () => locates("argmax"));
op("argmin", () => locates("argmin"));

function tests(name: "any" | "all", plain: (values: boolean[]) => boolean): void {
  it("agrees with plain arrays, -0 being nothing and NaN something", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...special), { maxLength: 20 }),
        fc.integer({ min: 1, max: 4 }),
        (values, inner) => {
          const n = Math.floor(values.length / inner);
          const a = tensor(values.slice(0, n * inner)).reshape(n, inner);
          const columns = Array.from({ length: inner }, (_, i) =>
            Number(plain(Array.from({ length: n }, (_, j) => values[j * inner + i] !== 0))),
          );
          expect(a[name](0).toArray()).toEqual(columns);
          expect(a[name]().dtype).toBe("int32");
        },
      ),
    );
  });
  it("frees its copies", () => {
    const turned: Tensor = leaf([3, 4]).t();
    leakcheck(() => turned[name]());
  });
}
op("any", () => tests("any", (v) => v.some(Boolean)));
op("all", () => tests("all", (v) => v.every(Boolean)));
