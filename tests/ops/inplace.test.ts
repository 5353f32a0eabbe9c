import { expect, it } from "vitest";
import { add_, clamp_, clone, copy_, div_, fill_, memory, mul_, noGrad, sub_, tensor, zero_ } from "../../src/index.ts";
import { strided } from "../check.ts";
import { op } from "./row.ts";

op("copy_", () => {
  it("broadcasts, converts, and writes through views", () => {
    const x = tensor(new Float32Array(6), { shape: [2, 3] });
    expect(copy_(x, tensor([1, 2, 3])).toArray()).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    copy_(x, tensor(Int32Array.of(7)));
    expect(x.toArray()).toEqual([
      [7, 7, 7],
      [7, 7, 7],
    ]);
    const view = strided([1, 2, 3, 4, 5, 6], [2, 3]);
    view.copy_(tensor([[9], [8]]));
    expect(view.toArray()).toEqual([
      [9, 9, 9],
      [8, 8, 8],
    ]);
  });
  it("leaves nothing behind", () => {
    const x = tensor([1, 2, 3]);
    const y = tensor(Int32Array.of(4));
    const before = memory().liveBytes;
    x.copy_(y);
    expect(memory().liveBytes).toBe(before);
  });
  it("refuses a source that does not fit", () => {
    const x = tensor([1, 2]);
    expect(() => x.copy_(tensor([1, 2, 3]))).toThrow("copy_: shapes [2] and [3] do not broadcast");
    expect(() => x.copy_(tensor([[1, 2]]).clone())).toThrow("copy_: the shape [1, 2] does not broadcast to [2]");
    expect(() => x.copy_(3 as never)).toThrow("copy_: expected source to be a Tensor, got 3");
    expect(x.toArray()).toEqual([1, 2]);
  });
});

op("fill_", () => {
  it("sets every element, of int32 too, through views too", () => {
    expect(fill_(tensor([1, 2, 3, 4, 5]), 2.5).toArray()).toEqual([2.5, 2.5, 2.5, 2.5, 2.5]);
    expect(fill_(tensor(Int32Array.of(1, 2)), 3).toArray()).toEqual([3, 3]);
    expect(fill_(strided([1, 2, 3, 4, 5, 6], [2, 3]), 1).toArray()).toEqual([
      [1, 1, 1],
      [1, 1, 1],
    ]);
  });
  it("wants a number", () => {
    expect(() => fill_(tensor([1]), "a" as never)).toThrow("fill_: expected a number, got string");
  });
});

op("zero_", () => {
  it("changes a parameter inside noGrad only", () => {
    const w = tensor([1, 2], { requiresGrad: true });
    expect(() => zero_(w)).toThrow("fill_: a tensor that requires grad (shape [2]) changes only inside noGrad()");
    noGrad(() => {
      zero_(w);
    });
    expect(w.toArray()).toEqual([0, 0]);
  });
  it("is an error where the gradient would miss the old values", () => {
    const w = tensor([1, 2], { requiresGrad: true });
    const y = clone(w);
    expect(() => y.zero_()).toThrow("fill_: a tensor that requires grad (shape [2]) changes only inside noGrad()");
  });
});

op("add_", () => {
  it("adds tensors and numbers, scaled, broadcast, in either dtype", () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    expect(add_(x, tensor([10, 20]), { alpha: 2 }).toArray()).toEqual([
      [21, 42],
      [23, 44],
    ]);
    expect(x.add_(1).toArray()).toEqual([
      [22, 43],
      [24, 45],
    ]);
    expect(tensor(Int32Array.of(1, 2)).add_(3).toArray()).toEqual([4, 5]);
  });
  it("refuses a result of another dtype or of a larger shape", () => {
    const x = tensor(Int32Array.of(1, 2));
    expect(() => x.add_(0.5)).toThrow("add_: the result is float32, the tensor int32; use float()");
    expect(() => tensor([1, 2]).add_(tensor([[1], [2]]))).toThrow("add_: the shape [2, 2] does not broadcast to [2]");
    expect(() => tensor([1, 2], { requiresGrad: true }).add_(1)).toThrow("add_: a tensor that requires grad");
    expect(x.toArray()).toEqual([1, 2]);
  });
  it("leaves nothing behind, and no graph", () => {
    const x = tensor([1, 2, 3]);
    const w = tensor([1, 2, 3], { requiresGrad: true });
    const before = memory().liveBytes;
    x.add_(w);
    expect(memory().liveBytes).toBe(before);
    expect(x.requiresGrad).toBe(false);
  });
});

op("sub_", () => {
  it("subtracts through a view", () => {
    const x = tensor([1, 2, 3, 4, 5, 6], { shape: [2, 3] });
    sub_(x.t(), tensor([1, 2]));
    expect(x.toArray()).toEqual([
      [0, 1, 2],
      [2, 3, 4],
    ]);
  });
});

op("mul_", () => {
  it("scales a slice", () => {
    const x = tensor([1, 2, 3, 4, 5]);
    mul_(x.narrow(0, 1, 3), 10);
    expect(x.toArray()).toEqual([1, 20, 30, 40, 5]);
  });
});

op("div_", () => {
  it("divides float32 and refuses int32", () => {
    expect(div_(tensor([1, 2]), 2).toArray()).toEqual([0.5, 1]);
    expect(() => tensor(Int32Array.of(4)).div_(2)).toThrow("div_: the result is float32");
  });
});

op("clamp_", () => {
  it("keeps values within bounds", () => {
    expect(clamp_(tensor([-2, 0, 2]), -1, 1).toArray()).toEqual([-1, 0, 1]);
    expect(tensor(Int32Array.of(-2, 5)).clamp_(0).toArray()).toEqual([0, 5]);
  });
});
