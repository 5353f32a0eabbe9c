import { expect, it } from "vitest";
import { dropout, manualSeed, ones, tensor } from "../../src/index.ts";
import { gradcheck, numbers, strided } from "../check.ts";
import { leakcheck, op } from "./row.ts";

op("dropout", () => {
  it.each([1, 3, 4, 5, 16, 17, 1000])("keeps and scales about half of %i elements, the gradient alike", (n) => {
    manualSeed(n);
    const x = tensor(numbers(n), { requiresGrad: true });
    const y = dropout(x, { p: 0.25 });
    y.backward(ones(n));
    const [values, out, grad] = [x.data, y.data, (x.grad as typeof x).data];
    for (let i = 0; i < n; i++) {
      expect([0, Math.fround(1 / 0.75)]).toContain(grad[i]);
      expect(out[i]).toBe(Math.fround((values[i] as number) * (grad[i] as number)));
    }
    if (n === 1000) expect(Math.abs(grad.filter((g) => g > 0).length - 750)).toBeLessThan(60);
  });

  it("has the numeric gradient", () => {
    gradcheck(
      (x) => {
        manualSeed(3);
        return dropout(x, { p: 0.4 });
      },
      [tensor(numbers(17))],
    );
  });

  it("draws in row-major order for strided inputs", () => {
    manualSeed(6);
    const expected = dropout(
      tensor([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    ).toArray();
    manualSeed(6);
    expect(dropout(strided([1, 2, 3, 4, 5, 6], [2, 3])).toArray()).toEqual(expected);
  });

  it("gives the input itself where nothing is dropped, and draws nothing then", () => {
    manualSeed(1);
    const x = tensor([1, Infinity, Number.NaN]);
    expect(dropout(x, { p: 0 })).toBe(x);
    expect(dropout(x, { training: false })).toBe(x);
    const none = tensor([]);
    expect(dropout(none).shape).toEqual([0]);
    dropout(x, { p: 1 });
    const after = dropout(ones(20)).toArray();
    manualSeed(1);
    expect(dropout(ones(20)).toArray()).toEqual(after);
  });

  it("with p = 1 gives x * 0: NaN of infinities, gradient 0", () => {
    const x = tensor([1, -2, Infinity, Number.NaN, 5], { requiresGrad: true });
    const y = dropout(x, { p: 1 });
    expect(y.toArray()).toEqual([0, -0, Number.NaN, Number.NaN, 0]);
    y.backward(ones(5));
    expect(x.grad?.toArray()).toEqual([0, 0, 0, 0, 0]);
  });

  it("frees what it made", () => {
    const x = tensor(numbers(15), { requiresGrad: true });
    leakcheck(() => dropout(x));
    const view = strided(numbers(15), [3, 5]).requiresGrad_();
    leakcheck(() => dropout(view));
  });

  it("rejects probabilities that are none", () => {
    for (const p of [-0.1, 1.1, Number.NaN, "0.5" as unknown as number]) {
      expect(() => dropout(ones(2), { p })).toThrow(
        `dropout: dropout probability has to be between 0 and 1, but got ${p}`,
      );
    }
    expect(() => dropout(ones(2, { dtype: "int32" }))).toThrow("dropout: expected input to be float32, got int32");
    expect(() => dropout(undefined as unknown as ReturnType<typeof ones>)).toThrow(
      "dropout: expected input to be a Tensor, got undefined",
    );
  });
});
