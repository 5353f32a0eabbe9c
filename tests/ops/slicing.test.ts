// Parts of a dim: bounds, errors, and that parts share memory with the whole.
import fc from "fast-check";
import { expect, it } from "vitest";
import { arange, cat, stack, type Tensor } from "../../src/index.ts";
import { gradcheck } from "../check.ts";
import { leaf, shapes } from "../views.ts";
import { op } from "./row.ts";

const x = leaf([2, 3]);
const bad = (v: unknown) => v as number;
const scalar = leaf([]);

op("select", () => {
  it("names an index out of range", () => {
    expect(() => x.select(0, 2)).toThrow("select: index 2 is out of range for dim 0 of [2, 3]");
    expect(() => x.select(0, -3)).toThrow("select: index -3 is out of range");
    expect(() => x.select(2, 0)).toThrow("select: dim 2 is out of range");
    expect(() => x.select(0, bad(undefined))).toThrow("select: expected index to be an integer, got undefined");
    expect(() => scalar.select(0, 0)).toThrow("select: a scalar has no dim");
  });
});

op("narrow", () => {
  it("names a start and length that exceed the dim", () => {
    expect(() => x.narrow(0, 1, 2)).toThrow("narrow: start 1 and length 2 exceed dim 0 of [2, 3]");
    expect(() => x.narrow(1, 0, -1)).toThrow("narrow: start 0 and length -1 exceed");
    expect(() => x.narrow(1, 4, 0)).toThrow("narrow: start 4 and length 0 exceed");
    expect(() => x.narrow(1, -4, 1)).toThrow("narrow: start -4 and length 1 exceed");
    expect(() => x.narrow(1, 0, bad(undefined))).toThrow("narrow: expected length to be an integer, got undefined");
    expect(() => scalar.narrow(0, 0, 1)).toThrow("narrow: a scalar has no dim");
  });
  it("gives a view that sees changes of the whole", () => {
    const base = leaf([4]);
    const y = base.narrow(0, 1, 2);
    base.fill_(2);
    expect(y.toArray()).toEqual([2, 2]);
    y.fill_(5);
    expect(base.toArray()).toEqual([2, 5, 5, 2]);
  });
});

op("slice", () => {
  it("clamps like Python", () => {
    fc.assert(
      fc.property(
        fc.nat(7),
        fc.integer({ min: -9, max: 9 }),
        fc.integer({ min: -9, max: 9 }),
        fc.integer({ min: 1, max: 4 }),
        (n, start, end, step) => {
          const all = Array.from({ length: n }, (_, i) => i);
          const expected = all.slice(start, end).filter((_, i) => i % step === 0);
          expect(arange(n).slice(0, start, end, step).toArray()).toEqual(expected);
        },
      ),
    );
  });
  it("wants a positive step", () => {
    expect(() => x.slice(0, 0, 2, 0)).toThrow("slice: expected step to be a positive integer, got 0");
    expect(() => x.slice(0, 0, 2, -1)).toThrow("slice: expected step to be a positive integer, got -1");
    expect(() => x.slice(0, 0.5)).toThrow("slice: expected start to be an integer, got 0.5");
    expect(() => scalar.slice()).toThrow("slice: a scalar has no dim");
  });
});

op("unfold", () => {
  it("adds up the gradients of windows that overlap", () => {
    gradcheck((a) => a.unfold(0, 3, 1), [leaf([6])]);
    gradcheck((a) => a.unfold(1, 2, 1).transpose(0, 2), [leaf([2, 5])]);
  });
  it("names windows that do not fit", () => {
    expect(() => x.unfold(1, 4, 1)).toThrow("unfold: expected a size from 0 to 3, got 4");
    expect(() => x.unfold(1, 2, 0)).toThrow("unfold: expected step to be a positive integer, got 0");
  });
});

op("split", () => {
  it("names sizes that do not sum to the dim", () => {
    expect(() => x.split([1, 1], 1)).toThrow("split: expected sizes that sum to 3, got [1, 1]");
    expect(() => x.split([-1, 4], 1)).toThrow("split: expected sizes that sum to 3, got [-1, 4]");
    expect(() => x.split(0)).toThrow("split: expected the size to be a positive integer, got 0");
    expect(() => x.split(-1)).toThrow("split: expected the size to be a positive integer, got -1");
    expect(() => x.split(bad(undefined))).toThrow("split: expected a size or an array of sizes, got undefined");
    expect(() => scalar.split(1)).toThrow("split: a scalar has no dim");
  });
});

op("chunk", () => {
  it("wants a positive number", () => {
    expect(() => x.chunk(0)).toThrow("chunk: expected chunks to be a positive integer, got 0");
    expect(() => x.chunk(bad(undefined))).toThrow("chunk: expected chunks to be a positive integer, got undefined");
    expect(() => scalar.chunk(1)).toThrow("chunk: a scalar has no dim");
  });
});

op("unbind", () => {
  it("is undone by stack, and chunks by cat", () => {
    fc.assert(
      fc.property(shapes(4, 1), fc.nat(3), fc.integer({ min: 1, max: 6 }), (shape, d, n) => {
        const a = leaf(shape);
        const dim = d % shape.length;
        if (a.size(dim) > 0) expect(stack(a.unbind(dim), dim).toArray()).toEqual(a.toArray());
        expect(cat(a.chunk(n, dim), dim).data).toEqual(a.data);
        expect(cat(a.split(n, dim), dim).data).toEqual(a.data);
      }),
    );
  });
  it("rejects a scalar", () => {
    expect(() => scalar.unbind()).toThrow("unbind: a scalar has no dim");
  });
  it("brings the gradient of each part to its place", () => {
    gradcheck((a) => (a.unbind(1)[1] as Tensor).unsqueeze(1).expand(2, 4), [x]);
  });
});
