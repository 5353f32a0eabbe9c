// The rows of the comparison: what is computed, with which sizes, from which numbers. Names of tensors and layouts are PyTorch's.
// An input is { shape, scale, offset }, uniform in offset +- scale, or { shape, classes }, whole numbers below it.

const forward = [];
const training = [];

/** Uniform in +- 1 / sqrt(fan), as layers are initialised. */
const initial = (fan, ...shape) => ({ shape, scale: 1 / Math.sqrt(fan) });
const uniform = (...shape) => ({ shape });

for (const s of [128, 256, 512]) {
  forward.push({
    name: `gemm ${s} x ${s} x ${s}`,
    group: "gemm",
    op: "gemm",
    inputs: { a: uniform(s, s), b: uniform(s, s) },
  });
}

for (const [batch, from, to] of [
  [64, 784, 128],
  [8, 256, 256],
  [1, 1000, 1000],
  [1, 10, 5],
]) {
  forward.push({
    name: `linear ${batch} x ${from} to ${to}`,
    group: "linear",
    op: "linear",
    from,
    to,
    inputs: { x: uniform(batch, from), weight: initial(from, to, from), bias: initial(from, to) },
  });
}

/** [name, batch, channels, height, width, outputs, kernel, { stride, padding, dilation, groups }] */
const convolutions = [
  ["3x3, 64 at 56x56", 1, 64, 56, 56, 64, 3, { padding: 1 }],
  ["3x3, 128 at 28x28", 1, 128, 28, 28, 128, 3, { padding: 1 }],
  ["3x3, 256 at 14x14", 1, 256, 14, 14, 256, 3, { padding: 1 }],
  ["3x3, 512 at 7x7", 1, 512, 7, 7, 512, 3, { padding: 1 }],
  ["7x7 stride 2, 3 to 64 at 224x224", 1, 3, 224, 224, 64, 7, { stride: 2, padding: 3 }],
  ["3x3 stride 2, 64 to 128 at 56x56", 1, 64, 56, 56, 128, 3, { stride: 2, padding: 1 }],
  ["1x1, 64 to 256 at 56x56", 1, 64, 56, 56, 256, 1, {}],
  ["5x5, 1 to 6 at 28x28, batch 32", 32, 1, 28, 28, 6, 5, { padding: 2 }],
  ["5x5, 6 to 16 at 14x14, batch 32", 32, 6, 14, 14, 16, 5, {}],
  ["3x3, 16 at 16x16, batch 16", 16, 16, 16, 16, 16, 3, { padding: 1 }],
  ["5x5 dilation 2, 8 to 12 at 32x32", 1, 8, 32, 32, 12, 5, { padding: 4, dilation: 2 }],
  ["3x3 groups 4, 32 to 64 at 28x28", 1, 32, 28, 28, 64, 3, { padding: 1, groups: 4 }],
  ["3x3, 7 to 13 at 17x13, batch 3", 3, 7, 17, 13, 13, 3, { padding: 1 }],
  ["depthwise 3x3, 32 at 112x112", 1, 32, 112, 112, 32, 3, { padding: 1, groups: 32 }],
  ["depthwise 3x3, 512 at 14x14", 1, 512, 14, 14, 512, 3, { padding: 1, groups: 512 }],
];
for (const [name, n, c, h, w, o, k, options] of convolutions) {
  const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  const fan = (c / groups) * k * k;
  const depthwise = groups > 1 && groups === c;
  forward.push({
    name: depthwise ? name : `conv ${name}`,
    group: depthwise ? "depthwise" : "convolution",
    op: "conv",
    ...{ k, stride, padding, dilation, groups },
    inputs: { x: uniform(n, c, h, w), weight: initial(fan, o, c / groups, k, k), bias: initial(fan, o) },
  });
}

forward.push(
  {
    name: "max pool 2x2, 64 at 112x112",
    group: "pooling",
    op: "maxpool",
    ...{ k: 2, stride: 2, padding: 0 },
    inputs: { x: uniform(1, 64, 112, 112) },
  },
  {
    name: "max pool 3x3 stride 2, 64 at 112x112",
    group: "pooling",
    op: "maxpool",
    ...{ k: 3, stride: 2, padding: 1 },
    inputs: { x: uniform(1, 64, 112, 112) },
  },
  {
    name: "batch norm in eval, 64 at 56x56",
    group: "norm",
    op: "batchnorm",
    inputs: {
      x: uniform(1, 64, 56, 56),
      weight: { shape: [64], scale: 0.5, offset: 1 },
      bias: uniform(64),
      running_mean: uniform(64),
      running_var: { shape: [64], scale: 0.5, offset: 1 },
    },
  },
  {
    name: "layer norm, 256 x 512",
    group: "norm",
    op: "layernorm",
    inputs: { x: uniform(256, 512), weight: { shape: [512], scale: 0.5, offset: 1 }, bias: uniform(512) },
  },
);

for (const [rows, columns] of [
  [256, 1000],
  [1000, 10],
]) {
  forward.push({
    name: `softmax ${rows} x ${columns}`,
    group: "softmax",
    op: "softmax",
    inputs: { x: { shape: [rows, columns], scale: 4 } },
  });
}

for (const n of [1_000_000, 1000]) {
  const size = n === 1000 ? "of 1,000" : "of 1M";
  for (const fn of ["exp", "tanh", "sigmoid", "log", "relu", "gelu"]) {
    const x = { shape: [n], scale: fn === "log" ? 0.99 : 3, offset: fn === "log" ? 1 : 0 };
    forward.push({ name: `${fn} ${size}`, group: "elementwise", op: "unary", fn, inputs: { x } });
  }
  forward.push({
    name: `add ${size}`,
    group: "elementwise",
    op: "add",
    inputs: { a: uniform(n), b: uniform(n) },
  });
}

forward.push(
  {
    name: "sum of 1M",
    group: "reduction",
    op: "sum",
    inputs: { x: { shape: [1_000_000], scale: 0.5, offset: 0.5 } },
  },
  {
    name: "mean over dim 1 of 1000 x 1000",
    group: "reduction",
    op: "mean",
    dim: 1,
    inputs: { x: { shape: [1000, 1000], scale: 0.5, offset: 0.5 } },
  },
  {
    name: "mean over dim 0 of 1000 x 1000",
    group: "reduction",
    op: "mean",
    dim: 0,
    inputs: { x: { shape: [1000, 1000], scale: 0.5, offset: 0.5 } },
  },
);

const lstm = (size, hidden, extra) => ({
  op: "lstm",
  size,
  hidden,
  inputs: {
    x: uniform(50, 16, size),
    weight_ih_l0: initial(hidden, 4 * hidden, size),
    weight_hh_l0: initial(hidden, 4 * hidden, hidden),
    bias_ih_l0: initial(hidden, 4 * hidden),
    bias_hh_l0: initial(hidden, 4 * hidden),
    ...extra,
  },
});
for (const [size, hidden] of [
  [10, 20],
  [128, 256],
]) {
  const name = `LSTM ${size} to ${hidden}, 50 steps, batch 16`;
  forward.push({ name, group: "LSTM", ...lstm(size, hidden) });
  const target = { shape: [50, 16, hidden], scale: 0.5 };
  // TensorFlow's LSTM has one bias where PyTorch's has two, so its losses drift a little
  training.push({ name, group: "training", ...lstm(size, hidden, { target }), op: "train-lstm", tolerance: 3e-3 });
}

const dense = (index, from, to) => ({
  [`${index}.weight`]: initial(from, to, from),
  [`${index}.bias`]: initial(from, to),
});
const kernel = (index, from, to, k) => ({
  [`${index}.weight`]: initial(from * k * k, to, from, k, k),
  [`${index}.bias`]: initial(from * k * k, to),
});
training.unshift(
  {
    name: "MLP 784-128-10, batch 64",
    group: "training",
    op: "train-mlp",
    inputs: {
      x: uniform(64, 784),
      target: { shape: [64], classes: 10 },
      ...dense(0, 784, 128),
      ...dense(2, 128, 10),
    },
  },
  {
    name: "LeNet, batch 32",
    group: "training",
    op: "train-lenet",
    inputs: {
      x: uniform(32, 1, 28, 28),
      target: { shape: [32], classes: 10 },
      ...kernel(0, 1, 6, 5),
      ...kernel(3, 6, 16, 5),
      ...dense(7, 400, 120),
      ...dense(9, 120, 84),
      ...dense(11, 84, 10),
    },
  },
);
training.push(
  {
    name: "conv, norm, ReLU, 16 at 16x16, batch 16",
    group: "training",
    op: "train-block",
    inputs: {
      x: uniform(16, 16, 16, 16),
      target: uniform(16, 16, 16, 16),
      ...kernel(0, 16, 16, 3),
      "1.weight": { shape: [16], scale: 0.5, offset: 1 },
      "1.bias": uniform(16),
    },
  },
  {
    name: "net 10-5-2, batch 3, SGD",
    group: "training",
    op: "train-small",
    inputs: { x: uniform(3, 10), target: uniform(3, 2), ...dense(0, 10, 5), ...dense(2, 5, 2) },
  },
);

export const rows = [
  ...forward.map((row) => ({ kind: "forward", ...row })),
  ...training.map((row) => ({ kind: "training", ...row, name: `train ${row.name}` })),
];
