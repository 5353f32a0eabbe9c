// Programs without Tensor's methods: the parts of the package need none, and a call of one tells where they are.
import { expect, it } from "vitest";
import { manualSeed, noGrad, randn, tensor } from "../src/bare.ts";
import * as nn from "../src/nn/index.ts";
import * as methods from "../src/ops/tensor-ops.ts";
import * as optim from "../src/optim/index.ts";

it("every method that is missing is an error that says where it is", () => {
  const x = tensor([1, 2]) as unknown as Record<string, () => unknown>;
  expect(Object.keys(methods).length).toBeGreaterThan(100);
  for (const name of Object.keys(methods)) {
    expect(x[name], name).toThrow(`Tensor.${name}: tensors have methods where "lanegrad" itself is imported`);
  }
});

it("layers, losses and optimizers call none", () => {
  manualSeed(0);
  const model = new nn.Sequential(
    new nn.Conv2d(2, 4, 3, { padding: 1, paddingMode: "reflect" }),
    new nn.BatchNorm2d(4),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Dropout(),
    new nn.Flatten(),
    new nn.Linear(16, 3),
  );
  const optimizer = new optim.Adam(model.parameters());
  const x = randn(5, 2, 4, 4);
  const y = tensor([0, 1, 2, 0, 1], { dtype: "int32" });
  const before = noGrad(() => new nn.CrossEntropyLoss().forward(model.forward(x), y).item());
  for (let step = 0; step < 30; step++) {
    optimizer.zeroGrad();
    new nn.CrossEntropyLoss().forward(model.forward(x), y).backward();
    optimizer.step();
  }
  expect(noGrad(() => new nn.CrossEntropyLoss().forward(model.eval().forward(x), y).item())).toBeLessThan(before);
  const [output] = new nn.LSTM(3, 4, { bidirectional: true, numLayers: 2, dropout: 0.5 }).forward(randn(6, 2, 3));
  expect(output.shape).toEqual([6, 2, 8]);
});

it("the root brings the methods, even afterwards", async () => {
  const { tensor: same } = await import("../src/index.ts");
  expect(same).toBe(tensor);
  expect(tensor([1, -2]).relu().toArray()).toEqual([1, 0]);
});
