import { expect, it } from "vitest";
import { functional as F, tensor, zeros } from "../../src/index.ts";
import { runCases } from "../cases.ts";
import { close, gradcheck, numbers } from "../check.ts";
import { leakcheck, op } from "./row.ts";

runCases("softmax");

const shapes = [[1], [3], [4], [5], [16], [17], [1000], [2, 3], [3, 17], [5, 64], [2, 3, 130], [3, 4, 1]] as const;
function checks(name: "softmax" | "logSoftmax" | "softmin"): void {
  it.each(shapes.map((s) => [s] as const))("equals the formula over every dim of [%s]", (shape) => {
    const x = tensor(
      numbers(
        shape.reduce((n: number, s) => n * s, 1),
        8,
      ),
      { shape },
    );
    for (let dim = 0; dim < shape.length; dim++) {
      const y = F[name](x, dim);
      const n = shape[dim] as number;
      const inner = shape.slice(dim + 1).reduce((p: number, s) => p * s, 1);
      const values = x.data;
      const expected = Array.from(values, (v, i) => {
        const start = i - (Math.floor(i / inner) % n) * inner;
        const sign = name === "softmin" ? -1 : 1;
        let sum = 0;
        for (let j = 0; j < n; j++) sum += Math.exp(sign * ((values[start + j * inner] as number) - v));
        return name === "logSoftmax" ? -Math.log(sum) : 1 / sum;
      });
      close(y, expected);
    }
  });
  it.each([
    [[5], 0],
    [[2, 3], 1],
    [[2, 3], 0],
    [[2, 3, 4], 1],
  ] as const)("has the numeric gradient on [%s] over dim %i", (shape, dim) => {
    const n = shape.reduce((p: number, s) => p * s, 1);
    gradcheck((x) => F[name](x, dim), [tensor(numbers(n), { shape })]);
  });
  it("frees what it made", () => {
    const x = zeros([3, 5], { requiresGrad: true });
    const turned = x.t();
    leakcheck(() => F[name](x, 1));
    leakcheck(() => F[name](turned, 1));
  });
  it("names what it cannot take", () => {
    expect(() => F[name](zeros([2, 3]), 2)).toThrow(`${name}: dim 2 is out of range: expected -2 to 1`);
    expect(() => F[name](zeros([]), 1)).toThrow(`${name}: dim 1 is out of range`);
    expect(() => F[name](zeros([2]), 0.5)).toThrow(`${name}: expected dim to be an integer, got 0.5`);
    expect(() => F[name](tensor(Int32Array.of(1)), 0)).toThrow(`${name}: expected input to be float32, got int32`);
    expect(() => F[name](null as unknown as ReturnType<typeof zeros>)).toThrow(
      `${name}: expected input to be a Tensor, got null`,
    );
  });
}

op("softmax", () => checks("softmax"));
op("logSoftmax", () => checks("logSoftmax"));
op("softmin", () => checks("softmin"));
