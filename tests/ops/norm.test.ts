import { expect, it } from "vitest";
import { functional as F, noGrad, ones, tensor, zeros } from "../../src/index.ts";
import { runCases } from "../cases.ts";
import { close, gradcheck, numbers } from "../check.ts";
import { leakcheck, op } from "./row.ts";

runCases("norm", () => ({ rtol: 1e-5, atol: 1e-5 }));

const values = (...shape: number[]) => tensor(numbers(shape.reduce((n, s) => n * s, 1)), { shape });
const [weight, bias] = [tensor([1, -2, 0.5]), tensor([0.3, 0, -1])];

op("batchNorm", () => {
  it.each([[[4, 3]], [[2, 3, 2]], [[2, 3, 2, 3]]])("has the numeric gradient on [%s]", (shape) => {
    for (const training of [true, false]) {
      gradcheck(
        (x, w, b) => F.batchNorm(x, zeros([3]), ones([3]), { weight: w, bias: b, training }),
        [values(...shape), weight, bias],
        { rtol: 3e-2, atol: 5e-3 },
      );
    }
  });

  it("keeps the digits of the variance far from zero", () => {
    for (const [n, l] of [
      [3, 1000],
      [200, 7],
      [500, 1],
    ] as const) {
      const x = tensor(
        Float32Array.from({ length: n * 2 * l }, (_, i) => 10_000 + ((i * 0.618034) % 1)),
        { shape: [n, 2, l] },
      );
      const running = ones([2]);
      F.batchNorm(x, null, running, { training: true, momentum: 1 });
      for (const c of [0, 1]) {
        const channel = Array.from(x.data).filter((_, i) => Math.floor(i / l) % 2 === c);
        const mean = channel.reduce((s, v) => s + v, 0) / channel.length;
        const variance = channel.reduce((s, v) => s + (v - mean) ** 2, 0) / (channel.length - 1);
        close(running.data[c] as number, variance, { rtol: 1e-6, atol: 0 });
      }
    }
  });

  it("moves running statistics that are views, and none in eval", () => {
    const table = tensor([
      [0, 5],
      [0, 5],
      [0, 5],
    ]);
    const mean = table.select(1, 0);
    const x = values(4, 3);
    F.batchNorm(x, mean, ones([3]), { training: true, momentum: 1 });
    close(mean.contiguous(), x.mean(0));
    expect(table.select(1, 1).toArray()).toEqual([5, 5, 5]);
    const before = mean.toArray();
    F.batchNorm(x, mean, ones([3]));
    expect(mean.toArray()).toEqual(before);
  });

  it("names what does not fit", () => {
    const x = values(2, 3, 2);
    expect(() => F.batchNorm(values(3), zeros([3]), ones([3]))).toThrow(
      "batchNorm: expected input of at least 2 dims, got the shape [3]",
    );
    expect(() => F.batchNorm(x, zeros([4]), ones([4]))).toThrow(
      "batchNorm: running_mean should contain 3 elements not 4",
    );
    expect(() => F.batchNorm(x, zeros([3]), ones([2]))).toThrow(
      "batchNorm: running_var should contain 3 elements not 2",
    );
    expect(() => F.batchNorm(x, zeros([3]), ones([3]), { weight: ones([4]) })).toThrow(
      "batchNorm: weight should contain 3 elements not 4",
    );
    expect(() => F.batchNorm(x, zeros([1, 3]), ones([3]))).toThrow(
      "expected running_mean to have 1 dim, got the shape [1, 3]",
    );
    expect(() => F.batchNorm(x)).toThrow("batchNorm: running_mean must be defined in evaluation mode");
    expect(() => F.batchNorm(x, zeros([3]))).toThrow("batchNorm: running_var must be defined in evaluation mode");
    expect(() => F.batchNorm(values(1, 3, 1, 1), null, null, { training: true })).toThrow(
      "batchNorm: Expected more than 1 value per channel when training, got [1, 3, 1, 1]",
    );
    expect(() => F.batchNorm(zeros([2, 3], { dtype: "int32" }), zeros([3]), ones([3]))).toThrow(
      "batchNorm: expected input to be float32, got int32",
    );
    expect(() => F.batchNorm(x, zeros([3]), ones([3]), { eps: "small" as unknown as number })).toThrow(
      "batchNorm: expected eps to be a number, got small",
    );
    expect(() => F.batchNorm(x, zeros([3]), ones([3]), { momentum: null as unknown as number })).toThrow(
      "batchNorm: expected momentum to be a number, got null",
    );
  });
  it("frees what it made", () => {
    const x = zeros([2, 3, 2], { requiresGrad: true });
    const [mean, variance] = [zeros([3]), ones([3])];
    for (const training of [true, false]) {
      leakcheck(() => F.batchNorm(x, mean, variance, { weight, bias, training }));
      leakcheck(() => noGrad(() => F.batchNorm(x, mean, variance, { training })));
    }
  });
});

op("layerNorm", () => {
  it("has the numeric gradient", () => {
    const tolerance = { rtol: 3e-2, atol: 5e-3 };
    gradcheck((x, w, b) => F.layerNorm(x, 3, { weight: w, bias: b }), [values(4, 3), weight, bias], tolerance);
    gradcheck((x, w) => F.layerNorm(x, [2, 3], { weight: w }), [values(2, 2, 3), values(2, 3)], tolerance);
  });
  it("names what does not fit", () => {
    expect(() => F.layerNorm(values(2, 4), 3)).toThrow("layerNorm: expected input to end in [3], got [2, 4]");
    expect(() => F.layerNorm(values(4), [2, 4])).toThrow("layerNorm: expected input to end in [2, 4], got [4]");
    expect(() => F.layerNorm(values(2, 3), [])).toThrow("layerNorm: expected normalizedShape to be sizes, got []");
    expect(() => F.layerNorm(values(2, 3), 3, { weight: ones([2]) })).toThrow(
      "layerNorm: expected weight of shape [3], got [2]",
    );
  });
  it("frees what it made", () => {
    const x = zeros([2, 3], { requiresGrad: true });
    leakcheck(() => F.layerNorm(x, 3, { weight, bias }));
  });
});

op("groupNorm", () => {
  it("has the numeric gradient", () => {
    const tolerance = { rtol: 3e-2, atol: 5e-3 };
    const [w, b] = [values(4), values(4)];
    gradcheck((x, ww, bb) => F.groupNorm(x, 2, { weight: ww, bias: bb }), [values(2, 4, 3), w, b], tolerance);
    gradcheck((x) => F.groupNorm(x, 1), [values(2, 4)], tolerance);
  });
  it("names what does not fit", () => {
    expect(() => F.groupNorm(values(2, 4), 3)).toThrow(
      "groupNorm: the channels of [2, 4] must be divisible by 3 groups",
    );
    expect(() => F.groupNorm(values(4), 2)).toThrow("groupNorm: expected input of at least 2 dims, got the shape [4]");
    expect(() => F.groupNorm(values(1, 2), 2)).toThrow(
      "groupNorm: Expected more than 1 value per channel when training, got [1, 2]",
    );
    expect(() => F.groupNorm(values(2, 4), 2, { bias: ones([3]) })).toThrow(
      "groupNorm: bias should contain 4 elements not 3",
    );
  });
  it("frees what it made", () => {
    const x = zeros([2, 4, 3], { requiresGrad: true });
    leakcheck(() => F.groupNorm(x, 2));
  });
});
