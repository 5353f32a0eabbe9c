// MaxPool2d against PyTorch's figures: outputs, indices and gradients exactly, ties, NaN and infinities included.
import { describe, expect, it } from "vitest";
import { nn, type Tensor, tensor, zeros } from "../../src/index.ts";
import { close, fixtures } from "../check.ts";

interface Case {
  kernel: number | [number, number];
  options: { stride?: number | [number, number] | null; padding?: number; dilation?: number; ceilMode?: boolean };
  x: number[];
  values: number[] | null;
  print: string;
  y: [shape: number[], values: number[]];
  indices: number[];
  grad: number[];
}
const { cases } = fixtures<{ cases: Case[] }>("pool");

function ramp(shape: readonly number[], seed: number): Tensor {
  const n = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Float32Array.from({ length: n }, (_, i) => ((i * 7919 + seed * 10477) % 1009) / 504.5 - 1),
    { shape },
  );
}

describe("MaxPool2d", () => {
  it.each(cases.map((c) => [`${c.print} of [${c.x}]${c.values ? " with special values" : ""}`, c] as const))(
    "agrees with PyTorch: %s",
    (_, c) => {
      const layer = new nn.MaxPool2d(c.kernel, { ...c.options, returnIndices: true });
      expect(String(layer)).toBe(c.print);
      const x = (c.values === null ? ramp(c.x, 101) : tensor(c.values, { shape: c.x })).requiresGrad_();
      const [y, indices] = layer.forward(x);
      expect(y.shape).toEqual(c.y[0]);
      close(y, c.y[1].map(Math.fround), { rtol: 0, atol: 0 });
      expect([indices.shape, indices.dtype]).toEqual([c.y[0], "int32"]);
      expect(Array.from(indices.data)).toEqual(c.indices);
      y.backward(ramp(y.shape, 104));
      close(x.grad as Tensor, c.grad, { rtol: 1e-6, atol: 1e-6 });
      const alone = new nn.MaxPool2d(c.kernel, c.options).forward(x.detach());
      expect(alone.toArray()).toEqual(y.toArray());
    },
  );

  it("takes its stride from the window", () => {
    expect(new nn.MaxPool2d([2, 3]).forward(zeros([1, 1, 4, 6])).shape).toEqual([1, 1, 2, 2]);
    expect(String(new nn.MaxPool2d([2, 3]))).toBe(
      "MaxPool2d(kernel_size=(2, 3), stride=(2, 3), padding=0, dilation=1, ceil_mode=False)",
    );
  });

  it.each<[string, () => unknown]>([
    [
      "MaxPool2d: expected kernelSize to be an integer or a pair of integers, got undefined",
      () => new nn.MaxPool2d(undefined as never),
    ],
    [
      "MaxPool2d: expected padding to be an integer or a pair of integers, got 0.5",
      () => new nn.MaxPool2d(2, { padding: 0.5 }),
    ],
    ["MaxPool2d: expected an object of options", () => new nn.MaxPool2d(2, null as never)],
    ["maxPool2d: expected kernelSize to be positive, got 0", () => new nn.MaxPool2d(0).forward(zeros([1, 1, 4, 4]))],
    [
      "maxPool2d: padding [5, 5] should be at most half of kernelSize [2, 2]",
      () => new nn.MaxPool2d(2, { padding: 5 }).forward(zeros([1, 1, 4, 4])),
    ],
    ["maxPool2d: expected input to be a Tensor, got undefined", () => new nn.MaxPool2d(2).forward(undefined as never)],
  ])("%s", (message, run) => {
    expect(run).toThrow(message);
  });
});
