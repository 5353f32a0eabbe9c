// summary: figures and table, and a model left as it was.

import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { memory, nn, type Tensor, tensor } from "../../src/index.ts";

class Net extends nn.Module {
  layers: nn.Sequential = new nn.Sequential(
    new nn.Linear(8, 4),
    new nn.Dropout(),
    new nn.Linear(4, 4, { bias: false }),
  );
  lstm: nn.LSTM = new nn.LSTM(4, 3);
  spare: nn.Linear = new nn.Linear(2, 2);
  modes: boolean[] = [];
  override forward(x: Tensor): Tensor {
    this.modes.push(this.training);
    const [y] = this.lstm.forward(this.layers.forward(x));
    return y;
  }
}

describe("summary", () => {
  it("tells shapes, parameters and bytes of every module", () => {
    const s = nn.summary(new Net(), [5, 8]);
    const rows = s.layers.map((l) => [l.name, l.type, l.depth, l.outputShapes, l.parameters, l.bytes]);
    expect(rows).toEqual([
      ["", "Net", 0, [[5, 3]], 36 + 16 + 108 + 6, 4 * 166],
      ["layers", "Sequential", 1, [[5, 4]], 52, 208],
      ["layers.0", "Linear", 2, [[5, 4]], 36, 144],
      ["layers.1", "Dropout", 2, [[5, 4]], 0, 0],
      ["layers.2", "Linear", 2, [[5, 4]], 16, 64],
      [
        "lstm",
        "LSTM",
        1,
        [
          [5, 3],
          [1, 3],
          [1, 3],
        ],
        108,
        432,
      ],
      ["spare", "Linear", 1, null, 6, 24],
    ]);
    expect([s.parameters, s.trainable, s.bytes]).toEqual([166, 166, 664]);
    expect(s.outputBytes).toBe(4 * (20 * 3 + 15 + 3 + 3));
  });

  it("prints a table", () => {
    const s = nn.summary(new nn.Sequential(new nn.Linear(784, 128), new nn.Linear(128, 10)), [1, 784]);
    expect(String(s)).toBe(
      [
        "layer        output shape  parameters    bytes",
        "──────────────────────────────────────────────",
        "Sequential   [1, 10]          101,770  407,080",
        "  0: Linear  [1, 128]         100,480  401,920",
        "  1: Linear  [1, 10]            1,290    5,160",
        "──────────────────────────────────────────────",
        "total                         101,770  407,080",
        "trainable: 101,770 parameters; one forward pass gives 552 bytes",
      ].join("\n"),
    );
    expect(inspect(s)).toBe(String(s));
  });

  it("leaves modes, forwards, gradients and memory as they were", () => {
    const net = new Net();
    net.lstm.eval();
    const before = memory().liveBytes;
    nn.summary(net, [5, 8]);
    expect(memory().liveBytes).toBe(before);
    expect(net.modes).toEqual([false]);
    expect([net.training, net.layers.training, net.lstm.training]).toEqual([true, true, false]);
    for (const module of net.modules()) expect(Object.hasOwn(module, "forward")).toBe(false);
    expect(() => nn.summary(net, [5, 7])).toThrow(/linear/);
    expect([net.training, net.lstm.training, Object.hasOwn(net.lstm, "forward")]).toEqual([true, false, false]);
  });

  it("keeps a forward that is the module's own", () => {
    const layer = new nn.Linear(2, 2);
    const forward = (x: Tensor): Tensor => x;
    layer.forward = forward;
    expect(nn.summary(layer, [3, 2]).layers[0]?.outputShapes).toEqual([[3, 2]]);
    expect(layer.forward).toBe(forward);
  });

  it("counts a shared parameter once, and what is frozen as not trainable", () => {
    const first = new nn.Linear(3, 3);
    const model = new nn.Sequential(first, new nn.Linear(3, 3), first);
    (model.at(1) as nn.Linear).weight = first.weight;
    first.bias?.requiresGrad_(false);
    const s = nn.summary(model, [1, 3]);
    expect([s.parameters, s.trainable]).toEqual([9 + 3 + 3, 9 + 3]);
  });

  it("names what lies in arrays", () => {
    class Stack extends nn.Module {
      blocks: nn.Sequential[] = [new nn.Sequential(new nn.Dropout()), new nn.Sequential(new nn.Dropout())];
      override forward(x: Tensor): Tensor {
        return this.blocks.reduce((y, block) => block.forward(y), x);
      }
    }
    const labels = nn.summary(new Stack(), [2]).layers.map((l) => [l.name, l.label, l.depth]);
    expect(labels.slice(0, 3)).toEqual([
      ["", "", 0],
      ["blocks.0", "blocks.0", 1],
      ["blocks.0.0", "0", 2],
    ]);
  });

  it("takes tensors and several inputs", () => {
    class Two extends nn.Module {
      override forward(a: Tensor, b: Tensor): Tensor[] {
        return [a, b.reshape([6])];
      }
    }
    const s = nn.summary(new Two(), [[2, 2], tensor(new Int32Array(6), { shape: [2, 3] })]);
    expect(s.layers[0]?.outputShapes).toEqual([[2, 2], [6]]);
  });

  it("refuses what is no model and no shape", () => {
    expect(() => nn.summary({} as nn.Module, [1])).toThrow(/expected a Module, got object/);
    expect(() => nn.summary(new nn.Linear(2, 2), [-1, 2])).toThrow(/summary: expected sizes to be non-negative/);
    expect(() => nn.summary(new nn.Linear(2, 2), "3" as unknown as number[])).toThrow(/summary: expected a shape/);
  });
});
