import { describe, expect, it } from "vitest";
import { functional as F, nn, tensor, zeros } from "../../src/index.ts";
import { close } from "../check.ts";

describe("Softmax", () => {
  const x = tensor([
    [1, 2, 3],
    [0, 0, 1],
  ]);
  it("goes over its dim", () => {
    for (const dim of [0, 1, -1]) {
      close(new nn.Softmax({ dim }).forward(x), F.softmax(x, dim));
      close(new nn.LogSoftmax({ dim }).forward(x), F.logSoftmax(x, dim));
      close(new nn.Softmin({ dim }).forward(x), F.softmin(x, dim));
    }
    close(new nn.Softmax(1).forward(x), F.softmax(x, 1));
  });
  it("picks PyTorch's dim where none is given", () => {
    expect(new nn.Softmax().forward(zeros([4])).toArray()).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect(new nn.Softmax().forward(zeros([2, 4])).data[0]).toBe(0.25);
    expect(new nn.Softmax().forward(zeros([2, 4, 5])).data[0]).toBe(0.5);
    expect(new nn.Softmax().forward(zeros([2, 4, 5, 5])).data[0]).toBe(0.25);
  });
  it("prints as PyTorch's", () => {
    expect(`${new nn.Softmax({ dim: 1 })}`).toBe("Softmax(dim=1)");
    expect(`${new nn.Softmax()}`).toBe("Softmax(dim=None)");
    expect(`${new nn.LogSoftmax({ dim: -1 })}`).toBe("LogSoftmax(dim=-1)");
  });
  it("takes integers as its dim", () => {
    expect(() => new nn.Softmax({ dim: 0.5 })).toThrow("Softmax: expected dim to be an integer, got 0.5");
    expect(() => new nn.Softmax("1" as unknown as number)).toThrow("Softmax: expected dim to be an integer, got 1");
  });
});
