// Views that keep every element: what PyTorch shares is shared, what it rejects is rejected, and random chains of views.
import fc from "fast-check";
import { expect, it } from "vitest";
import { noGrad, type Tensor, tensor } from "../../src/index.ts";
import { gradcheck, numbers } from "../check.ts";
import { leaf, shapes } from "../views.ts";
import { leakcheck, op } from "./row.ts";

const x = leaf([2, 3]);
const bad = (v: unknown) => v as number;

op("reshape", () => {
  it("shares memory where the strides allow it and copies where they do not", () => {
    expect(x.reshape(3, 2).storage).toBe(x.storage);
    expect(x.t().reshape(6).storage).not.toBe(x.storage);
    expect(x.t().reshape([6]).toArray()).toEqual(Array.from(x.t().data));
  });
  it("keeps int32", () => {
    expect(tensor(Int32Array.of(1, 2, 3, 4)).reshape(2, -1).dtype).toBe("int32");
  });
  it("names shapes that do not fit", () => {
    expect(() => x.reshape(4, -1)).toThrow("reshape: the shape [4, -1] does not fit the 6 elements of [2, 3]");
    expect(() => x.reshape(5)).toThrow("reshape: the shape [5] does not fit the 6 elements");
    expect(() => x.reshape(-1, -1)).toThrow("reshape: only one size can be -1, got [-1, -1]");
    expect(() => x.reshape(3, -2)).toThrow("reshape: expected sizes of at least 0, or one -1, got [3, -2]");
    expect(() => leaf([2, 0]).reshape(0, -1)).toThrow("reshape: the -1 in [0, -1] could be any size");
    expect(() => x.reshape(1.5, 4)).toThrow("reshape: expected sizes to be integers, got 1.5");
    expect(() => x.reshape(bad(undefined))).toThrow("reshape: expected sizes to be integers, got undefined");
  });
  it("frees its copies", () => {
    const a = leaf([2, 3], { requiresGrad: true });
    const turned = a.t();
    leakcheck(() => turned.reshape(6));
    leakcheck(() => noGrad(() => turned.reshape(6)));
  });
  it("has the numeric gradient through a copy", () => {
    gradcheck((a) => a.t().reshape(2, 3), [x]);
  });
});

op("view", () => {
  it("says why strides do not allow it, and what to use", () => {
    expect(() => x.t().view(6)).toThrow(
      "view: the shape [6] is not compatible with [3, 2] of strides [1, 3]; use reshape()",
    );
    expect(() => x.view(5)).toThrow("view: the shape [5] does not fit the 6 elements of [2, 3]");
  });
  it("sees changes of what it views", () => {
    const base = leaf([4]);
    const y = base.view(2, 2);
    base.fill_(3);
    expect(y.toArray()).toEqual([
      [3, 3],
      [3, 3],
    ]);
  });
  it("splits and merges strided dims as PyTorch does", () => {
    const part = leaf([4, 6]).narrow(1, 0, 4);
    expect(part.view(2, 2, 2, 2).strides).toEqual([12, 6, 2, 1]);
    expect(() => part.view(16)).toThrow("view: the shape [16] is not compatible");
    expect(leaf([4, 6]).t().view(3, 2, 4).strides).toEqual([2, 1, 6]);
  });
});

op("flatten", () => {
  it("rejects a start after the end and dims out of range", () => {
    expect(() => x.flatten(1, 0)).toThrow("flatten: startDim 1 comes after endDim 0");
    expect(() => x.flatten(0, 2)).toThrow("flatten: dim 2 is out of range: expected -2 to 1");
  });
});

op("unflatten", () => {
  it("names sizes that do not multiply to the dim", () => {
    expect(() => x.unflatten(1, [2, 2])).toThrow("unflatten: the sizes [2, 2] do not multiply to 3");
    expect(() => x.unflatten(1, [2, -1])).toThrow("unflatten: the sizes [2, -1] do not multiply to 3");
    expect(() => x.unflatten(1, [])).toThrow("unflatten: expected sizes as a non-empty array");
  });
});

op("squeeze", () => {
  it("takes several dims and leaves those of other sizes", () => {
    expect(leaf([1, 2, 1, 3]).squeeze([0, 1, 2]).shape).toEqual([2, 3]);
    expect(leaf([1, 1]).squeeze([]).shape).toEqual([1, 1]);
  });
  it("rejects dims out of range", () => {
    expect(() => x.squeeze(2)).toThrow("squeeze: dim 2 is out of range");
  });
});

op("unsqueeze", () => {
  it("counts negative dims from behind the last", () => {
    expect(x.unsqueeze(-1).shape).toEqual([2, 3, 1]);
    expect(x.unsqueeze(-3).shape).toEqual([1, 2, 3]);
    expect(() => x.unsqueeze(3)).toThrow("unsqueeze: dim 3 is out of range: expected -3 to 2");
    expect(() => x.unsqueeze(bad(undefined))).toThrow("unsqueeze: expected dim to be an integer, got undefined");
  });
});

op("permute", () => {
  it("shares memory", () => {
    expect(x.permute(1, 0).storage).toBe(x.storage);
    expect(x.permute(1, 0).strides).toEqual([1, 3]);
  });
  it("wants every dim once", () => {
    expect(() => x.permute(0)).toThrow("permute: expected 2 dims for [2, 3], got [0]");
    expect(() => x.permute(0, 0)).toThrow("permute: a dim appears twice in [0, 0]");
    expect(() => x.permute(0, -2)).toThrow("permute: a dim appears twice in [0, -2]");
    expect(() => x.permute(0, 2)).toThrow("permute: dim 2 is out of range");
  });
});

op("transpose", () => {
  it("rejects dims out of range", () => {
    expect(() => x.transpose(0, 2)).toThrow("transpose: dim 2 is out of range");
    expect(() => x.transpose(0, bad(undefined))).toThrow("transpose: expected dim to be an integer, got undefined");
  });
  it("leaves a scalar alone", () => {
    expect(leaf([]).transpose(0, -1).shape).toEqual([]);
  });
});

op("swapaxes", () => {
  it("is transpose under another name", () => {
    expect(x.swapaxes(0, 1).toArray()).toEqual(x.transpose(0, 1).toArray());
    expect(() => x.swapaxes(0, 5)).toThrow("swapaxes: dim 5 is out of range");
  });
});

op("t", () => {
  it("wants at most two dims", () => {
    expect(() => leaf([2, 2, 2]).t()).toThrow("t: expected at most 2 dims, got [2, 2, 2]; use transpose()");
  });
});

op("movedim", () => {
  it("wants as many targets as sources", () => {
    const message = "movedim: expected as many distinct dims from as to";
    expect(() => x.movedim([0], [1, 0])).toThrow(message);
    expect(() => x.movedim([0, 0], [1, 0])).toThrow(message);
    expect(() => x.movedim(0, 3)).toThrow("movedim: dim 3 is out of range");
  });
});

op("expand", () => {
  it("names the dim that does not expand", () => {
    expect(() => x.expand(2, 4)).toThrow("expand: the shape [2, 3] does not expand to [2, 4] at dim 1");
    expect(() => x.expand(3)).toThrow("expand: expected at least 2 sizes for [2, 3], got [3]");
    expect(() => x.expand(-1, 2, 3)).toThrow("expand: the size -1 of dim 0 in [-1, 2, 3] is not allowed there");
    expect(() => leaf([1, 3]).expand(-2, 3)).toThrow("expand: the size -2 of dim 0");
    expect(() => leaf([0, 3]).expand(1, 3)).toThrow("expand: the shape [0, 3] does not expand to [1, 3]");
  });
  it("sums the gradient of 200,000 copies without losing digits", () => {
    const a = leaf([2], { requiresGrad: true });
    const rows = leaf([17], { requiresGrad: true });
    const g = numbers(100_000).map((v) => v + 2);
    const total = (values: Float32Array) => values.reduce((s, v) => s + v, 0);
    a.unsqueeze(1)
      .expand(2, 50_000)
      .backward(tensor(g, { shape: [2, 50_000] }));
    const halves = [total(g.subarray(0, 50_000)), total(g.subarray(50_000))];
    for (const i of [0, 1]) expect(((a.grad as Tensor).data[i] as number) / (halves[i] as number)).toBeCloseTo(1, 6);
    rows.expand(5882, 17).backward(tensor(g.subarray(0, 5882 * 17), { shape: [5882, 17] }));
    const first = total(g.subarray(0, 5882 * 17).filter((_, i) => i % 17 === 16));
    expect(((rows.grad as Tensor).data[16] as number) / first).toBeCloseTo(1, 6);
  });
});

op("expandAs", () => {
  it("takes the shape of another tensor", () => {
    expect(leaf([3]).expandAs(x).shape).toEqual([2, 3]);
    expect(() => x.expandAs(leaf([4]))).toThrow("expandAs: expected at least 2 sizes for [2, 3], got [4]");
    expect(() => x.expandAs(undefined as unknown as Tensor)).toThrow(
      "expandAs: expected other to be a Tensor, got undefined",
    );
  });
});

// A random chain of views: each element of the leaf is its own position, so the result tells where every element came from.
type Step = (x: Tensor, at: (n: number) => number) => Tensor;
const steps: Step[] = [
  (a, at) => (a.ndim ? a.transpose(at(a.ndim), at(a.ndim)) : a.unsqueeze(0)),
  (a, at) => (a.ndim > 1 ? a.select(at(a.ndim), 0) : a.unsqueeze(at(a.ndim + 1))),
  (a, at) => {
    const d = at(a.ndim);
    return a.ndim ? a.narrow(d, Math.min(1, a.size(d) - 1), Math.max(1, a.size(d) - 2)) : a.reshape(1);
  },
  (a, at) => (a.ndim ? a.slice(at(a.ndim), -1 - at(9), null, 1 + at(3)) : a.reshape(1, 1)),
  (a, at) => {
    const d = at(a.ndim + 1);
    return a.unsqueeze(d).expand([...a.shape.slice(0, d), 2, ...a.shape.slice(d)]);
  },
  (a, at) => a.flatten().reshape(a.numel % 2 === 0 && at(2) ? [2, -1] : [-1]),
  (a, at) => (a.ndim ? a.flip(at(a.ndim)) : a),
  (a) => a.squeeze(),
  (a, at) => (a.ndim ? a.unfold(at(a.ndim), 1, 1) : a),
  (a, at) => a.expand([1 + at(3), ...a.shape]),
];
it("random chains of views read the right places, and their gradient reaches them", () => {
  fc.assert(
    fc.property(
      shapes(4).filter((s) => !s.includes(0)),
      fc.array(fc.nat(steps.length - 1), { minLength: 1, maxLength: 5 }),
      fc.infiniteStream(fc.nat(1000)),
      (shape, chain, random) => {
        const at = (n: number) => (n <= 1 ? 0 : (random.next().value as number) % n);
        const n = shape.reduce((a, b) => a * b, 1);
        const base = tensor(
          Float32Array.from({ length: n }, (_, i) => i),
          { shape, requiresGrad: true },
        );
        const plain = tensor(
          Int32Array.from({ length: n }, (_, i) => i),
          { shape },
        );
        const draws: number[] = [];
        const y = chain.reduce((a, i) => {
          return (steps[i] as Step)(a, (m) => {
            const v = at(m);
            draws.push(v);
            return v;
          });
        }, base as Tensor);
        const z = chain.reduce((a, i) => (steps[i] as Step)(a, () => draws.shift() as number), plain);
        expect(Array.from(z.data)).toEqual(Array.from(y.data));
        expect(Array.from(y.contiguous().data)).toEqual(Array.from(y.data));
        const g = numbers(y.numel);
        y.backward(tensor(g, { shape: y.shape }));
        const expected = new Float64Array(n);
        for (const [i, from] of y.data.entries()) expected[from] = (expected[from] as number) + (g[i] as number);
        for (const [i, v] of (base.grad as Tensor).data.entries()) expect(v).toBeCloseTo(expected[i] as number, 4);
      },
    ),
    { numRuns: 300 },
  );
});
