// Joining and repeating: dtypes, errors, memory, and random pieces against plain arrays.
import fc from "fast-check";
import { expect, it } from "vitest";
import { cat, noGrad, stack, type Tensor, tensor } from "../../src/index.ts";
import { gradcheck } from "../check.ts";
import { leaf, shapes } from "../views.ts";
import { leakcheck, op } from "./row.ts";

const x = leaf([2, 3]);
const ints = tensor(Int32Array.of(1, 2, 3), { shape: [1, 3] });

op("cat", () => {
  it("keeps int32 among int32 and gives float32 otherwise", () => {
    expect(cat([ints, ints]).dtype).toBe("int32");
    expect(cat([ints, ints]).toArray()).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    expect(cat([ints, x]).dtype).toBe("float32");
    expect(cat([ints, x]).select(0, 0).toArray()).toEqual([1, 2, 3]);
  });
  it("names what does not fit", () => {
    expect(() => cat([])).toThrow("cat: expected at least one tensor, got an empty array");
    expect(() => cat([x, leaf([2, 2])])).toThrow("cat: the shapes [2, 3] and [2, 2] differ outside dim 0");
    expect(() => cat([x, leaf([2])])).toThrow("cat: the shapes [2, 3] and [2] differ outside dim 0");
    expect(() => cat([x, x], 2)).toThrow("cat: dim 2 is out of range");
    expect(() => cat([leaf([]), leaf([])])).toThrow("cat: scalars cannot be joined; use stack()");
    expect(() => cat(x as unknown as Tensor[])).toThrow("cat: expected an array of tensors");
    expect(() => cat([x, 3 as unknown as Tensor])).toThrow("cat: expected tensors[1] to be a Tensor, got 3");
  });
  it("gives each of random pieces its place and its gradient", () => {
    fc.assert(
      fc.property(shapes(3, 1), fc.nat(2), fc.array(fc.nat(4), { minLength: 1, maxLength: 4 }), (shape, dim, sizes) => {
        const d = dim % shape.length;
        const pieces = sizes.map((size, i) =>
          leaf(
            shape.map((s, i) => (i === d ? size : s)),
            { skip: 10 * i, requiresGrad: true },
          ),
        );
        const y = cat(pieces, d);
        const g = leaf(y.shape, { skip: 5 });
        y.backward(g);
        let start = 0;
        for (const [i, piece] of pieces.entries()) {
          const size = sizes[i] as number;
          if (piece.ndim === 1 && size === 0) continue;
          expect(y.narrow(d, start, size).data).toEqual(piece.data);
          expect((piece.grad as Tensor).data).toEqual(g.narrow(d, start, size).data);
          start += size;
        }
      }),
    );
  });
  it("takes the same tensor twice, and views", () => {
    gradcheck((a) => cat([a, a.t(), a], 1), [leaf([3, 3])]);
  });
  it("frees its copies", () => {
    const a = leaf([2, 3], { requiresGrad: true });
    const turned = a.t();
    leakcheck(() => cat([turned, turned]));
    leakcheck(() => noGrad(() => cat([turned, turned])));
    leakcheck(() => cat([a, ints]));
  });
});

op("stack", () => {
  it("names what does not fit", () => {
    expect(() => stack([])).toThrow("stack: expected at least one tensor, got an empty array");
    expect(() => stack([x, leaf([3])])).toThrow("stack: expected tensors of one shape, got [2, 3] and [3]");
    expect(() => stack([leaf([]), leaf([])], 1)).toThrow("stack: dim 1 is out of range: expected -1 to 0");
    expect(() => stack(undefined as unknown as Tensor[])).toThrow("stack: expected an array of tensors, got undefined");
  });
  it("has the numeric gradient along the last dim", () => {
    gradcheck((a, b) => stack([a, b, a], -1), [x, leaf([2, 3], { skip: 3 })]);
  });
});

op("repeat", () => {
  it("copies even where nothing repeats", () => {
    const y = x.repeat(1, 1);
    expect(y.toArray()).toEqual(x.toArray());
    expect(y.storage).not.toBe(x.storage);
  });
  it("names wrong counts", () => {
    expect(() => x.repeat(2)).toThrow("repeat: expected at least 2 counts for [2, 3], got [2]");
    expect(() => x.repeat(-1, 1)).toThrow("repeat: expected non-negative counts, got [-1, 1]");
  });
  it("frees its steps", () => {
    const a = leaf([2, 3], { requiresGrad: true });
    leakcheck(() => a.repeat(2, 1, 2));
    leakcheck(() => a.repeat(1, 1));
  });
  it("sums the gradient over the repeats", () => {
    gradcheck((a) => a.repeat(2, 1, 2), [x]);
    gradcheck((a) => a.repeat(1, 1), [x]);
  });
});

op("tile", () => {
  it("takes missing counts as 1", () => {
    expect(x.tile(2).shape).toEqual([2, 6]);
    expect(x.tile([2, 1, 1]).shape).toEqual([2, 2, 3]);
    expect(() => x.tile(0.5)).toThrow("tile: expected counts to be integers, got 0.5");
  });
});

op("flip", () => {
  it("keeps int32 and copies without dims", () => {
    expect(ints.flip(1).toArray()).toEqual([[3, 2, 1]]);
    expect(x.flip().toArray()).toEqual(x.toArray());
  });
  it("names wrong dims", () => {
    expect(() => x.flip(0, 0)).toThrow("flip: dim 0 appears twice");
    expect(() => x.flip(2)).toThrow("flip: dim 2 is out of range");
  });
  it("frees its steps", () => {
    const a = leaf([2, 3], { requiresGrad: true });
    leakcheck(() => a.flip(0, 1));
  });
});
