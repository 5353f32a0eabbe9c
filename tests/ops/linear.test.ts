// linear against PyTorch's figures, on strided views, and its errors.
import { expect, it } from "vitest";
import { linear, noGrad, type Tensor, tensor } from "../../src/index.ts";
import { check, figures, made, turned } from "./products.ts";
import { leakcheck, op } from "./row.ts";

op("linear", () => {
  it.each(figures.linear)("$x, weight $w, bias $b as PyTorch", ({ x, w, b, y, grads }) => {
    check((p, q, r) => linear(p as Tensor, q as Tensor, r), [made(x), made(w, 1), ...(b ? [made(b, 2)] : [])], {
      y,
      grads,
    });
  });
  it.each(figures.linear)("$x, weight $w, bias $b from turned views", ({ x, w, b, y, grads }) => {
    const inputs = [turned(made(x)), turned(made(w, 1)), ...(b ? [made(b, 2)] : [])];
    for (const t of inputs) t.requiresGrad_();
    check((p, q, r) => linear(p as Tensor, q as Tensor, r), inputs, { y, grads });
  });
  it("frees what it made", () => {
    const [x, w, b] = [made([3, 4]), made([2, 4], 1), made([2], 2)];
    leakcheck(() => linear(x, w, b));
    leakcheck(() => noGrad(() => linear(x, w, b)));
    const view = turned(x).requiresGrad_();
    leakcheck(() => linear(view, w, b));
  });
  it("rejects shapes, dtypes and arguments that do not fit", () => {
    const [x, w] = [made([3, 4]), made([2, 4])];
    const cases: [() => Tensor, string][] = [
      [() => linear(made([3, 5]), w), "linear: expected input [..., 4] for weight [2, 4], got [3, 5]"],
      [() => linear(made([]), w), "linear: expected input [..., 4] for weight [2, 4], got []"],
      [() => linear(x, made([1, 2, 4])), "linear: expected weight [out, in] or [in], got [1, 2, 4]"],
      [() => linear(x, w, made([3])), "linear: expected bias of shape [2], got [3]"],
      [() => linear(x, made([4]), made([1])), "linear: expected bias of shape [], got [1]"],
      [() => linear(x, undefined as unknown as Tensor), "linear: expected weight to be a Tensor, got undefined"],
      [() => linear(x, w, 3 as unknown as Tensor), "linear: expected bias to be a Tensor, got 3"],
      [() => linear(tensor([[1, 2, 3, 4]], { dtype: "int32" }), w), "linear: expected input to be float32, got int32"],
    ];
    for (const [fn, message] of cases) expect(fn).toThrow(message);
  });
});
