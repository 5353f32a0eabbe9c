import { describe, expect, it } from "vitest";
import { manualSeed, memory, nn, noGrad, optim, type Tensor, tensor, zeros } from "../../src/index.ts";
import { close, fixtures } from "../check.ts";

type Figures = [shape: number[], values: number[]];
interface Case {
  name: string;
  inputSize: number;
  hiddenSize: number;
  options: Record<string, number | boolean>;
  bias: boolean;
  x: number[];
  state: boolean;
  y: Figures;
  h: Figures;
  c: Figures;
  grads: Record<string, number[]>;
}
type Outputs = Pick<Case, "y" | "h" | "c">;
const figures = fixtures<{
  cases: Case[];
  cells: Case[];
  dropped: Outputs & Pick<Case, "grads">;
  saturated: Outputs;
  classifier: { losses: number[]; weights: number[][] };
}>("lstm");

const camel = (name: string): string => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
const optionsOf = (c: Case): nn.LSTMOptions =>
  Object.fromEntries(Object.entries(c.options).map(([name, value]) => [camel(name), value]));

/** The numbers that tests/fixtures/lstm.py fills tensors with. */
function ramp(shape: readonly number[], seed: number): Tensor {
  const n = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Float32Array.from({ length: n }, (_, i) => ((i * 7919 + seed * 10477) % 1009) / 504.5 - 1),
    { shape },
  );
}

function fill(model: nn.Module): void {
  noGrad(() => {
    for (const [i, p] of model.parameters().entries()) p.copy_(ramp(p.shape, i + 1));
  });
}

function same(actual: Tensor, [shape, values]: Figures): void {
  expect(actual.shape).toEqual(shape);
  close(actual, values, { rtol: 1e-5, atol: 1e-5 });
}

function checkGrads(model: nn.Module, more: Record<string, Tensor>, grads: Record<string, number[]>): void {
  const all: Record<string, Tensor> = { ...Object.fromEntries(model.namedParameters()), ...more };
  expect(Object.keys(grads).sort()).toEqual(Object.keys(all).sort());
  for (const [name, values] of Object.entries(grads)) {
    const t = all[name] as Tensor;
    close(t.grad ?? new Float32Array(t.numel), values, { rtol: 1e-5, atol: 1e-5 });
  }
}

describe("LSTM", () => {
  it.each(figures.cases.map((c) => [c.name, c] as const))("agrees with PyTorch: %s", (_, c) => {
    const model = new nn.LSTM(c.inputSize, c.hiddenSize, optionsOf(c));
    fill(model);
    const x = ramp(c.x, 101).requiresGrad_();
    const h0 = ramp(c.h[0], 102).requiresGrad_();
    const c0 = ramp(c.c[0], 103).requiresGrad_();
    const [y, [hN, cN]] = c.state ? model.forward(x, [h0, c0]) : model.forward(x);
    same(y, c.y);
    same(hN, c.h);
    same(cN, c.c);
    // three backward passes through one graph add up to the gradient of the sum
    y.backward(ramp(y.shape, 104), { retainGraph: true });
    hN.backward(ramp(hN.shape, 105), { retainGraph: true });
    cN.backward(ramp(cN.shape, 106));
    checkGrads(model, c.state ? { x, h0, c0 } : { x }, c.grads);
  });

  it("gives gradients through the output alone, the hidden state alone and the cell state alone", () => {
    const model = new nn.LSTM(2, 3, { numLayers: 2, bidirectional: true });
    fill(model);
    const parts = [0, 1, 2].map((which) => {
      model.zeroGrad();
      const x = ramp([4, 2, 2], 101).requiresGrad_();
      const [y, [hN, cN]] = model.forward(x);
      const chosen = [y, hN, cN][which] as Tensor;
      chosen.backward(ramp(chosen.shape, 104 + which));
      return [x, ...model.parameters()].map((t) => t.grad?.data ?? new Float32Array(t.numel));
    });
    model.zeroGrad();
    const x = ramp([4, 2, 2], 101).requiresGrad_();
    const [y, [hN, cN]] = model.forward(x);
    y.backward(ramp(y.shape, 104), { retainGraph: true });
    hN.backward(ramp(hN.shape, 105), { retainGraph: true });
    cN.backward(ramp(cN.shape, 106));
    for (const [i, t] of [x, ...model.parameters()].entries()) {
      const sum = Float32Array.from(t.data, (_, j) =>
        parts.reduce((s, p) => s + ((p[i] as Float32Array)[j] as number), 0),
      );
      close(t.grad as Tensor, sum, { rtol: 1e-5, atol: 1e-5 });
    }
  });

  it("leaves parameters alone that do not require grad", () => {
    const model = new nn.LSTM(2, 5, { bidirectional: true, projSize: 3 });
    fill(model);
    const run = (): void => model.forward(ramp([4, 2, 2], 101))[0].backward(ramp([4, 2, 6], 104));
    run();
    const before = new Map(model.namedParameters().map(([name, p]) => [name, (p.grad as Tensor).data]));
    for (const [name, frozen] of model.namedParameters()) {
      model.zeroGrad();
      frozen.requiresGrad_(false);
      run();
      frozen.requiresGrad_();
      for (const [other, p] of model.namedParameters()) {
        if (other === name) expect(p.grad).toBeNull();
        else close(p.grad as Tensor, before.get(other) as Float32Array);
      }
    }
  });

  it("has PyTorch's parameters, in its order", () => {
    const model = new nn.LSTM(3, 5, { numLayers: 2, bidirectional: true, projSize: 2 });
    expect(model.namedParameters().map(([name, p]) => [name, ...p.shape])).toEqual(
      [0, 1].flatMap((layer) =>
        ["", "_reverse"].flatMap((end) => [
          [`weight_ih_l${layer}${end}`, 20, layer === 0 ? 3 : 4],
          [`weight_hh_l${layer}${end}`, 20, 2],
          [`bias_ih_l${layer}${end}`, 20],
          [`bias_hh_l${layer}${end}`, 20],
          [`weight_hr_l${layer}${end}`, 2, 5],
        ]),
      ),
    );
    expect(Object.keys(model.stateDict())).toEqual(model.namedParameters().map(([name]) => name));
    expect(new nn.LSTM(3, 5, { bias: false }).namedParameters().map(([name]) => name)).toEqual([
      "weight_ih_l0",
      "weight_hh_l0",
    ]);
  });

  it("draws PyTorch's initial weights", () => {
    manualSeed(0);
    const model = new nn.LSTM(10, 20);
    const first = Array.from((model.weight_ih_l0 as Tensor).data.slice(0, 3));
    expect(first).toEqual([-0.001674103899858892, 0.11995243281126022, -0.18403849005699158]);
    expect((model.bias_hh_l0 as Tensor).data.at(-1)).toBe(-0.07383409887552261);
  });

  it("prints as PyTorch", () => {
    expect(String(new nn.LSTM(10, 20))).toBe("LSTM(10, 20)");
    expect(String(new nn.LSTM(10, 20, { numLayers: 2, batchFirst: true }))).toBe(
      "LSTM(10, 20, num_layers=2, batch_first=True)",
    );
    const all = { numLayers: 2, bias: false, batchFirst: true, dropout: 0.5, bidirectional: true, projSize: 3 };
    expect(String(new nn.LSTM(10, 20, all))).toBe(
      "LSTM(10, 20, proj_size=3, num_layers=2, bias=False, batch_first=True, dropout=0.5, bidirectional=True)",
    );
    expect(String(new nn.LSTM(10, 20, { numLayers: 2, dropout: 1 }))).toBe("LSTM(10, 20, num_layers=2, dropout=1.0)");
  });

  it("drops between layers in training only", () => {
    const model = new nn.LSTM(2, 4, { numLayers: 2, dropout: 0.5 });
    const x = ramp([3, 2, 2], 101);
    const whole = new nn.LSTM(2, 4, { numLayers: 2 });
    whole.loadStateDict(model.stateDict());
    const expected = whole.forward(x)[0].data;
    model.eval();
    expect(model.forward(x)[0].data).toEqual(expected);
    model.train();
    manualSeed(1);
    const once = model.forward(x)[0].data;
    expect(once).not.toEqual(expected);
    manualSeed(1);
    expect(model.forward(x)[0].data).toEqual(once);
  });

  it("drops what PyTorch drops from one seed", () => {
    const model = new nn.LSTM(3, 6, { numLayers: 3, dropout: 0.4, bidirectional: true, batchFirst: true });
    fill(model);
    const x = ramp([4, 5, 3], 101).requiresGrad_();
    manualSeed(5);
    const [y, [hN, cN]] = model.forward(x);
    same(y, figures.dropped.y);
    same(hN, figures.dropped.h);
    same(cN, figures.dropped.c);
    y.backward(ramp(y.shape, 104));
    const all: Record<string, Tensor> = { ...Object.fromEntries(model.namedParameters()), x };
    for (const [name, values] of Object.entries(figures.dropped.grads)) {
      close(all[name]?.grad as Tensor, values, { rtol: 1e-5, atol: 1e-5 });
    }
  });

  it("saturates as PyTorch, and keeps NaN and infinities in their rows", () => {
    const model = new nn.LSTM(3, 5);
    fill(model);
    const values = ramp([3, 4, 3], 101).data.map((v) => v * 300);
    values[(1 * 4 + 1) * 3 + 1] = Number.NaN;
    values[(0 * 4 + 2) * 3 + 0] = Infinity;
    const [y, [hN, cN]] = model.forward(tensor(values, { shape: [3, 4, 3] }));
    same(y, figures.saturated.y);
    same(hN, figures.saturated.h);
    same(cN, figures.saturated.c);
  });

  it("trains a classifier for 20 steps as PyTorch does", () => {
    const model = new nn.LSTM(3, 6, { numLayers: 2, batchFirst: true, bidirectional: true });
    const head = new nn.Linear(12, 4);
    const params = [...model.parameters(), ...head.parameters()];
    noGrad(() => {
      for (const [i, p] of params.entries()) p.copy_(ramp(p.shape, i + 1));
    });
    const x = ramp([8, 5, 3], 7).mul(3);
    const target = tensor(Int32Array.from({ length: 8 }, (_, i) => (i * 3) % 4));
    const optimizer = new optim.Adam(params, { lr: 0.02 });
    const criterion = new nn.CrossEntropyLoss();
    const losses = figures.classifier.losses.map(() => {
      optimizer.zeroGrad();
      const loss = criterion.forward(head.forward(model.forward(x)[0].select(1, 4)), target);
      loss.backward();
      optimizer.step();
      return loss.item();
    });
    close(losses, figures.classifier.losses, { rtol: 2e-5, atol: 2e-5 });
    for (const [i, p] of params.entries()) {
      close(p, figures.classifier.weights[i] as number[], { rtol: 2e-5, atol: 2e-5 });
    }
  });

  it("reads strided input and states", () => {
    const model = new nn.LSTM(3, 5, { bidirectional: true });
    const x = ramp([2, 4, 3], 101);
    const turned = x.transpose(0, 1).requiresGrad_();
    const plain = tensor(turned.data, { shape: [4, 2, 3], requiresGrad: true });
    const h = ramp([5, 2, 2], 102).transpose(0, 2);
    const flat = tensor(h.data, { shape: [2, 2, 5] });
    const a = model.forward(turned, [h, h])[0];
    const b = model.forward(plain, [flat, flat])[0];
    expect(a.toArray()).toEqual(b.toArray());
    a.backward(ramp(a.shape, 104));
    b.backward(ramp(b.shape, 104));
    expect(turned.grad?.toArray()).toEqual(plain.grad?.toArray());
  });

  it("frees what it made", () => {
    const model = new nn.LSTM(3, 5, { numLayers: 3, bidirectional: true, batchFirst: true, dropout: 0.5 });
    const x = ramp([2, 4, 3], 101);
    const gradient = ramp([2, 4, 10], 104);
    const step = (): void => {
      const [y, [hN, cN]] = model.forward(x);
      y.backward(gradient);
      for (const t of [y, hN, cN]) t.dispose();
    };
    step();
    model.zeroGrad();
    const before = memory();
    const made = (): number[] => [memory().liveTensors - before.liveTensors, memory().liveBytes - before.liveBytes];
    noGrad(() => {
      model.forward(x);
    });
    expect(made()).toEqual([0, 0]);
    for (const t of model.forward(x).flat()) t.dispose();
    expect(made()).toEqual([0, 0]);
    step();
    model.zeroGrad();
    expect(made()).toEqual([0, 0]);
  });

  it("is collected with its graph once nothing holds it", async () => {
    const model = new nn.LSTM(3, 5, { numLayers: 2, bidirectional: true, batchFirst: true });
    const x = ramp([2, 4, 3], 101);
    const before = memory().liveTensors;
    for (let i = 0; i < 200; i++) model.forward(x);
    expect(memory().liveTensors - before).toBe(600);
    // small tensors are freed by the group: the groups of the first and of the last results may wait
    for (let i = 0; i < 50 && memory().liveTensors - before > 32; i++) {
      globalThis.gc?.();
      await new Promise((done) => setTimeout(done, 10));
    }
    expect(memory().liveTensors - before).toBeLessThanOrEqual(32);
  });

  it.each<[string, () => unknown, string]>([
    ["no hidden units", () => new nn.LSTM(3, 0), "LSTM: expected hiddenSize to be a positive integer, got 0"],
    ["a fractional size", () => new nn.LSTM(3, 4.5), "LSTM: expected hiddenSize to be a positive integer, got 4.5"],
    [
      "a negative input size",
      () => new nn.LSTM(-1, 4),
      "LSTM: expected inputSize to be a non-negative integer, got -1",
    ],
    [
      "no layers",
      () => new nn.LSTM(3, 4, { numLayers: 0 }),
      "LSTM: expected numLayers to be a positive integer, got 0",
    ],
    ["PyTorch's third argument", () => new nn.LSTM(3, 4, 2 as never), "LSTM: expected an object of options"],
    [
      "dropout above 1",
      () => new nn.LSTM(3, 4, { dropout: 1.5 }),
      "LSTM: dropout has to be between 0 and 1, but got 1.5",
    ],
    [
      "dropout NaN",
      () => new nn.LSTM(3, 4, { dropout: Number.NaN }),
      "LSTM: dropout has to be between 0 and 1, but got NaN",
    ],
    [
      "dropout true",
      () => new nn.LSTM(3, 4, { dropout: true as never }),
      "LSTM: dropout has to be between 0 and 1, but got true",
    ],
    [
      "a wide projection",
      () => new nn.LSTM(3, 4, { projSize: 4 }),
      "LSTM: expected projSize below hiddenSize 4, got 4",
    ],
    [
      "a negative projection",
      () => new nn.LSTM(3, 4, { projSize: -1 }),
      "projSize to be a non-negative integer, got -1",
    ],
    ["a flag that is none", () => new nn.LSTM(3, 4, { bias: 1 as never }), "expected bias to be a boolean, got 1"],
  ])("refuses %s", (_, make, message) => {
    expect(make).toThrow(message);
  });

  const lstm = new nn.LSTM(3, 4);
  const first = new nn.LSTM(3, 4, { batchFirst: true });
  it.each<[string, () => unknown, string]>([
    ["no input", () => lstm.forward(undefined as never), "lstm: expected input to be a Tensor, got undefined"],
    ["input of 4 dims", () => lstm.forward(zeros([1, 5, 2, 3])), "lstm: expected input of 3 or 2 dims, got the shape"],
    ["input of 1 dim", () => lstm.forward(zeros([3])), "lstm: expected input of 3 or 2 dims, got the shape"],
    ["input of a wrong width", () => lstm.forward(zeros([5, 2, 7])), "lstm: expected input [..., 3], got [5, 2, 7]"],
    [
      "int32 input",
      () => lstm.forward(zeros([5, 2, 3], { dtype: "int32" })),
      "expected input to be float32, got int32",
    ],
    ["no steps", () => lstm.forward(zeros([0, 2, 3])), "expected at least one step, got the shape [0, 2, 3]"],
    ["no steps, batch first", () => first.forward(zeros([2, 0, 3])), "expected at least one step"],
    ["a state that is a tensor", () => lstm.forward(zeros([5, 2, 3]), zeros([2, 1, 2, 4]) as never), "[h0, c0]"],
    ["h0 alone", () => lstm.forward(zeros([5, 2, 3]), [zeros([1, 2, 4])] as never), "[h0, c0], got an array of 1"],
    [
      "no c0",
      () => lstm.forward(zeros([5, 2, 3]), [zeros([1, 2, 4]), null] as never),
      "expected c0 to be a Tensor, got null",
    ],
    [
      "unbatched states of a batch",
      () => lstm.forward(zeros([5, 2, 3]), [zeros([2, 4]), zeros([2, 4])]),
      "lstm: for batched input h0 and c0 should be 3-D, got [2, 4] and [2, 4]",
    ],
    [
      "batched states of an unbatched input",
      () => lstm.forward(zeros([5, 3]), [zeros([1, 1, 4]), zeros([1, 1, 4])]),
      "lstm: for unbatched input h0 and c0 should be 2-D, got [1, 1, 4] and [1, 1, 4]",
    ],
    [
      "h0 of another batch",
      () => lstm.forward(zeros([5, 2, 3]), [zeros([1, 3, 4]), zeros([1, 2, 4])]),
      "expected h0 of shape [1, 2, 4], got [1, 3, 4]",
    ],
    [
      "c0 of another width",
      () => lstm.forward(zeros([5, 2, 3]), [zeros([1, 2, 4]), zeros([1, 2, 5])]),
      "expected c0 of shape [1, 2, 4], got [1, 2, 5]",
    ],
    [
      "states of the steps instead of the batch",
      () => first.forward(zeros([5, 2, 3]), [zeros([1, 2, 4]), zeros([1, 2, 4])]),
      "expected h0 of shape [1, 5, 4], got [1, 2, 4]",
    ],
    [
      "an int32 state",
      () => lstm.forward(zeros([5, 2, 3]), [zeros([1, 2, 4], { dtype: "int32" }), zeros([1, 2, 4])]),
      "expected h0 to be float32, got int32",
    ],
  ])("refuses %s", (_, call, message) => {
    const before = memory().liveTensors;
    expect(call).toThrow(message);
    expect(memory().liveTensors).toBeLessThan(before + 4);
  });
});

describe("LSTMCell", () => {
  it.each(figures.cells.map((c) => [c.name, c] as const))("agrees with PyTorch: %s", (_, c) => {
    const model = new nn.LSTMCell(c.inputSize, c.hiddenSize, { bias: c.bias });
    fill(model);
    const x = ramp(c.x, 101).requiresGrad_();
    const h0 = ramp(c.h[0], 102).requiresGrad_();
    const c0 = ramp(c.c[0], 103).requiresGrad_();
    const [h, cell] = c.state ? model.forward(x, [h0, c0]) : model.forward(x);
    same(h, c.h);
    same(cell, c.c);
    h.backward(ramp(h.shape, 105), { retainGraph: true });
    cell.backward(ramp(cell.shape, 106));
    checkGrads(model, c.state ? { x, h0, c0 } : { x }, c.grads);
  });

  it("steps as an LSTM does", () => {
    const cell = new nn.LSTMCell(3, 5);
    const model = new nn.LSTM(3, 5);
    const renamed = Object.entries(cell.stateDict()).map(([name, t]) => [`${name}_l0`, t]);
    model.loadStateDict(Object.fromEntries(renamed));
    const x = ramp([4, 2, 3], 101);
    let state: [Tensor, Tensor] | undefined;
    for (let t = 0; t < 4; t++) state = cell.forward(x.select(0, t), state);
    const [, [hN, cN]] = model.forward(x);
    close((state as [Tensor, Tensor])[0], hN);
    close((state as [Tensor, Tensor])[1], cN);
  });

  it("prints as PyTorch", () => {
    expect(String(new nn.LSTMCell(10, 20))).toBe("LSTMCell(10, 20)");
    expect(String(new nn.LSTMCell(10, 20, { bias: false }))).toBe("LSTMCell(10, 20, bias=False)");
  });

  const cell = new nn.LSTMCell(3, 4);
  it.each<[string, () => unknown, string]>([
    [
      "input of 3 dims",
      () => cell.forward(zeros([1, 2, 3])),
      "lstmCell: expected input of 2 or 1 dims, got the shape [1, 2, 3]",
    ],
    ["input of a wrong width", () => cell.forward(zeros([2, 5])), "lstmCell: expected input [..., 3], got [2, 5]"],
    [
      "h of another batch",
      () => cell.forward(zeros([2, 3]), [zeros([3, 4]), zeros([2, 4])]),
      "expected h0 of shape [2, 4], got [3, 4]",
    ],
    [
      "c of another width",
      () => cell.forward(zeros([2, 3]), [zeros([2, 4]), zeros([2, 5])]),
      "expected c0 of shape [2, 4], got [2, 5]",
    ],
    [
      "a batched state of one row",
      () => cell.forward(zeros([3]), [zeros([1, 4]), zeros([1, 4])]),
      "lstmCell: for unbatched input h0 and c0 should be 1-D, got [1, 4] and [1, 4]",
    ],
    ["no hidden units", () => new nn.LSTMCell(3, 0), "LSTMCell: expected hiddenSize to be a positive integer, got 0"],
    [
      "PyTorch's third argument",
      () => new nn.LSTMCell(3, 4, false as never),
      "LSTMCell: expected an object of options",
    ],
  ])("refuses %s", (_, call, message) => {
    expect(call).toThrow(message);
  });
});
