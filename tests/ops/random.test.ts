import { expect, it } from "vitest";
import { bernoulli, manualSeed, memory, noGrad, ones, rand, tensor, zeros } from "../../src/index.ts";
import { strided } from "../check.ts";
import { leakcheck, op } from "./row.ts";

op("uniform_", () => {
  it("fills a strided view in row-major order and leaves its neighbours alone", () => {
    manualSeed(2);
    const expected = rand(2, 3).toArray();
    manualSeed(2);
    expect(strided([1, 2, 3, 4, 5, 6], [2, 3]).uniform_().toArray()).toEqual(expected);
  });
  it("rejects ranges that are none, and tensors that may not change", () => {
    expect(() => zeros(2).uniform_({ from: 2, to: 1 })).toThrow("uniform_: expected from <= to, got from 2 and to 1");
    expect(() => zeros(2).uniform_({ to: Number.NaN })).toThrow("uniform_: expected to to be a number, got NaN");
    expect(() => zeros(2).uniform_({ from: -3e38, to: 3e38 })).toThrow("does not fit float32");
    expect(() => zeros(2, { dtype: "int32" }).uniform_()).toThrow("uniform_: expected input to be float32, got int32");
    const leaf = zeros(2, { requiresGrad: true });
    expect(() => leaf.uniform_()).toThrow("uniform_: a tensor that requires grad");
    noGrad(() => leaf.uniform_({ from: 1, to: 2 }));
    expect(Math.min(...leaf.data)).toBeGreaterThanOrEqual(1);
  });
  it("frees what it made", () => {
    const x = strided([1, 2, 3, 4], [2, 2]);
    const before = memory();
    x.uniform_();
    expect([memory().liveTensors, memory().liveBytes]).toEqual([before.liveTensors, before.liveBytes]);
    leakcheck(() => bernoulli(x));
  });
});

op("normal_", () => {
  it("takes mean and std", () => {
    expect(zeros(4).normal_({ mean: 3, std: 0 }).toArray()).toEqual([3, 3, 3, 3]);
    expect(zeros(40).normal_({ mean: 3, std: 0 }).toArray()).toEqual(Array(40).fill(3));
    expect(() => zeros(2).normal_({ std: -1 })).toThrow("normal_: expected std >= 0, got -1");
  });
});

op("bernoulli_", () => {
  it("draws ones and zeros, in int32 too", () => {
    expect(zeros(3).bernoulli_({ p: 1 }).toArray()).toEqual([1, 1, 1]);
    expect(ones(5).bernoulli_({ p: 0 }).toArray()).toEqual([0, 0, 0, 0, 0]);
    manualSeed(4);
    const expected = zeros(50).bernoulli_().toArray();
    manualSeed(4);
    expect(zeros(50, { dtype: "int32" }).bernoulli_().toArray()).toEqual(expected);
    expect(() => zeros(2).bernoulli_({ p: 1.1 })).toThrow("bernoulli_: p has to be between 0 and 1, but got 1.1");
  });
});

op("exponential_", () => {
  it("is positive with mean 1 / lambd", () => {
    const values = zeros(50_000).exponential_({ lambd: 4 }).data;
    expect(Math.min(...values.slice(0, 1000))).toBeGreaterThan(0);
    expect(Array.from(values).reduce((a, b) => a + b) / values.length).toBeCloseTo(0.25, 2);
    expect(() => zeros(2).exponential_({ lambd: 0 })).toThrow("exponential_: expected lambd > 0, got 0");
  });
});

op("bernoulli", () => {
  it("draws each element by its own probability, as torch.bernoulli does", () => {
    expect(bernoulli(tensor([0, 1, 0, 1])).toArray()).toEqual([0, 1, 0, 1]);
    manualSeed(1);
    const draws = rand(20).data;
    manualSeed(1);
    expect(bernoulli(tensor(new Float32Array(20).fill(0.3))).toArray()).toEqual(
      Array.from(draws, (u) => (u < Math.fround(0.3) ? 1 : 0)),
    );
    expect(() => bernoulli(tensor([0.5, 2]))).toThrow("bernoulli: p has to be between 0 and 1, but got 2");
    expect(() => bernoulli(tensor([Number.NaN]))).toThrow("but got NaN");
  });
});
