// lanegrad's rows, through its public API: make(row, inputs) gives { call, result, dispose }.
import { functional, nn, noGrad, optim, scope, tensor } from "../../dist/index.js";
import { stateOf } from "./data.mjs";

const toTensors = (inputs) =>
  Object.fromEntries(Object.entries(inputs).map(([name, { data, shape }]) => [name, tensor(data, { shape })]));

function loaded(module, state, strict = true) {
  module.loadStateDict(toTensors(state), { strict });
  return module;
}

const forward = {
  gemm: (_, { a, b }) => {
    return () => a.matmul(b);
  },
  linear: (row, { x }, state) => {
    const layer = loaded(new nn.Linear(row.from, row.to), state);
    return () => layer.forward(x);
  },
  conv: ({ k, stride, padding, dilation, groups }, { x }, state) => {
    const [o, c] = state.weight.shape;
    const layer = loaded(new nn.Conv2d(c * groups, o, k, { stride, padding, dilation, groups }), state);
    return () => layer.forward(x);
  },
  maxpool: ({ k, stride, padding }, { x }) => {
    const layer = new nn.MaxPool2d(k, { stride, padding });
    return () => layer.forward(x);
  },
  batchnorm: (_, { x }, state) => {
    const layer = loaded(new nn.BatchNorm2d(x.shape[1]), state, false).eval();
    return () => layer.forward(x);
  },
  layernorm: (_, { x }, state) => {
    const layer = loaded(new nn.LayerNorm(x.shape[1]), state);
    return () => layer.forward(x);
  },
  softmax: (_, { x }) => {
    const layer = new nn.Softmax({ dim: 1 });
    return () => layer.forward(x);
  },
  unary: ({ fn }, { x }) => {
    const f = functional[fn];
    return () => f(x);
  },
  add: (_, { a, b }) => {
    return () => a.add(b);
  },
  sum: (_, { x }) => {
    return () => x.sum();
  },
  mean: ({ dim }, { x }) => {
    return () => x.mean(dim);
  },
  lstm: ({ size, hidden }, { x }, state) => {
    const layer = loaded(new nn.LSTM(size, hidden), state);
    return () => layer.forward(x)[0];
  },
};

const adam = (model) => new optim.Adam(model.parameters(), { lr: 1e-3 });

/** A model, its criterion and its optimizer. */
const training = {
  "train-mlp": () => {
    const model = new nn.Sequential(new nn.Linear(784, 128), new nn.ReLU(), new nn.Linear(128, 10));
    return [model, new nn.CrossEntropyLoss(), adam];
  },
  "train-lenet": () => {
    const model = new nn.Sequential(
      new nn.Conv2d(1, 6, 5, { padding: 2 }),
      new nn.ReLU(),
      new nn.MaxPool2d(2),
      new nn.Conv2d(6, 16, 5),
      new nn.ReLU(),
      new nn.MaxPool2d(2),
      new nn.Flatten(),
      new nn.Linear(400, 120),
      new nn.ReLU(),
      new nn.Linear(120, 84),
      new nn.ReLU(),
      new nn.Linear(84, 10),
    );
    return [model, new nn.CrossEntropyLoss(), adam];
  },
  "train-lstm": ({ size, hidden }) => [new nn.LSTM(size, hidden), new nn.MSELoss(), adam],
  "train-block": () => {
    const model = new nn.Sequential(new nn.Conv2d(16, 16, 3, { padding: 1 }), new nn.BatchNorm2d(16), new nn.ReLU());
    return [model, new nn.MSELoss(), adam];
  },
  "train-small": () => {
    const model = new nn.Sequential(new nn.Linear(10, 5), new nn.ReLU(), new nn.Linear(5, 2));
    return [model, new nn.MSELoss(), (m) => new optim.SGD(m.parameters(), { lr: 0.01 })];
  },
};

export function make(row, inputs) {
  const tensors = toTensors(inputs);
  const dispose = () => {
    for (const t of Object.values(tensors)) t.dispose();
  };
  const build = forward[row.op];
  if (build) {
    const run = build(row, tensors, stateOf(inputs));
    return { call: () => noGrad(() => void run()), result: () => noGrad(() => run().data), dispose };
  }
  const [model, criterion, optimizerOf] = training[row.op](row);
  loaded(model, stateOf(inputs), false);
  const optimizer = optimizerOf(model);
  const { x, target } = tensors;
  const step = () => {
    optimizer.zeroGrad();
    const y = model.forward(x);
    const loss = criterion.forward(Array.isArray(y) ? y[0] : y, target);
    loss.backward();
    optimizer.step();
    return loss;
  };
  return {
    call: () => scope(() => void step()),
    result: () => Float32Array.from({ length: 3 }, () => scope(() => step().item())),
    dispose,
  };
}
