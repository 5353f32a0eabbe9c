// The body that every runtime runs against the packed package: it imports, computes, trains, and frees.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  DataLoader,
  loadCheckpoint,
  loadSafetensors,
  manualSeed,
  memory,
  nn,
  noGrad,
  optim,
  saveCheckpoint,
  saveSafetensors,
  scope,
  Tensor,
  TensorDataset,
  tensor,
} from "lanegrad";
import * as bare from "lanegrad/bare";
import * as data from "lanegrad/data";
import * as functional from "lanegrad/functional";
import * as io from "lanegrad/io";
import * as layers from "lanegrad/nn";
import * as optimizers from "lanegrad/optim";

// as a program starts, where Workers refuse crypto
const early = new nn.Linear(2, 2);

test("the kernels are ready when the import returns", () => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);
  assert.ok(x instanceof Tensor);
  assert.deepEqual(x.matmul(x).toArray(), [
    [7, 10],
    [15, 22],
  ]);
});

test("the parts are the root's", () => {
  assert.equal(bare.tensor, tensor);
  assert.equal(layers.Linear, nn.Linear);
  assert.equal(optimizers.Adam, optim.Adam);
  assert.equal(data.DataLoader, DataLoader);
  assert.equal(io.loadSafetensors, loadSafetensors);
  assert.ok(functional.relu(tensor([1])) instanceof Tensor);
  assert.ok(new layers.Linear(2, 1).weight instanceof Tensor);
});

test("the random stream is PyTorch's", () => {
  manualSeed(0);
  const layer = new nn.Linear(10, 5);
  assert.deepEqual(
    [...layer.weight.data.slice(0, 3)],
    [-0.002367540495470166, 0.16963835060596466, -0.26026973128318787].map(Math.fround),
  );
});

test("a perceptron learns exclusive or", () => {
  manualSeed(1);
  const model = new nn.Sequential(new nn.Linear(2, 16), new nn.Tanh(), new nn.Linear(16, 1), new nn.Sigmoid());
  const criterion = new nn.BCELoss();
  const optimizer = new optim.Adam(model.parameters(), { lr: 0.05 });
  const x = tensor([
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ]);
  const y = tensor([[0], [1], [1], [0]]);
  for (let step = 0; step < 200; step++) {
    scope(() => {
      optimizer.zeroGrad();
      criterion.forward(model.forward(x), y).backward();
      optimizer.step();
    });
  }
  const guess = noGrad(() => model.forward(x)).toArray();
  assert.deepEqual(
    guess.map(([p]) => Math.round(p)),
    [0, 1, 1, 0],
  );
});

test("a convolution with batch norm and pooling takes a step", () => {
  manualSeed(2);
  const model = new nn.Sequential(
    new nn.Conv2d(1, 4, 3, { padding: 1 }),
    new nn.BatchNorm2d(4),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Linear(4 * 16, 3),
  );
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
  const criterion = new nn.CrossEntropyLoss();
  const x = tensor(
    Float32Array.from({ length: 2 * 64 }, (_, i) => Math.sin(i)),
    { shape: [2, 1, 8, 8] },
  );
  const target = tensor(Int32Array.of(0, 2));
  const losses = [];
  for (let step = 0; step < 10; step++) {
    optimizer.zeroGrad();
    const loss = criterion.forward(model.forward(x), target);
    loss.backward();
    optimizer.step();
    losses.push(loss.item());
  }
  assert.ok(losses.at(-1) < losses[0] / 2, `losses ${losses}`);
});

test("an LSTM runs forward and backward", () => {
  const lstm = new nn.LSTM(3, 5, { batchFirst: true });
  const [output, [h, c]] = lstm.forward(tensor(new Float32Array(2 * 4 * 3).fill(0.5), { shape: [2, 4, 3] }));
  assert.deepEqual(
    [output.shape, h.shape, c.shape],
    [
      [2, 4, 5],
      [1, 2, 5],
      [1, 2, 5],
    ],
  );
  output.sum().backward();
  assert.ok(lstm.parameters().every((p) => p.grad !== null));
});

test("unseeded weights differ", () => {
  assert.ok(early.weight.data.some((v) => v !== 0));
  assert.ok(new nn.Linear(2, 2).weight.data.every((v, i) => v !== early.weight.data[i]));
});

test("weights travel as safetensors", () => {
  manualSeed(3);
  const [from, to] = [new nn.Linear(4, 3), new nn.Linear(4, 3)];
  to.loadStateDict(loadSafetensors(saveSafetensors(from.stateDict())));
  assert.deepEqual(to.weight.toArray(), from.weight.toArray());
  assert.throws(() => loadSafetensors(new Uint8Array(9)), /loadSafetensors: /);
});

test("a run that was stopped goes on bit for bit", () => {
  const data = new TensorDataset(tensor(Float32Array.from({ length: 24 }, Math.cos), { shape: [12, 2] }));
  const make = () => {
    const model = new nn.Sequential(new nn.Linear(2, 8), new nn.Dropout(0.3), new nn.Linear(8, 2));
    return { model, optimizer: new optim.Adam(model.parameters(), { lr: 0.01 }) };
  };
  const epoch = ({ model, optimizer }) => {
    const losses = [];
    for (const [x] of new DataLoader(data, { batchSize: 4, shuffle: true })) {
      optimizer.zeroGrad();
      const loss = new nn.MSELoss().forward(model.forward(x), x);
      loss.backward();
      optimizer.step();
      losses.push(loss.item());
    }
    return losses;
  };
  manualSeed(4);
  const whole = make();
  epoch(whole);
  const bytes = saveCheckpoint(whole);
  const expected = epoch(whole);
  const resumed = make();
  loadCheckpoint(bytes, resumed);
  assert.deepEqual(epoch(resumed), expected);
});

test("scopes give their memory back", () => {
  const before = memory().liveBytes;
  noGrad(() => {
    for (let i = 0; i < 10; i++) tensor([1, 2, 3]).add(1).exp();
  });
  assert.equal(memory().liveBytes, before);
});

test("misuse is a clear error", () => {
  assert.throws(() => tensor([1, 2]).matmul(tensor([1, 2, 3])), /matmul: .*\[2\].*\[3\]/);
});
