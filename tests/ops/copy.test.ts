import { expect, it } from "vitest";
import { clone, contiguous, float, int, memory, noGrad, scope, tensor, to } from "../../src/index.ts";
import { strided } from "../check.ts";
import { op, row } from "./row.ts";

row("clone", { fn: (x) => clone(x), formula: (v) => v });
row("contiguous", { fn: (x) => (x.isContiguous() ? clone(x) : contiguous(x)), formula: (v) => v });

op("clone and its source", () => {
  it("do not share memory", () => {
    const x = tensor([1, 2, 3]);
    const y = x.clone();
    x.fill_(0);
    expect(y.toArray()).toEqual([1, 2, 3]);
  });
});

op("to", () => {
  it("rounds towards zero into int32 and saturates", () => {
    const y = to(tensor([1.9, -1.9, Number.NaN, 1e20, -1e20]), "int32");
    expect(y.dtype).toBe("int32");
    expect(y.toArray()).toEqual([1, -1, 0, 2147483647, -2147483648]);
  });
  it("names a dtype it does not know", () => {
    expect(() => to(tensor([1]), "float64" as "float32")).toThrow(
      'to: expected the dtype "float32" or "int32", got float64',
    );
  });
});

op("float", () => {
  it("widens int32 and reads views", () => {
    expect(float(tensor(Int32Array.of(1, -2, 3))).toArray()).toEqual([1, -2, 3]);
    expect(float(int(strided([1, 2, 3, 4, 5, 6], [2, 3]))).toArray()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });
});

op("int", () => {
  it("gives the tensor itself where nothing changes", () => {
    const x = tensor(Int32Array.of(1));
    expect(int(x)).toBe(x);
  });
});

op("freed tensors", () => {
  it("are named, with the way to keep them", () => {
    const x = tensor([1, 2]);
    x.dispose();
    expect(() => x.clone()).toThrow("clone: this tensor of shape [2] was freed by dispose()");
    const out: { y?: ReturnType<typeof clone> } = {};
    scope(() => {
      out.y = tensor([1]).clone();
    });
    expect(() => out.y?.clone()).toThrow("clone: this tensor of shape [1] was freed by the end of its scope");
  });
  it("leave no bytes behind", () => {
    const before = memory().liveBytes;
    noGrad(() => {
      for (let i = 0; i < 10; i++) tensor([i]).clone();
    });
    expect(memory().liveBytes).toBe(before);
  });
});
