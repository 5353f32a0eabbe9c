import { describe, expect, it } from "vitest";
import { linear, manualSeed, nn, randn, tensor, zeros } from "../../src/index.ts";
import { close } from "../check.ts";

describe("Linear", () => {
  it("starts with PyTorch's weights after the same seed", () => {
    manualSeed(0);
    const layer = new nn.Linear(10, 5);
    close(layer.weight.data.slice(0, 3), [-0.002367540495470166, 0.16963835060596466, -0.26026973128318787], {
      rtol: 0,
      atol: 0,
    });
    close(layer.bias?.data.slice(0, 2) as Float32Array, [0.20224684476852417, 0.3143724799156189], {
      rtol: 0,
      atol: 0,
    });
  });

  it("takes any leading dims, and none", () => {
    const layer = new nn.Linear(3, 2);
    expect(layer.forward(randn([4, 3])).shape).toEqual([4, 2]);
    expect(layer.forward(randn([5, 4, 3])).shape).toEqual([5, 4, 2]);
    expect(layer.forward(randn([3])).shape).toEqual([2]);
    expect(layer.forward(zeros([0, 3])).shape).toEqual([0, 2]);
  });

  it("goes without a bias, and without features", () => {
    const layer = new nn.Linear(3, 2, { bias: false });
    expect(layer.bias).toBe(null);
    expect(layer.namedParameters().map(([name]) => name)).toEqual(["weight"]);
    expect(new nn.Linear(0, 3).bias?.toArray()).toEqual([0, 0, 0]);
    expect(new nn.Linear(3, 0).forward(zeros([2, 3])).shape).toEqual([2, 0]);
  });

  it("prints as PyTorch", () => {
    expect(String(new nn.Linear(10, 5))).toBe("Linear(in_features=10, out_features=5, bias=True)");
    expect(String(new nn.Linear(1, 2, { bias: false }))).toBe("Linear(in_features=1, out_features=2, bias=False)");
  });

  it("names what does not fit", () => {
    expect(() => new nn.Linear(-1, 3)).toThrow("Linear: expected inFeatures to be a non-negative integer, got -1");
    expect(() => new nn.Linear(2, 2.5)).toThrow("Linear: expected outFeatures to be a non-negative integer, got 2.5");
    expect(() => new nn.Linear(3, 2).forward(zeros([2, 4]))).toThrow(/linear: .*\[2, 3\].*\[2, 4\]/);
    expect(() => new nn.Linear(3, 2).forward(tensor(1))).toThrow(/linear: .*\[\]/);
    expect(() => new nn.Linear(3, 2).forward(undefined as never)).toThrow("linear: expected input to be a Tensor");
    expect(() => new nn.Linear(1, 2).forward(tensor(Int32Array.of(1)))).toThrow(/linear: .*float32.*int32/);
  });
});

describe("Flatten, Unflatten and Identity", () => {
  it("reshape as PyTorch", () => {
    expect(new nn.Flatten().forward(zeros([2, 3, 4])).shape).toEqual([2, 12]);
    expect(new nn.Flatten({ startDim: 0, endDim: 1 }).forward(zeros([2, 3, 4])).shape).toEqual([6, 4]);
    expect(new nn.Unflatten(1, [2, -1]).forward(zeros([2, 6])).shape).toEqual([2, 2, 3]);
    const x = zeros([2]);
    expect(new nn.Identity(1, "ignored").forward(x)).toBe(x);
    expect(String(new nn.Flatten())).toBe("Flatten(start_dim=1, end_dim=-1)");
    expect(String(new nn.Unflatten(1, [2, -1]))).toBe("Unflatten(dim=1, unflattened_size=(2, -1))");
  });

  it("name what does not fit", () => {
    expect(() => new nn.Flatten().forward(zeros([3]))).toThrow(/flatten: dim 1 is out of range/);
    expect(() => new nn.Unflatten(0.5, [1])).toThrow("Unflatten: expected dim to be an integer, got 0.5");
    expect(() => new nn.Unflatten(0, 3 as never)).toThrow("Unflatten: expected the sizes as an array, got 3");
  });
});

describe("functional linear", () => {
  it("takes the bias alone or among options", () => {
    const x = tensor([[1, 2]]);
    const w = tensor([[3, 4]]);
    const b = tensor([5]);
    expect(linear(x, w, b).toArray()).toEqual([[16]]);
    expect(linear(x, w, { bias: b }).toArray()).toEqual([[16]]);
    expect(linear(x, w, { bias: null }).toArray()).toEqual([[11]]);
    expect(() => linear(x, w, 3 as never)).toThrow("linear: expected bias to be a Tensor, got 3");
  });
});
