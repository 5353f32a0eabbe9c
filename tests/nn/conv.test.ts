// Conv2d against PyTorch's figures in every option; initial weights, printing, misuse.
import { describe, expect, it } from "vitest";
import { manualSeed, memory, nn, noGrad, ones, type Tensor, tensor, zeros } from "../../src/index.ts";
import { close, fixtures } from "../check.ts";

interface Case {
  args: [number, number, number | [number, number]];
  options: nn.Conv2dLayerOptions;
  x: number[];
  print: string;
  y: [shape: number[], values: number[]];
  grads: Record<string, number[]>;
}
const figures = fixtures<{ cases: Case[]; initial: number[][][] }>("conv");

/** The numbers that tests/fixtures/conv.py fills tensors with. */
function ramp(shape: readonly number[], seed: number): Tensor {
  const n = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Float32Array.from({ length: n }, (_, i) => ((i * 7919 + seed * 10477) % 1009) / 504.5 - 1),
    { shape },
  );
}

describe("Conv2d", () => {
  it.each(figures.cases.map((c) => [`${c.print} of [${c.x}]`, c] as const))("agrees with PyTorch: %s", (_, c) => {
    const layer = new nn.Conv2d(...c.args, c.options);
    expect(String(layer)).toBe(c.print);
    noGrad(() => {
      for (const [i, p] of layer.parameters().entries()) p.copy_(ramp(p.shape, i + 1));
    });
    const x = ramp(c.x, 101).requiresGrad_();
    const y = layer.forward(x);
    expect(y.shape).toEqual(c.y[0]);
    const near = { rtol: 1e-5, atol: 1e-5 };
    close(y, c.y[1], near);
    y.backward(ramp(y.shape, 104));
    const all: Record<string, Tensor> = { x, ...Object.fromEntries(layer.namedParameters()) };
    expect(Object.keys(c.grads)).toEqual(Object.keys(all));
    for (const [name, values] of Object.entries(c.grads)) close((all[name] as Tensor).grad as Tensor, values, near);
  });

  it("starts with PyTorch's weights after the same seed", () => {
    manualSeed(0);
    const layers = [
      new nn.Conv2d(3, 16, 3),
      new nn.Conv2d(4, 6, [2, 3], { groups: 2 }),
      new nn.Conv2d(2, 2, 1, { bias: false }),
    ];
    const drawn = layers.map((layer) =>
      layer.parameters().map((p) => [p.data[0], p.data[1], p.data.at(-1)].map((v) => Math.fround(v as number))),
    );
    expect(drawn).toEqual(figures.initial.map((l) => l.map((p) => p.map(Math.fround))));
  });

  it("pads one image in every mode, circular too", () => {
    for (const paddingMode of ["zeros", "reflect", "replicate", "circular"] as const) {
      const layer = new nn.Conv2d(2, 3, 3, { padding: 1, paddingMode });
      const x = ramp([2, 4, 5], 1);
      expect(layer.forward(x).toArray()).toEqual((layer.forward(x.unsqueeze(0)).toArray() as number[][])[0]);
    }
  });

  it("leaves nothing behind but its result", () => {
    const layer = new nn.Conv2d(2, 3, 3, { padding: 1, paddingMode: "reflect" });
    const x = ramp([1, 2, 4, 5], 1);
    const step = () => {
      layer.forward(x).backward(ones([1, 3, 4, 5]));
      layer.zeroGrad();
    };
    noGrad(() => layer.forward(x));
    step();
    const { liveTensors } = memory();
    const y = layer.forward(x);
    y.dispose();
    expect(memory().liveTensors).toBe(liveTensors);
  });

  it("goes without channels, as PyTorch's constructor does", () => {
    expect(new nn.Conv2d(0, 2, 1).bias?.toArray()).toEqual([0, 0]);
    expect(new nn.Conv2d(2, 0, 3).weight.shape).toEqual([0, 2, 3, 3]);
    expect(new nn.Conv2d(2, 2, [1, 3], { bias: false }).namedParameters().map(([name]) => name)).toEqual(["weight"]);
  });
});

describe("Conv2d names what does not fit", () => {
  it.each<[string, () => unknown]>([
    ["Conv2d: expected inChannels to be a non-negative integer, got -1", () => new nn.Conv2d(-1, 2, 3)],
    ["Conv2d: expected outChannels to be a non-negative integer, got 2.5", () => new nn.Conv2d(1, 2.5, 3)],
    ["Conv2d: expected groups to be a positive integer, got 0", () => new nn.Conv2d(1, 2, 3, { groups: 0 })],
    ["Conv2d: inChannels 3 must be divisible by groups 2", () => new nn.Conv2d(3, 2, 3, { groups: 2 })],
    ["Conv2d: outChannels 3 must be divisible by groups 2", () => new nn.Conv2d(2, 3, 3, { groups: 2 })],
    [
      'Conv2d: expected padding to be "same", "valid" or integers, got full',
      () => new nn.Conv2d(1, 2, 3, { padding: "full" as "same" }),
    ],
    ['Conv2d: padding "same" wants a stride of 1', () => new nn.Conv2d(1, 2, 3, { padding: "same", stride: 2 })],
    [
      'Conv2d: expected paddingMode to be "zeros" or "reflect" or "replicate" or "circular", got mirror',
      () => new nn.Conv2d(1, 2, 3, { paddingMode: "mirror" as "zeros" }),
    ],
    [
      "Conv2d: expected kernelSize to be an integer or a pair of integers, got undefined",
      () => new nn.Conv2d(1, 2, undefined as never),
    ],
    [
      "Conv2d: expected kernelSize to be an integer or a pair of integers, got [1, 2, 3]",
      () => new nn.Conv2d(1, 2, [1, 2, 3] as never),
    ],
    ["Conv2d: expected kernelSize to be a non-negative integer, got -3", () => new nn.Conv2d(1, 2, -3)],
    [
      "Conv2d: expected stride to be an integer or a pair of integers, got 0.5",
      () => new nn.Conv2d(1, 2, 3, { stride: 0.5 }),
    ],
    ["Conv2d: expected an object of options", () => new nn.Conv2d(1, 2, 3, null as never)],
    [
      "conv2d: expected stride to be positive, got 0",
      () => new nn.Conv2d(1, 2, 1, { stride: 0 }).forward(zeros([1, 1, 4, 4])),
    ],
    [
      "conv2d: expected dilation to be positive, got 0",
      () => new nn.Conv2d(1, 2, 1, { dilation: 0 }).forward(zeros([1, 1, 4, 4])),
    ],
    [
      "conv2d: expected padding to be non-negative, got -1",
      () => new nn.Conv2d(1, 2, 1, { padding: -1 }).forward(zeros([1, 1, 4, 4])),
    ],
    ["conv2d: expected a kernel greater than zero", () => new nn.Conv2d(1, 2, 0).forward(zeros([1, 1, 4, 4]))],
    [
      "conv2d: weight [2, 2, 1, 1] with groups 1 wants 2 channels, got input [1, 3, 4, 4]",
      () => new nn.Conv2d(2, 2, 1).forward(zeros([1, 3, 4, 4])),
    ],
    [
      "pad: reflect padding [4, 4] of dim 3 of [1, 1, 4, 4] should be less than its size",
      () => new nn.Conv2d(1, 1, 3, { padding: 4, paddingMode: "reflect" }).forward(zeros([1, 1, 4, 4])),
    ],
    [
      "pad: circular padding [5, 5] of dim 3 of [1, 1, 4, 4] wraps around more than once",
      () => new nn.Conv2d(1, 1, 3, { padding: 5, paddingMode: "circular" }).forward(zeros([1, 1, 4, 4])),
    ],
    [
      "pad: reflect wants 2 pads for 2 or 3 dims, 4 for 3 or 4 dims, got [1, 1, 1, 1] for [4, 4]",
      () => new nn.Conv2d(1, 1, 3, { padding: 1, paddingMode: "reflect" }).forward(zeros([4, 4])),
    ],
    ["conv2d: expected input to be a Tensor, got undefined", () => new nn.Conv2d(1, 1, 1).forward(undefined as never)],
    [
      "conv2d: expected input to be float32, got int32",
      () => new nn.Conv2d(1, 1, 1).forward(zeros([1, 1, 4, 4]).int()),
    ],
  ])("%s", (message, run) => {
    expect(run).toThrow(message);
  });
});
