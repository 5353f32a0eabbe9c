import { describe, expect, it } from "vitest";
import {
  arange,
  empty,
  emptyLike,
  eye,
  full,
  fullLike,
  linspace,
  memory,
  ones,
  onesLike,
  rand,
  randint,
  randintLike,
  randLike,
  randn,
  randnLike,
  randperm,
  tensor,
  zeros,
  zerosLike,
} from "../src/index.ts";
import { close, strided } from "./check.ts";

/** For arguments that TypeScript already refuses. */
const wrong = <T>(value: unknown): T => value as T;

describe("tensor", () => {
  it("takes the shape of nested arrays", () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect([x.shape, x.dtype, x.requiresGrad]).toEqual([[2, 3], "float32", false]);
    expect(x.toArray()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(tensor(7).shape).toEqual([]);
    expect(tensor(7).item()).toBe(7);
    expect(tensor([]).shape).toEqual([0]);
    expect(tensor([[], []]).shape).toEqual([2, 0]);
    expect(tensor([Float32Array.of(1, 2), [3, 4]]).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it("chooses the dtype by what it is given", () => {
    expect(tensor(Int32Array.of(1, 2)).dtype).toBe("int32");
    expect(tensor(Float64Array.of(0.1)).toArray()).toEqual([Math.fround(0.1)]);
    expect(tensor(Uint8Array.of(255)).dtype).toBe("float32");
    expect(tensor([true, false]).dtype).toBe("int32");
    expect(tensor([true, false]).toArray()).toEqual([1, 0]);
    expect(tensor([true, 0.5]).dtype).toBe("float32");
    expect(tensor(true).item()).toBe(1);
    expect(tensor([1, 2], { dtype: "int32" }).dtype).toBe("int32");
    expect(tensor([1.9, -1.9], { dtype: "int32" }).toArray()).toEqual([1, -1]);
    expect(tensor(Int32Array.of(1), { dtype: "float32" }).dtype).toBe("float32");
  });

  it("shapes flat data and copies", () => {
    const values = Float32Array.of(1, 2, 3, 4);
    const x = tensor(values, { shape: [2, 2], requiresGrad: true });
    values[0] = 9;
    expect(x.toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(x.requiresGrad).toBe(true);
    expect(tensor(new Float32Array(0), { shape: [0, 3] }).shape).toEqual([0, 3]);
    const y = tensor(strided([1, 2, 3, 4, 5, 6], [2, 3]));
    expect(y.toArray()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(y.isContiguous()).toBe(true);
  });

  it("rejects what is no array of numbers", () => {
    expect(() => tensor([[1, 2], [3]])).toThrow("tensor: expected length 2 at dim 1, got length 1");
    expect(() => tensor([[1], 2])).toThrow("tensor: expected length 1 at dim 1, got number");
    expect(() => tensor([[], [1]])).toThrow("expected length 0 at dim 1, got length 1");
    expect(() => tensor([1, [2]])).toThrow("tensor: expected numbers 1 levels deep, got [2]");
    expect(() => tensor(wrong(["a"]))).toThrow("tensor: expected numbers 1 levels deep, got a");
    expect(() => tensor(wrong([null]))).toThrow("got null");
    expect(() => tensor(wrong(undefined))).toThrow(
      "tensor: expected numbers, nested arrays or a typed array, got undefined",
    );
    expect(() => tensor(wrong("1"))).toThrow("tensor: expected numbers, nested arrays or a typed array, got 1");
    expect(() => tensor(wrong(new BigInt64Array(1)))).toThrow("tensor: a BigInt64Array has no dtype here");
    expect(() => tensor([1, 2, 3], { shape: [2, 2] })).toThrow("tensor: 3 values do not fill the shape [2, 2]");
    expect(() => tensor([1, 2], { shape: [-1, 2] })).toThrow(
      "tensor: expected sizes to be non-negative integers, got [-1, 2]",
    );
    expect(() => tensor([1], { dtype: wrong("float64") })).toThrow(
      'tensor: expected the dtype "float32" or "int32", got float64',
    );
    expect(() => tensor([Number.NaN], { dtype: "int32" })).toThrow("tensor: NaN cannot be converted to int32");
    expect(() => tensor([2 ** 31], { dtype: "int32" })).toThrow("tensor: 2147483648 cannot be converted to int32");
    expect(() => tensor([1], { dtype: "int32", requiresGrad: true })).toThrow(
      "tensor: expected requiresGrad of float32 only, got int32",
    );
  });
});

describe("constant tensors", () => {
  it("take a shape as an array or as sizes", () => {
    expect(zeros([2, 3]).toArray()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(ones(2, 2).toArray()).toEqual([
      [1, 1],
      [1, 1],
    ]);
    expect(zeros(2, { dtype: "int32" }).dtype).toBe("int32");
    expect(zeros([]).item()).toBe(0);
    expect(ones([0, 4]).shape).toEqual([0, 4]);
    expect(empty(3).toArray()).toEqual([0, 0, 0]);
    expect(full([2], 1.5).toArray()).toEqual([1.5, 1.5]);
    expect(full([2], true).dtype).toBe("int32");
    expect(full([], Number.NaN).item()).toBeNaN();
    expect(ones([2], { requiresGrad: true }).requiresGrad).toBe(true);
  });

  it("take shape and dtype of another tensor", () => {
    const x = tensor(Int32Array.of(1, 2, 3), { shape: [3, 1] });
    for (const y of [zerosLike(x), onesLike(x), emptyLike(x), fullLike(x, 5), randintLike(x, 9)]) {
      expect([y.shape, y.dtype]).toEqual([[3, 1], "int32"]);
    }
    expect(fullLike(x, 5).toArray()).toEqual([[5], [5], [5]]);
    expect(onesLike(x, { dtype: "float32" }).dtype).toBe("float32");
    const f = tensor([[1, 2]]);
    for (const y of [randLike(f), randnLike(f), randintLike(f, 3, 9)]) {
      expect([y.shape, y.dtype]).toEqual([[1, 2], "float32"]);
    }
    for (const v of randintLike(ones(100), 3, 9).data) expect(v >= 3 && v < 9 && Number.isInteger(v)).toBe(true);
  });

  it("reject sizes that are none", () => {
    expect(() => zeros(2, -1)).toThrow("zeros: expected sizes to be non-negative integers, got [2, -1]");
    expect(() => ones([1.5])).toThrow("ones: expected sizes to be non-negative integers, got [1.5]");
    expect(() => zeros([Infinity])).toThrow("zeros: expected sizes to be non-negative integers, got [Infinity]");
    expect(() => zeros(Number.NaN)).toThrow("zeros: expected sizes to be non-negative integers, got [NaN]");
    expect(() => zeros()).toThrow("zeros: expected a shape");
    expect(() => full([2], wrong("1"))).toThrow("full: expected the value to be a number, got 1");
    expect(() => full([2], Number.NaN, { dtype: "int32" })).toThrow("full: NaN cannot be converted to int32");
    expect(() => zeros([2], { dtype: wrong("bool") })).toThrow(
      'zeros: expected the dtype "float32" or "int32", got bool',
    );
    expect(() => zerosLike(wrong([1]))).toThrow("zerosLike: expected a Tensor, got [1]");
    expect(() => randLike(tensor(Int32Array.of(1)))).toThrow('randLike: expected the dtype "float32", got int32');
  });

  it("larger than any memory are a catchable error", () => {
    const before = memory().liveBytes;
    for (const shape of [[2 ** 20, 2 ** 20], [2 ** 36 + 16], [2 ** 31]]) {
      expect(() => zeros(shape)).toThrow("out of memory");
    }
    expect(memory().liveBytes).toBe(before);
    expect(ones(3).toArray()).toEqual([1, 1, 1]);
  });
});

describe("ranges", () => {
  it("of whole numbers are int32, others float32", () => {
    const x = arange(5);
    expect([x.dtype, x.toArray()]).toEqual(["int32", [0, 1, 2, 3, 4]]);
    expect(arange(1, 10, 4).toArray()).toEqual([1, 5, 9]);
    expect(arange(5, 0, -2).toArray()).toEqual([5, 3, 1]);
    expect(arange(3, { dtype: "float32", requiresGrad: true }).dtype).toBe("float32");
    const y = arange(0, 1, 0.25);
    expect([y.dtype, y.toArray()]).toEqual(["float32", [0, 0.25, 0.5, 0.75]]);
    expect(arange(2.5).toArray()).toEqual([0, 1, 2]);
    expect(arange(2, 2).shape).toEqual([0]);
    expect(arange(0).shape).toEqual([0]);
  });

  it("lead to their end", () => {
    expect(() => arange(0, 5, 0)).toThrow("arange: step must be nonzero");
    expect(() => arange(5, 0)).toThrow("arange: a step of 1 does not lead from 5 to 0");
    expect(() => arange(-1)).toThrow("arange: a step of 1 does not lead from 0 to -1");
    expect(() => arange(Infinity)).toThrow("arange: expected end to be finite, got Infinity");
    expect(() => arange(wrong("3"))).toThrow("arange: expected end to be a number, got 3");
    expect(() => arange(2 ** 40, 2 ** 40 + 2, { dtype: "int32" })).toThrow("do not fit int32");
  });

  it("linspace spaces evenly from both ends", () => {
    close(linspace(0, 1, 5), [0, 0.25, 0.5, 0.75, 1], { atol: 0, rtol: 0 });
    close(linspace(-3, 7, 4), [-3, 0.33333325, 3.6666667, 7], { atol: 0, rtol: 1e-7 });
    expect(linspace(2, 9, 1).toArray()).toEqual([2]);
    expect(linspace(2, 9, 0).shape).toEqual([0]);
    expect(() => linspace(0, 1, -1)).toThrow("linspace: expected steps to be a non-negative integer, got -1");
    expect(() => linspace(0, Number.NaN, 3)).toThrow("linspace: expected end to be finite");
  });

  it("eye has ones on its diagonal", () => {
    expect(eye(2).toArray()).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(eye(2, 3, { dtype: "int32" }).toArray()).toEqual([
      [1, 0, 0],
      [0, 1, 0],
    ]);
    expect(eye(3, { dtype: "int32" }).shape).toEqual([3, 3]);
    expect(eye(0).shape).toEqual([0, 0]);
    expect(() => eye(-1)).toThrow("eye: expected n to be a non-negative integer, got -1");
  });
});

describe("random tensors", () => {
  it("take shapes and options", () => {
    expect(rand([2, 3]).shape).toEqual([2, 3]);
    expect(randn(2, 3, { requiresGrad: true }).requiresGrad).toBe(true);
    expect(randint(10, [4]).dtype).toBe("int32");
    expect(randint(0, 10, [4], { dtype: "float32" }).dtype).toBe("float32");
    expect(randperm(0).shape).toEqual([0]);
    expect(Array.from(randperm(1000).data).sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(Array.from(randperm(5, { dtype: "float32" }).data).sort()).toEqual([0, 1, 2, 3, 4]);
  });

  it("have the moments of their distributions", () => {
    const moments = (values: ArrayLike<number>) => {
      const list = Array.from(values);
      const mean = list.reduce((a, b) => a + b) / list.length;
      return [mean, list.reduce((a, b) => a + (b - mean) ** 2, 0) / list.length];
    };
    close(moments(rand(100_000).data), [1 / 2, 1 / 12], { atol: 0.005 });
    close(moments(randn(100_000).data), [0, 1], { atol: 0.02 });
  });

  it("reject bounds that are none", () => {
    expect(() => randint(5, 5, [1])).toThrow("randint: expected low < high, got low 5 and high 5");
    expect(() => randint(0, 2 ** 40, [1])).toThrow("randint: expected low and high within int32");
    expect(() => randint(0, 1.5, [1])).toThrow("randint: expected high to be an integer, got 1.5");
    expect(() => randint(5, wrong(3))).toThrow("randint: expected a shape as an array of sizes");
    expect(() => randperm(-1)).toThrow("randperm: expected n to be a non-negative integer, got -1");
    expect(() => rand([2], { dtype: "int32" })).toThrow('rand: expected the dtype "float32", got int32');
  });
});
