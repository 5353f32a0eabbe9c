import { describe, expect, it } from "vitest";
import { functional, nn, tensor } from "../../src/index.ts";

describe("activations as modules", () => {
  const x = tensor([
    [-2, 0, 3],
    [Number.NaN, Infinity, -Infinity],
  ]);
  it.each([
    ["ReLU", functional.relu],
    ["Sigmoid", functional.sigmoid],
    ["Tanh", functional.tanh],
  ] as const)("%s is the function, and prints as PyTorch's", (name, fn) => {
    const layer = new nn[name]();
    expect(layer.forward(x).toArray()).toEqual(fn(x).toArray());
    expect(String(layer)).toBe(`${name}()`);
    expect(layer.parameters()).toEqual([]);
    expect(() => layer.forward(undefined as unknown as typeof x)).toThrow(
      `${name.toLowerCase()}: expected input to be a Tensor`,
    );
  });
});
