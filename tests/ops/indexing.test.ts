// Selection by index and mask: ranges, dtypes, errors, and random indices against plain arrays.
import fc from "fast-check";
import { expect, it } from "vitest";
import { noGrad, oneHot, type Tensor, tensor } from "../../src/index.ts";
import { leaf, shapes } from "../views.ts";
import { leakcheck, op } from "./row.ts";

const x = leaf([2, 3]);
const index = (...values: number[]) => tensor(Int32Array.from(values));
const scalar = leaf([]);

op("indexSelect", () => {
  it("names what does not fit", () => {
    expect(() => x.indexSelect(0, index(0, 2))).toThrow(
      "indexSelect: index 2 is out of range for dim 0 of [2, 3] of size 2: expected 0 to 1",
    );
    expect(() => x.indexSelect(1, index(-1))).toThrow("indexSelect: index -1 is out of range");
    expect(() => x.indexSelect(0, index(0).unsqueeze(0))).toThrow("indexSelect: expected indices [n], got [1, 1]");
    expect(() => x.indexSelect(0, tensor([1]))).toThrow("indexSelect: expected an int32 index, got float32; use int()");
    expect(() => x.indexSelect(2, index(0))).toThrow("indexSelect: dim 2 is out of range");
    expect(() => scalar.indexSelect(0, index(0, 0))).toThrow("indexSelect: expected one index into a scalar");
    expect(() => x.indexSelect(0, [0] as unknown as Tensor)).toThrow(
      "indexSelect: expected index to be a Tensor, got [0]",
    );
  });
  it("takes any rows, in any width, and adds up their gradients", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.nat(20),
        fc.array(fc.nat(5), { maxLength: 9 }),
        (n, width, picks) => {
          const a = leaf([n, width], { requiresGrad: true });
          const rows = picks.map((p) => p % n);
          const y = a.indexSelect(0, index(...rows));
          expect(y.shape).toEqual([rows.length, width]);
          for (const [i, row] of rows.entries()) expect(y.select(0, i).data).toEqual(a.select(0, row).data);
          const g = leaf(y.shape, { skip: 2 });
          y.backward(g);
          const expected = new Float32Array(n * width);
          for (const [i, v] of g.data.entries()) {
            const at = (rows[Math.floor(i / width)] as number) * width + (i % width);
            expected[at] = (expected[at] as number) + v;
          }
          expect((a.grad as Tensor).data).toEqual(expected);
        },
      ),
    );
  });
  it("keeps int32 and frees its copies", () => {
    expect(
      tensor(Int32Array.of(5, 6, 7))
        .indexSelect(0, index(2, 0))
        .toArray(),
    ).toEqual([7, 5]);
    const a = leaf([2, 3], { requiresGrad: true }).t();
    const at = index(0, 1, 1, 0).slice(0, 0, null, 2);
    leakcheck(() => a.indexSelect(0, at));
  });
});

op("gather", () => {
  it("names what does not fit", () => {
    expect(() => x.gather(0, index(0, 1, 2).unsqueeze(0))).toThrow(
      "gather: index 2 is out of range for dim 0 of [2, 3] of size 2: expected 0 to 1",
    );
    expect(() => x.gather(1, index(0, 2, 1).unsqueeze(1))).toThrow(
      "gather: the index of shape [3, 1] does not fit [2, 3] outside dim 1",
    );
    expect(() => x.gather(1, index(0))).toThrow("gather: the index of shape [1] does not fit [2, 3] outside dim 1");
    expect(() => x.gather(1, leaf([2, 1]))).toThrow("gather: expected an int32 index, got float32; use int()");
  });
  it("takes random positions along any dim", () => {
    fc.assert(
      fc.property(
        shapes(4, 1).filter((s) => !s.includes(0)),
        fc.nat(3),
        fc.nat(6),
        fc.nat(1000),
        (shape, dim, m, seed) => {
          const d = dim % shape.length;
          const a = leaf(shape, { requiresGrad: true });
          const size = shape[d] as number;
          const target = shape.map((s, i) => (i === d ? m : Math.max(1, s - (seed % 2))));
          const count = target.reduce((p, q) => p * q, 1);
          const at = tensor(
            Int32Array.from({ length: count }, (_, i) => (i * 7 + seed) % size),
            { shape: target },
          );
          const y = a.gather(d, at);
          const strides = a.strides;
          const from = Array.from(at.data, (pick, i) => {
            let rest = i;
            let place = 0;
            for (let j = target.length - 1; j >= 0; j--) {
              const place_j = rest % (target[j] as number);
              rest = Math.floor(rest / (target[j] as number));
              place += (strides[j] as number) * (j === d ? pick : place_j);
            }
            return place;
          });
          expect(Array.from(y.data)).toEqual(from.map((p) => a.data[p]));
          const g = leaf(y.shape, { skip: 1 });
          y.backward(g);
          const expected = new Float64Array(a.numel);
          for (const [i, p] of from.entries()) expected[p] = (expected[p] as number) + (g.data[i] as number);
          for (const [i, v] of (a.grad as Tensor).data.entries()) expect(v).toBeCloseTo(expected[i] as number, 5);
        },
      ),
    );
  });
  it("frees its copies", () => {
    const a = leaf([2, 3], { requiresGrad: true });
    const at = index(0, 1).unsqueeze(0);
    leakcheck(() => a.gather(1, at));
    leakcheck(() => noGrad(() => a.gather(1, at)));
  });
});

op("maskedFill", () => {
  const mask = index(1, 0, 1);
  it("fills int32 with the value rounded towards zero, and NaN and infinities with theirs", () => {
    expect(
      tensor(Int32Array.of(4, 5, 6))
        .maskedFill(mask, -1.5)
        .toArray(),
    ).toEqual([-1, 5, -1]);
    expect(tensor([4, 5, 6]).maskedFill(mask, -Infinity).toArray()).toEqual([-Infinity, 5, -Infinity]);
    expect(tensor([4, 5, 6]).maskedFill(mask, Number.NaN).toArray()).toEqual([Number.NaN, 5, Number.NaN]);
    expect(tensor([Number.NaN, Number.NaN, 6]).maskedFill(mask, 0).toArray()).toEqual([0, Number.NaN, 0]);
  });
  it("names what does not fit", () => {
    expect(() => x.maskedFill(index(1, 0, 1, 0), 9)).toThrow(
      "where: shapes [4] and [2, 3] do not broadcast: 4 and 3 at dim -1 differ",
    );
    expect(() => x.maskedFill(x, 9)).toThrow("maskedFill: expected an int32 mask, got float32");
    expect(() => x.maskedFill(mask, undefined as unknown as number)).toThrow(
      "maskedFill: expected the value to be a number or a scalar, got undefined",
    );
  });
  it("frees its copies", () => {
    const a = leaf([2, 3], { requiresGrad: true });
    leakcheck(() => a.maskedFill(mask, 1));
  });
});

it("maskedFill takes a scalar tensor and brings its gradient to it", () => {
  const value = tensor(2, { requiresGrad: true });
  const a = leaf([2, 3], { requiresGrad: true });
  const y = a.maskedFill(index(1, 0, 1), value);
  y.sum().backward();
  expect(value.grad?.item()).toBe(4);
  expect(a.grad?.toArray()).toEqual([
    [0, 1, 0],
    [0, 1, 0],
  ]);
  expect(tensor(Int32Array.of(4, 5)).maskedFill(index(1, 0), tensor(1.5)).toArray()).toEqual([1, 5]);
  expect(() => a.maskedFill(index(1, 0, 1), tensor([1]))).toThrow(
    "maskedFill: expected the value to be a number or a scalar, got [1]",
  );
});

op("oneHot", () => {
  it("puts a 1 at each class", () => {
    expect(oneHot(index(1, 0), 3).toArray()).toEqual([
      [0, 1, 0],
      [1, 0, 0],
    ]);
    expect(oneHot(index(1, 2)).shape).toEqual([2, 3]);
    expect(oneHot(tensor(Int32Array.of(1)).reshape([]), 2).toArray()).toEqual([0, 1]);
    expect(oneHot(index(), 3).shape).toEqual([0, 3]);
    expect(oneHot(index(1, 0), 3).dtype).toBe("int32");
  });
  it("names classes out of range", () => {
    expect(() => oneHot(index(3), 3)).toThrow(
      "oneHot: index 3 is out of range for the classes of size 3: expected 0 to 2",
    );
    expect(() => oneHot(index(-1))).toThrow("oneHot: index -1 is out of range");
    expect(() => oneHot(index())).toThrow("oneHot: an empty input does not tell numClasses");
    expect(() => oneHot(index(0), 0)).toThrow("oneHot: index 0 is out of range for the classes of size 0");
    expect(() => oneHot(index(0), -2)).toThrow("oneHot: expected numClasses to be a positive integer, got -2");
    expect(() => oneHot(tensor([0]), 2)).toThrow("oneHot: expected int32 classes, got float32; use int()");
  });
});

function triangle(name: "tril" | "triu", kept: (i: number, j: number, k: number) => boolean): void {
  it("keeps its side of any diagonal, in values and gradient", () => {
    fc.assert(
      fc.property(fc.nat(6), fc.nat(6), fc.nat(2), fc.integer({ min: -7, max: 7 }), (n, m, batch, k) => {
        const a = leaf([batch, n, m], { requiresGrad: true });
        const expected = a.data.map((v, i) => (kept(Math.floor((i % (n * m)) / m), i % m, k) ? v : 0));
        const y = a[name](k);
        expect(y.data).toEqual(expected);
        y.backward(a.detach());
        expect((a.grad as Tensor).data).toEqual(expected);
      }),
    );
  });
  it("names what does not fit", () => {
    expect(() => leaf([3])[name]()).toThrow(`${name}: expected at least 2 dims, got the shape [3]`);
    expect(() => x[name](0.5)).toThrow(`${name}: expected diagonal to be an integer, got 0.5`);
  });
}
op("tril", () => triangle("tril", (i, j, k) => j <= i + k));
op("triu", () => triangle("triu", (i, j, k) => j >= i + k));
