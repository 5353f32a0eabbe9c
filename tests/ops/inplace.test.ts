import { expect, it } from "vitest";
import { clone, copy_, fill_, memory, noGrad, tensor, zero_ } from "../../src/index.ts";
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
    expect(() => zero_(w)).toThrow(
      "fill_: a tensor that requires grad (shape [2]) can be changed in place only inside noGrad()",
    );
    noGrad(() => {
      zero_(w);
    });
    expect(w.toArray()).toEqual([0, 0]);
  });
  it("is an error where the gradient would miss the old values", () => {
    const w = tensor([1, 2], { requiresGrad: true });
    const y = clone(w);
    expect(() => y.zero_()).toThrow("can be changed in place only inside noGrad()");
  });
});
