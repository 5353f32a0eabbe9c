// Options stand in one object: a bare value, null, a tensor or an array in its place is an error, never ignored.
import { expect, it } from "vitest";
import {
  add,
  arange,
  conv2d,
  DataLoader,
  eye,
  full,
  functional,
  linspace,
  loadCheckpoint,
  maxPool2d,
  nn,
  onesLike,
  optim,
  pad,
  progress,
  randint,
  randLike,
  randn,
  randomSplit,
  randperm,
  saveCheckpoint,
  saveSafetensors,
  sub,
  type Tensor,
  TensorDataset,
  tensor,
  zeros,
} from "../src/index.ts";

const x = zeros([1, 2, 5, 5]);
const w = zeros([3, 2, 3, 3]);

/** Every constructor and function with options, called with `bad` in their place. */
const calls: Record<string, (bad: never) => unknown> = {
  Linear: (bad) => new nn.Linear(2, 3, bad),
  Flatten: (bad) => new nn.Flatten(bad),
  Conv2d: (bad) => new nn.Conv2d(3, 4, 3, bad),
  MaxPool2d: (bad) => new nn.MaxPool2d(2, bad),
  BatchNorm2d: (bad) => new nn.BatchNorm2d(3, bad),
  LSTM: (bad) => new nn.LSTM(3, 4, bad),
  L1Loss: (bad) => new nn.L1Loss(bad),
  MSELoss: (bad) => new nn.MSELoss(bad),
  SmoothL1Loss: (bad) => new nn.SmoothL1Loss(bad),
  CrossEntropyLoss: (bad) => new nn.CrossEntropyLoss(bad),
  BCELoss: (bad) => new nn.BCELoss(bad),
  KLDivLoss: (bad) => new nn.KLDivLoss(bad),
  DataLoader: (bad) => new DataLoader(new TensorDataset(zeros([2])), bad),
  add: (bad) => add(tensor([1]), tensor([1]), bad),
  sub: (bad) => sub(tensor([1]), 1, bad),
  conv2d: (bad) => conv2d(x, w, bad),
  maxPool2d: (bad) => maxPool2d(x, 2, bad),
  ...Object.fromEntries(
    (
      [
        "hardtanh",
        "leakyRelu",
        "elu",
        "celu",
        "gelu",
        "softplus",
        "hardshrink",
        "softshrink",
        "bernoulli",
        "bernoulli_",
        "uniform_",
        "normal_",
        "exponential_",
      ] as const
    ).map((name) => [name, (bad: never) => functional[name](x, bad)]),
  ),
  pad: (bad) => pad(x, [1, 1], bad),
};

const target = zeros([1, 2, 5, 5]);
const p = zeros([2]).requiresGrad_();
const optimizer = new optim.SGD([p], { lr: 0.1, momentum: 0.9 });
const lstm = () => new nn.LSTM(2, 3);

/** The others, which some of those values suit, or which name themselves otherwise in their errors. */
const more: Record<string, (bad: never) => unknown> = {
  AdamW: (bad) => new optim.AdamW([p], bad),
  Adam: (bad) => new optim.Adam([p], bad),
  SGD: (bad) => new optim.SGD([p], bad),
  StepLR: (bad) => new optim.StepLR(optimizer, 1, bad),
  MultiStepLR: (bad) => new optim.MultiStepLR(optimizer, [1], bad),
  ExponentialLR: (bad) => new optim.ExponentialLR(optimizer, 0.9, bad),
  LinearLR: (bad) => new optim.LinearLR(optimizer, bad),
  CosineAnnealingLR: (bad) => new optim.CosineAnnealingLR(optimizer, 3, bad),
  OneCycleLR: (bad) => new optim.OneCycleLR(optimizer, 0.1, { totalSteps: 5, ...(bad as object) }),
  ReduceLROnPlateau: (bad) => new optim.ReduceLROnPlateau(optimizer, bad),
  clipGradNorm: (bad) => optim.clipGradNorm(p, 1, bad),
  zeroGrad: (bad) => optimizer.zeroGrad(bad),
  Dropout: (bad) => new nn.Dropout(bad),
  Softmax: (bad) => new nn.Softmax(bad),
  LeakyReLU: (bad) => new nn.LeakyReLU(bad),
  Softplus: (bad) => new nn.Softplus(bad),
  BatchNorm1d: (bad) => new nn.BatchNorm1d(3, bad),
  LayerNorm: (bad) => new nn.LayerNorm(3, bad),
  GroupNorm: (bad) => new nn.GroupNorm(1, 3, bad),
  LSTMCell: (bad) => new nn.LSTMCell(3, 4, bad),
  HuberLoss: (bad) => new nn.HuberLoss(bad),
  NLLLoss: (bad) => new nn.NLLLoss(bad),
  BCEWithLogitsLoss: (bad) => new nn.BCEWithLogitsLoss(bad),
  Parameter: (bad) => new nn.Parameter(zeros([2]), bad),
  loadStateDict: (bad) => new nn.ReLU().loadStateDict({}, bad),
  truncNormal_: (bad) => nn.init.truncNormal_(w, bad),
  dirac_: (bad) => nn.init.dirac_(w, bad),
  xavierUniform_: (bad) => nn.init.xavierUniform_(w, bad),
  xavierNormal_: (bad) => nn.init.xavierNormal_(w, bad),
  kaimingUniform_: (bad) => nn.init.kaimingUniform_(w, bad),
  kaimingNormal_: (bad) => nn.init.kaimingNormal_(w, bad),
  tensor: (bad) => tensor([1], bad),
  zeros: (bad) => zeros(2, bad),
  full: (bad) => full([2], 1, bad),
  onesLike: (bad) => onesLike(x, bad),
  randn: (bad) => randn(2, bad),
  randLike: (bad) => randLike(x, bad),
  randint: (bad) => randint(3, [2], bad),
  randperm: (bad) => randperm(3, bad),
  arange: (bad) => arange(3, bad),
  linspace: (bad) => linspace(0, 1, 3, bad),
  eye: (bad) => eye(3, bad),
  backward: (bad) => zeros([], { requiresGrad: true }).backward(null, bad),
  var: (bad) => x.var(undefined, false, bad),
  norm: (bad) => x.norm(undefined, false, bad),
  linear: (bad) => functional.linear(zeros([2, 3]), zeros([4, 3]), bad),
  dropout: (bad) => functional.dropout(x, bad),
  batchNorm: (bad) => functional.batchNorm(x, zeros([2]), zeros([2]), bad),
  layerNorm: (bad) => functional.layerNorm(x, 5, bad),
  groupNorm: (bad) => functional.groupNorm(x, 1, bad),
  l1Loss: (bad) => functional.l1Loss(x, target, bad),
  mseLoss: (bad) => functional.mseLoss(x, target, bad),
  smoothL1Loss: (bad) => functional.smoothL1Loss(x, target, bad),
  huberLoss: (bad) => functional.huberLoss(x, target, bad),
  crossEntropy: (bad) => functional.crossEntropy(x, target, bad),
  nllLoss: (bad) => functional.nllLoss(zeros([1, 2]), tensor([0], { dtype: "int32" }), bad),
  binaryCrossEntropy: (bad) => functional.binaryCrossEntropy(zeros([1, 2, 5, 5]), target, bad),
  binaryCrossEntropyWithLogits: (bad) => functional.binaryCrossEntropyWithLogits(x, target, bad),
  klDiv: (bad) => functional.klDiv(x, target, bad),
  lstm: (bad) => functional.lstm(zeros([4, 1, 2]), [zeros([1, 1, 3]), zeros([1, 1, 3])], lstm().parameters(), bad),
  randomSplit: (bad) => randomSplit(new TensorDataset(zeros([2])), [1, 1], bad),
  progress: (bad) => progress([1], () => {}, bad),
  saveSafetensors: (bad) => saveSafetensors({ x }, bad),
  loadCheckpoint: (bad) => loadCheckpoint(saveCheckpoint({}), {}, bad),
};

it.each(Object.entries({ ...calls, ...more }))("%s takes no option of another name", (name, call) => {
  // PyTorch's own spelling, and a slip of the pen
  for (const bad of [{ weight_decay: 0.1 }, Object.assign(Object.create(null), { strid: 2 })]) {
    expect(() => call(bad as never)).toThrow(`${name}: unknown option ${Object.keys(bad)[0]}; expected `);
  }
  expect(() => call({} as never), "nothing given").not.toThrow();
});

it.each(Object.entries(calls))("%s", (name, call) => {
  for (const bad of [2, "sum", true, null, [1], tensor([1]) as Tensor]) {
    expect(() => call(bad as never), String(bad)).toThrow(`${name}: expected an object of options such as {`);
  }
});

it("Dropout takes its probability alone too", () => {
  expect(new nn.Dropout(0.2).p).toBe(0.2);
  expect(() => new nn.Dropout(null as never)).toThrow("Dropout: expected an object of options such as { p }, got null");
  expect(() => functional.dropout(x, null as never)).toThrow("dropout: expected an object of options such as");
});

it("ModuleList wants something to iterate", () => {
  for (const bad of [null, 3]) {
    expect(() => new nn.ModuleList(bad as never)).toThrow(`ModuleList: expected an iterable of modules, got ${bad}`);
  }
});
