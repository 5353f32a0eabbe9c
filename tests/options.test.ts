// Options stand in one object: a bare value, null, a tensor or an array in its place is an error, never ignored.
import { expect, it } from "vitest";
import {
  add,
  conv2d,
  DataLoader,
  functional,
  maxPool2d,
  nn,
  pad,
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

it.each(Object.entries(calls))("%s", (name, call) => {
  for (const bad of [2, "sum", true, null, [1], tensor([1]) as Tensor]) {
    expect(() => call(bad as never), String(bad)).toThrow(`${name}: expected an object of options such as {`);
  }
});

it("Dropout takes its probability alone too", () => {
  expect(new nn.Dropout(0.2).p).toBe(0.2);
  expect(() => new nn.Dropout(null as never)).toThrow(
    "Dropout: expected an object of options such as { p: 0.2 }, got null",
  );
  expect(() => functional.dropout(x, null as never)).toThrow("dropout: expected an object of options such as");
});

it("ModuleList wants something to iterate", () => {
  for (const bad of [null, 3]) {
    expect(() => new nn.ModuleList(bad as never)).toThrow(`ModuleList: expected an iterable of modules, got ${bad}`);
  }
});
