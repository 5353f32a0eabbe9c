// matmul and its special cases against PyTorch's figures, a float64 product, and numeric gradients.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bmm, dot, matmul, mm, mv, noGrad, outer, type Tensor, tensor } from "../../src/index.ts";
import { settle } from "../../src/scope.ts";
import { viewOf } from "../../src/tensor.ts";
import { close, gradcheck, numbers } from "../check.ts";
import { check, count, figures, made, turned } from "./products.ts";
import { leakcheck, op } from "./row.ts";

op("matmul", () => {
  it.each(figures.matmul)("$a x $b as PyTorch", (figure) => {
    check(matmul, [made(figure.a), made(figure.b, 1)], figure);
  });

  it.each(figures.matmul)("$a x $b from turned views", ({ a, b, y, grads }) => {
    check(matmul, [turned(made(a)).requiresGrad_(), turned(made(b, 1)).requiresGrad_()], { y, grads });
  });

  it.each(figures.int32)("int32 $a.shape x $b.shape as PyTorch", ({ a, b, y }) => {
    const [p, q] = [a, b].map(({ data, shape }) => tensor(data, { shape, dtype: "int32" })) as [Tensor, Tensor];
    const product = matmul(p, q);
    expect(product.dtype).toBe("int32");
    expect(product.shape).toEqual(y.shape);
    expect(Array.from(product.data)).toEqual(y.data);
  });

  it("wraps int32 products as PyTorch does", () => {
    const big = tensor([[2 ** 30, 2 ** 30]], { dtype: "int32" });
    expect(matmul(big, tensor([[4], [3]], { dtype: "int32" })).item()).toBe((7 * 2 ** 30) | 0);
  });

  it("reads broadcast views whose strides are 0", () => {
    const row = settle(viewOf(tensor([1, 2, 3]), [4, 3], [0, 1], 0));
    const all = settle(viewOf(row, [2, 4, 3], [0, 0, 1], 0));
    const b = made([3, 2], 1);
    const one = matmul(tensor([1, 2, 3]), b).toArray();
    expect(matmul(row, b).toArray()).toEqual([one, one, one, one]);
    expect(matmul(all, b).toArray()).toEqual([
      [one, one, one, one],
      [one, one, one, one],
    ]);
  });

  it("agrees with a float64 product on random shapes, strides and batches", () => {
    const size = fc.integer({ min: 0, max: 21 });
    const shapes = fc.record({
      m: size,
      n: size,
      k: size,
      batch: fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.boolean(), fc.boolean()), { maxLength: 2 }),
      viewA: fc.boolean(),
      viewB: fc.boolean(),
    });
    fc.assert(
      fc.property(shapes, ({ m, n, k, batch, viewA, viewB }) => {
        const a = made([...batch.map(([s, one]) => (one ? 1 : s)), m, k]);
        const b = made([...batch.map(([s, , one]) => (one ? 1 : s)), k, n], 1);
        const sizes = batch.map(([s, p, q]) => (p && q ? 1 : s));
        const y = noGrad(() => matmul(viewA ? turned(a) : a, viewB ? turned(b) : b));
        expect(y.shape).toEqual([...sizes, m, n]);
        const [da, db, dy] = [a.data, b.data, y.data];
        const at = (shape: readonly number[], index: number[]) =>
          index.reduce((o, i, d) => o * (shape[d] as number) + (shape[d] === 1 ? 0 : i), 0);
        for (let o = 0; o < y.numel; o++) {
          const [i, j] = [Math.floor(o / n) % m, o % n];
          let rest = Math.floor(o / (m * n));
          const index = sizes
            .map((_, d) => sizes[sizes.length - 1 - d] as number)
            .map((s) => {
              const here = rest % s;
              rest = Math.floor(rest / s);
              return here;
            })
            .reverse();
          const [p, q] = [at(a.shape.slice(0, -2), index) * m * k, at(b.shape.slice(0, -2), index) * k * n];
          let sum = 0;
          for (let l = 0; l < k; l++) sum += (da[p + i * k + l] as number) * (db[q + l * n + j] as number);
          if (Math.abs(sum - (dy[o] as number)) > 2e-5) expect.fail(`element ${o}: got ${dy[o]}, expected ${sum}`);
        }
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    [[257], [257]],
    [[7, 300], [300]],
    [
      [300, 7],
      [7, 5],
    ],
    [
      [70, 65],
      [65, 71],
    ],
    [
      [1, 520],
      [520, 33],
    ],
    [
      [2, 3, 270],
      [270, 9],
    ],
  ])("passes the gradients of larger shapes %j x %j", (sa, sb) => {
    const [a, b] = [made(sa), made(sb, 1)];
    const y = matmul(a, b);
    const gy = tensor(numbers(y.numel + 3).slice(3), { shape: y.shape });
    y.backward(gy);
    const [m, k] = [count(sa) / (sa.at(-1) as number), sa.at(-1) as number];
    const n = y.numel / m;
    const wide = { rtol: 1e-5, atol: 1e-4 };
    const [da, db, dy] = [a.data, b.data, gy.data];
    const sum = (terms: number, f: (t: number) => number) => {
      let s = 0;
      for (let t = 0; t < terms; t++) s += f(t);
      return s;
    };
    const v = (x: Float32Array | Int32Array, i: number) => x[i] as number;
    close(
      a.grad as Tensor,
      Float64Array.from(da, (_, i) => sum(n, (j) => v(dy, Math.floor(i / k) * n + j) * v(db, (i % k) * n + j))),
      wide,
    );
    close(
      b.grad as Tensor,
      Float64Array.from(db, (_, i) => sum(m, (r) => v(da, r * k + Math.floor(i / n)) * v(dy, r * n + (i % n)))),
      wide,
    );
  });

  it("adds both gradients when a tensor is multiplied by itself", () => {
    gradcheck((x) => matmul(x, x), [made([3, 3])]);
  });

  it("saves only what a gradient needs", () => {
    const [a, w] = [tensor(numbers(6), { shape: [2, 3] }), made([3, 2], 1)];
    const y = matmul(a, w);
    noGrad(() => w.fill_(0));
    y.backward(tensor([1, 1, 1, 1], { shape: [2, 2] }));
    expect(w.grad).not.toBeNull();
  });

  it("keeps NaN and infinities in their rows", () => {
    const a = tensor([
      [Number.NaN, 1],
      [Infinity, 1],
      [1, 1],
    ]);
    expect(matmul(a, tensor([[1], [2]])).toArray()).toEqual([[Number.NaN], [Infinity], [3]]);
    const b = tensor([
      [1, Number.NaN],
      [1, 1],
    ]);
    expect(matmul(tensor([[1, 2]]), b).toArray()).toEqual([[3, Number.NaN]]);
  });

  it("frees what it made", () => {
    const [a, b] = [made([2, 3, 4]), made([4, 5], 1)];
    leakcheck(() => matmul(a, b));
    leakcheck(() => noGrad(() => matmul(a, b)));
    const view = turned(a).requiresGrad_();
    leakcheck(() => matmul(view, b));
    const batch = made([2, 4, 3]);
    leakcheck(() => matmul(a, batch));
  });

  it.each([
    [[2, 3], [4, 5], "matmul: the inner sizes of [2, 3] and [4, 5] differ: expected [..., n, k] x [..., k, m]"],
    [[3], [4], "matmul: the inner sizes of [3] and [4] differ"],
    [[], [4], "matmul: expected tensors of at least 1 dim, got [] and [4]"],
    [[2, 2, 3], [3, 3, 2], "matmul: shapes [2] and [3] do not broadcast"],
  ])("rejects %j x %j", (a, b, message) => {
    expect(() => matmul(made(a), made(b))).toThrow(message);
  });

  it("rejects what is no tensor, mixed dtypes and freed tensors", () => {
    const x = made([2, 2]);
    expect(() => matmul(x, undefined as unknown as Tensor)).toThrow(
      "matmul: expected other to be a Tensor, got undefined",
    );
    expect(() => matmul(3 as unknown as Tensor, x)).toThrow("matmul: expected input to be a Tensor, got 3");
    const ints = tensor([[1, 2]], { dtype: "int32" });
    expect(() => matmul(ints, x)).toThrow("matmul: expected tensors of one dtype, got int32 and float32");
    const freed = made([2, 2]);
    freed.dispose();
    expect(() => matmul(x, freed)).toThrow("matmul: this tensor of shape [2, 2] was freed");
  });
});

/** The checks of an op that is matmul for these shapes alone; `wrong` lists pairs that it rejects, with the message. */
function limited(
  fn: (a: Tensor, b: Tensor) => Tensor,
  a: number[],
  b: number[],
  wrong: [number[], number[], string][],
): void {
  it("is matmul of those shapes", () => {
    const [p, q] = [made(a), made(b, 1)];
    expect(fn(p, q).toArray()).toEqual(matmul(p, q).toArray());
    gradcheck(fn, [p, q]);
  });
  it.each(wrong)("rejects %j x %j", (p, q, message) => {
    expect(() => fn(made(p), made(q))).toThrow(message);
  });
  it("frees what it made", () => {
    const [p, q] = [made(a), made(b, 1)];
    leakcheck(() => fn(p, q));
  });
}

op("mm", () => {
  limited(
    mm,
    [2, 3],
    [3, 4],
    [
      [[3], [3, 4], "mm: expected input to have 2 dims, got the shape [3]"],
      [[2, 3], [3], "mm: expected other to have 2 dims, got the shape [3]"],
      [[2, 3], [2, 3], "mm: the inner sizes of [2, 3] and [2, 3] differ"],
    ],
  );
});
op("bmm", () => {
  limited(
    bmm,
    [2, 3, 4],
    [2, 4, 2],
    [
      [[3, 4], [2, 4, 2], "bmm: expected input to have 3 dims, got the shape [3, 4]"],
      [[1, 3, 4], [2, 4, 2], "bmm: the batch sizes of [1, 3, 4] and [2, 4, 2] differ"],
      [[2, 3, 4], [2, 3, 4], "bmm: the inner sizes of [2, 3, 4] and [2, 3, 4] differ"],
    ],
  );
});
op("mv", () => {
  limited(
    mv,
    [2, 3],
    [3],
    [
      [[2, 3], [3, 1], "mv: expected other to have 1 dims, got the shape [3, 1]"],
      [[2, 3], [2], "mv: the inner sizes of [2, 3] and [2] differ"],
    ],
  );
});
op("dot", () => {
  limited(
    dot,
    [5],
    [5],
    [
      [[5], [4], "dot: the inner sizes of [5] and [4] differ"],
      [[1, 5], [5], "dot: expected input to have 1 dims, got the shape [1, 5]"],
    ],
  );
});

op("outer", () => {
  it("multiplies every pair", () => {
    expect(outer(tensor([1, 2, 3]), tensor([4, 5])).toArray()).toEqual([
      [4, 5],
      [8, 10],
      [12, 15],
    ]);
    expect(outer(tensor([]), tensor([4, 5])).shape).toEqual([0, 2]);
  });
  it("has the numeric gradient, from strided vectors too", () => {
    gradcheck(outer, [made([3]), made([4], 1)]);
    const every2 = (x: Tensor) => settle(viewOf(x, [3], [2], 0));
    expect(outer(every2(made([6])), every2(made([6], 1))).toArray()).toEqual(
      outer(tensor(every2(made([6])).data), tensor(every2(made([6], 1)).data)).toArray(),
    );
  });
  it("keeps int32 and promotes it beside float32", () => {
    const ints = tensor([1, 2], { dtype: "int32" });
    expect(outer(ints, ints).dtype).toBe("int32");
    expect(outer(ints, tensor([0.5])).toArray()).toEqual([[0.5], [1]]);
  });
  it("rejects other shapes", () => {
    expect(() => outer(made([2, 2]), made([2]))).toThrow("outer: expected input to have 1 dims, got the shape [2, 2]");
    expect(() => outer(made([2]), made([]))).toThrow("outer: expected other to have 1 dims, got the shape []");
  });
});

describe("methods", () => {
  it("are the same functions", () => {
    const [a, b] = [made([2, 3]), made([3, 2], 1)];
    expect(a.matmul(b).toArray()).toEqual(matmul(a, b).toArray());
    expect(made([3]).dot(made([3])).shape).toEqual([]);
  });
});
