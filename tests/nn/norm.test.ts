import { describe, expect, it } from "vitest";
import { functional, nn, scope, type Tensor, tensor, zeros } from "../../src/index.ts";
import { close, fixtures, numbers } from "../check.ts";

const values = (...shape: number[]) => tensor(numbers(shape.reduce((n, s) => n * s, 1)), { shape });

interface Run {
  options: nn.BatchNormOptions;
  dims: 1 | 2 | 3;
  shape: number[];
  outputs: number[][];
  grads: number[][];
  state: Record<string, number[]>;
  evaluated: number[];
}
const layers = { 1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d };
const label = ({ options, dims, shape }: Run) =>
  `BatchNorm${dims}d ${JSON.stringify(options)} on [${shape.join(", ")}]`;

describe("batch norm layers over three batches and in eval have PyTorch's figures", () => {
  it.each(fixtures<Run[]>("norm-layers").map((run) => [label(run), run] as const))("%s", (_, run) => {
    const { options, dims, shape, outputs, grads, state, evaluated } = run;
    const layer = new layers[dims](shape[1] as number, options);
    const tolerance = { rtol: 1e-5, atol: 1e-5 };
    for (const [i, expected] of outputs.entries()) {
      const x = tensor(
        values(...shape).data.map((v, j) => v * (i + 1) + i + (j % 3)),
        { shape, requiresGrad: true },
      );
      const y = layer.forward(x);
      close(y, expected, tolerance);
      y.backward(tensor(numbers(x.numel + 3).slice(3), { shape }));
      close(x.grad as Tensor, grads[i] as number[], tolerance);
    }
    const own = layer.stateDict();
    expect(Object.keys(own)).toEqual(Object.keys(state));
    for (const [name, expected] of Object.entries(state)) close(own[name] as Tensor, expected, tolerance);
    layer.eval();
    close(layer.forward(values(...shape)), evaluated, tolerance);
    close(layer.stateDict().num_batches_tracked ?? [], state.num_batches_tracked ?? []);
  });
});

describe("BatchNorm2d", () => {
  it("starts as PyTorch's", () => {
    const layer = new nn.BatchNorm2d(2);
    expect(layer.weight?.toArray()).toEqual([1, 1]);
    expect(layer.bias?.toArray()).toEqual([0, 0]);
    expect(layer.running_mean?.toArray()).toEqual([0, 0]);
    expect(layer.running_var?.toArray()).toEqual([1, 1]);
    expect(layer.num_batches_tracked?.item()).toBe(0);
    expect(layer.num_batches_tracked?.dtype).toBe("int32");
    expect(layer.parameters().length).toBe(2);
    expect(layer.namedBuffers().map(([name]) => name)).toEqual(["running_mean", "running_var", "num_batches_tracked"]);
  });

  it("keeps no statistics it was not asked for", () => {
    const layer = new nn.BatchNorm2d(2, { affine: false, trackRunningStats: false });
    expect(layer.stateDict()).toEqual({});
    const x = values(3, 2, 2, 2);
    const trained = layer.forward(x).toArray();
    expect(layer.eval().forward(x).toArray()).toEqual(trained);
  });

  it("counts an empty batch and leaves the statistics alone", () => {
    const layer = new nn.BatchNorm2d(4);
    const y = layer.forward(zeros([0, 4, 2, 2]));
    expect(y.shape).toEqual([0, 4, 2, 2]);
    y.backward(zeros([0, 4, 2, 2]));
    expect(layer.weight?.grad?.toArray()).toEqual([0, 0, 0, 0]);
    expect(layer.running_var?.toArray()).toEqual([1, 1, 1, 1]);
    expect(layer.num_batches_tracked?.item()).toBe(1);
    expect(layer.eval().forward(zeros([0, 4, 2, 2])).numel).toBe(0);
  });

  it("can be set back", () => {
    const layer = new nn.BatchNorm2d(2, { momentum: null });
    const fresh = new nn.BatchNorm2d(2);
    layer.forward(values(2, 2, 2, 2));
    layer.resetParameters();
    for (const [name, t] of Object.entries(layer.stateDict())) {
      expect(t.toArray()).toEqual(fresh.stateDict()[name]?.toArray());
    }
  });

  it("loads the state of another", () => {
    const a = new nn.BatchNorm2d(2);
    const b = new nn.BatchNorm2d(2);
    for (let i = 0; i < 3; i++) a.forward(values(2, 2, 3, 3));
    b.loadStateDict(a.stateDict());
    expect(b.num_batches_tracked?.item()).toBe(3);
    const x = values(1, 2, 2, 2);
    expect(b.eval().forward(x).toArray()).toEqual(a.eval().forward(x).toArray());
  });

  it("keeps its buffers when the scope it was made or used in ends", () => {
    const layer = scope(() => {
      const made = new nn.BatchNorm2d(2);
      made.forward(values(2, 2, 2, 2));
      return made;
    });
    expect(layer.num_batches_tracked?.item()).toBe(1);
  });

  it("prints as PyTorch's", () => {
    expect(`${new nn.BatchNorm2d(16)}`).toBe(
      "BatchNorm2d(16, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)",
    );
    expect(`${new nn.BatchNorm1d(3, { momentum: null, eps: 0.001 })}`).toBe(
      "BatchNorm1d(3, eps=0.001, momentum=None, affine=True, track_running_stats=True)",
    );
    expect(`${new nn.BatchNorm3d(2, { momentum: 1, eps: 1e-12, affine: false, trackRunningStats: false })}`).toBe(
      "BatchNorm3d(2, eps=1e-12, momentum=1.0, affine=False, track_running_stats=False)",
    );
  });

  it("names what does not fit", () => {
    const layer = new nn.BatchNorm2d(4);
    expect(() => layer.forward(values(2, 4, 3))).toThrow("BatchNorm2d: expected 4D input (got 3D input)");
    expect(() => layer.forward(values(2, 4, 3, 1, 1))).toThrow("BatchNorm2d: expected 4D input (got 5D input)");
    expect(() => new nn.BatchNorm1d(4).forward(values(2, 4, 3, 3))).toThrow("expected 2D or 3D input (got 4D input)");
    expect(() => new nn.BatchNorm3d(4).forward(values(2, 4))).toThrow("expected 5D input (got 2D input)");
    expect(() => layer.forward(values(2, 5, 3, 3))).toThrow("running_mean should contain 5 elements not 4");
    expect(() => layer.eval().forward(values(2, 5, 3, 3))).toThrow("running_mean should contain 5 elements not 4");
    expect(() => new nn.BatchNorm2d(4, { trackRunningStats: false }).forward(values(2, 5, 3, 3))).toThrow(
      "weight should contain 5 elements not 4",
    );
    expect(() => new nn.BatchNorm2d(4).forward(values(1, 4, 1, 1))).toThrow(
      "batchNorm: Expected more than 1 value per channel when training, got [1, 4, 1, 1]",
    );
    expect(new nn.BatchNorm2d(4).eval().forward(values(1, 4, 1, 1)).shape).toEqual([1, 4, 1, 1]);
    expect(() => layer.forward(undefined as unknown as Tensor)).toThrow(
      "BatchNorm2d: expected input to be a Tensor, got undefined",
    );
    expect(() => layer.forward(zeros([2, 4, 1, 1], { dtype: "int32" }))).toThrow(
      "expected input to be float32, got int32",
    );
  });
  it("names constructor arguments that make no layer", () => {
    for (const n of [-1, 1.5, "4"]) {
      expect(() => new nn.BatchNorm2d(n as number)).toThrow(
        `BatchNorm2d: expected numFeatures to be a non-negative integer, got ${n}`,
      );
    }
    expect(() => new nn.BatchNorm2d(2, { momentum: "a" as unknown as number })).toThrow(
      "BatchNorm2d: expected momentum to be a number, got a",
    );
    expect(() => new nn.BatchNorm2d(2, { eps: null as unknown as number })).toThrow(
      "expected eps to be a number, got null",
    );
    expect(() => new nn.BatchNorm2d(2, { affine: 1 as unknown as boolean })).toThrow(
      "expected affine to be a boolean, got 1",
    );
    expect(() => new nn.BatchNorm2d(2, 0.1 as unknown as object)).toThrow("BatchNorm2d: expected an object of options");
  });
  it("leaves its count alone when it throws", () => {
    const layer = new nn.BatchNorm2d(4);
    expect(() => layer.forward(values(1, 4, 1, 1))).toThrow();
    expect(layer.num_batches_tracked?.item()).toBe(0);
  });
});

describe("LayerNorm", () => {
  it("normalises the last dims with a weight and a bias of their shape", () => {
    const x = values(2, 3, 4);
    const layer = new nn.LayerNorm([3, 4]);
    expect(Object.keys(layer.stateDict())).toEqual(["weight", "bias"]);
    expect(layer.forward(x).toArray()).toEqual(functional.layerNorm(x, [3, 4]).toArray());
    expect(new nn.LayerNorm(4, { elementwiseAffine: false }).parameters()).toEqual([]);
    expect(Object.keys(new nn.LayerNorm(4, { bias: false }).stateDict())).toEqual(["weight"]);
  });
  it("prints as PyTorch's", () => {
    expect(`${new nn.LayerNorm(3)}`).toBe("LayerNorm((3,), eps=1e-05, elementwise_affine=True)");
    expect(`${new nn.LayerNorm([3, 4], { eps: 1e-6, elementwiseAffine: false })}`).toBe(
      "LayerNorm((3, 4), eps=1e-06, elementwise_affine=False)",
    );
  });
  it("names what does not fit", () => {
    expect(() => new nn.LayerNorm(3).forward(values(2, 4))).toThrow(
      "layerNorm: expected input to end in [3], got [2, 4]",
    );
    expect(() => new nn.LayerNorm([]).forward(values(2, 4))).toThrow(
      "layerNorm: expected normalizedShape to be sizes, got []",
    );
    expect(() => new nn.LayerNorm(-1)).toThrow("LayerNorm: expected sizes to be non-negative integers");
  });
});

describe("GroupNorm", () => {
  it("normalises groups of channels", () => {
    const x = values(2, 4, 3);
    const layer = new nn.GroupNorm(2, 4);
    expect(layer.forward(x).toArray()).toEqual(functional.groupNorm(x, 2).toArray());
    expect(Object.keys(layer.stateDict())).toEqual(["weight", "bias"]);
    expect(new nn.GroupNorm(2, 4, { affine: false }).parameters()).toEqual([]);
  });
  it("prints as PyTorch's", () => {
    expect(`${new nn.GroupNorm(2, 4)}`).toBe("GroupNorm(2, 4, eps=1e-05, affine=True)");
  });
  it("names what does not fit", () => {
    expect(() => new nn.GroupNorm(3, 4)).toThrow("GroupNorm: num_channels 4 must be divisible by num_groups 3");
    expect(() => new nn.GroupNorm(0, 4)).toThrow("GroupNorm: expected numGroups to be a positive integer, got 0");
  });
});
