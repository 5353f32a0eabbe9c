import { expect, it } from "vitest";
import { cat, lstm, lstmCell, type Tensor, tensor, zeros } from "../../src/index.ts";
import { close, gradcheck, numbers } from "../check.ts";
import { op } from "./row.ts";

const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v));

/** One direction by its formulas in float64: [outputs, last h, last c] of a single sequence. */
function plain(x: number[][], h: number[], c: number[], wIh: number[][], wHh: number[][], b: number[]): number[][][] {
  const n = h.length;
  const outputs = x.map((row) => {
    const gates = wIh.map(
      (w, j) =>
        (b[j] as number) +
        w.reduce((s, v, p) => s + v * (row[p] as number), 0) +
        (wHh[j] as number[]).reduce((s, v, p) => s + v * (h[p] as number), 0),
    );
    const at = (gate: number, j: number): number => gates[gate * n + j] as number;
    c = c.map((v, j) => sigmoid(at(1, j)) * v + sigmoid(at(0, j)) * Math.tanh(at(2, j)));
    h = c.map((v, j) => sigmoid(at(3, j)) * Math.tanh(v));
    return h;
  });
  return [outputs, [h], [c]];
}

const keepGraph = { retainGraph: true };
const numelOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const make = (...shape: number[]): Tensor =>
  tensor(
    numbers(
      shape.reduce((a, b) => a * b, 1),
      1,
    ),
    { shape },
  );

op("lstm", () => {
  it.each([1, 2, 3, 4, 5, 8, 16, 17, 20, 300])("equals the formulas with %i cells", (n) => {
    const scaled = (...shape: number[]): Tensor => tensor(numbers(numelOf(shape), n ** -0.5), { shape });
    const [x, wIh, wHh, bias] = [make(6, 3), scaled(4 * n, 3), scaled(4 * n, n), scaled(4 * n)];
    const [h, c] = [make(1, n), make(1, n)];
    const rows = (t: Tensor): number[][] => t.toArray() as number[][];
    const expected = plain(rows(x), rows(h)[0] as number[], rows(c)[0] as number[], rows(wIh), rows(wHh), [
      ...bias.data,
    ]);
    const [y, [hN, cN]] = lstm(x, [h, c], [wIh, wHh, bias, zeros([4 * n])]);
    for (const [i, actual] of [y, hN, cN].entries()) close(actual, expected[i] as number[][]);
  });

  it("has the numeric gradient, projected and in both directions", () => {
    const shapes = [[8, 2], [8, 1], [8], [8], [1, 2]];
    const weights = [...shapes, ...shapes].map((shape) => make(...shape));
    const pack = ([x, h, c, ...w]: Tensor[]): Tensor => {
      const [y, [hN, cN]] = lstm(x as Tensor, [h as Tensor, c as Tensor], w, { bidirectional: true });
      return cat([y.flatten(), hN.flatten(), cN.flatten()]);
    };
    gradcheck((...all) => pack(all), [make(3, 2, 2), make(2, 2, 1), make(2, 2, 2), ...weights]);
  });

  // products deeper than one packed chunk of 256, against the path of a single sequence, which packs nothing
  it.each([
    [67, 0],
    [68, 0],
    [70, 0],
    [260, 0],
    [261, 259],
  ])("adds up the gradients of a batch with %i cells projected to %i", (h, projection) => {
    const r = projection || h;
    const shapes = [[4 * h, 3], [4 * h, r], [4 * h], [4 * h], ...(projection > 0 ? [[r, h]] : [])];
    const values = shapes.map((shape) => numbers(numelOf(shape), 0.1));
    const x = make(3, 3, 3);
    const run = (batch: Tensor): Tensor[] => {
      const weights = shapes.map((shape, i) => tensor(values[i] as Float32Array, { shape, requiresGrad: true }));
      const input = batch.detach().requiresGrad_();
      const [y, [hN, cN]] = lstm(input, null, weights);
      for (const t of [y, hN, cN]) t.backward(tensor(new Float32Array(t.numel).fill(1), { shape: t.shape }), keepGraph);
      return [input, ...weights].map((t) => t.grad as Tensor);
    };
    const [gx, ...whole] = run(x) as [Tensor, ...Tensor[]];
    const single = [0, 1, 2].map((n) => run(x.narrow(1, n, 1)));
    close(
      gx,
      cat(
        single.map((grads) => grads[0] as Tensor),
        1,
      ),
      { rtol: 1e-5, atol: 1e-5 },
    );
    for (const [i, grad] of whole.entries()) {
      const sums = new Float32Array(grad.numel);
      for (const grads of single)
        for (const [j, v] of (grads[i + 1] as Tensor).data.entries()) sums[j] = (sums[j] as number) + v;
      close(grad, sums, { rtol: 1e-5, atol: 1e-5 });
    }
  });

  it("reads a batch as so many sequences", () => {
    const weights = [make(68, 3), make(68, 17), make(68), make(68)];
    const x = make(5, 13, 3);
    const whole = lstm(x, null, weights, { batchFirst: true })[0].toArray() as number[][][];
    for (const [i, rows] of whole.entries()) {
      close(lstm(x.select(0, i), null, weights)[0], rows, { rtol: 1e-5, atol: 1e-6 });
    }
  });

  it.each<[string, () => unknown, string]>([
    ["no weights", () => lstm(zeros([5, 3]), null, undefined as never), "lstm: expected the weights as an array"],
    [
      "too few weights",
      () => lstm(zeros([5, 3]), null, [make(8, 3), make(8, 2)]),
      "lstm: expected 1 times 4 or 5 weights, got 2",
    ],
    [
      "weights that disagree",
      () => lstm(zeros([5, 3]), null, [make(8, 3), make(8, 3)], { bias: false }),
      "lstm: expected weight 1 of shape [8, 2], got [8, 3]",
    ],
    [
      "gates that are not four",
      () => lstm(zeros([5, 3]), null, [make(9, 3), make(9, 2)], { bias: false }),
      "got [9, 3] and [9, 2]",
    ],
    [
      "dropout above 1",
      () => lstm(zeros([5, 3]), null, [make(8, 3), make(8, 2)], { bias: false, dropout: 2 }),
      "lstm: dropout has to be between 0 and 1, but got 2",
    ],
  ])("refuses %s", (_, call, message) => {
    expect(call).toThrow(message);
  });
});

op("lstmCell", () => {
  it("is one step of lstm", () => {
    const weights = [make(20, 3), make(20, 5), make(20), make(20)];
    const [h, c] = lstmCell(make(2, 3), [make(2, 5), make(2, 5)], weights);
    const [, [hN, cN]] = lstm(make(1, 2, 3), [make(1, 2, 5), make(1, 2, 5)], weights);
    close(h, hN);
    close(c, cN);
  });

  it("refuses a projection", () => {
    expect(() => lstmCell(zeros([3]), null, [make(8, 3), make(8, 1), make(1, 2)])).toThrow("lstmCell: expected");
  });
});
