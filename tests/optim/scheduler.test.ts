import { describe, expect, it } from "vitest";
import { optim, tensor } from "../../src/index.ts";
import { close, fixtures } from "../check.ts";

type Options = Record<string, unknown>;
interface Row {
  name:
    | "StepLR"
    | "MultiStepLR"
    | "ExponentialLR"
    | "LinearLR"
    | "CosineAnnealingLR"
    | "OneCycleLR"
    | "ReduceLROnPlateau";
  args: unknown[];
  options: Options;
  optimizer: "SGD" | "Adam";
  rates: number[][];
  momenta?: number[][];
}
const figures = fixtures<{ schedules: Row[]; metrics: number[] }>("optim");
const wrong = <T>(value: unknown): T => value as T;
const camel = (options: Options): Options =>
  Object.fromEntries(
    Object.entries(options).map(([k, v]) => [k.replace(/_(.)/g, (_, c: string) => c.toUpperCase()), v]),
  );
const twoGroups = (name: "SGD" | "Adam") => {
  const [a, b] = [tensor([0], { requiresGrad: true }), tensor([0], { requiresGrad: true })];
  return new optim[name]([{ params: a }, { params: b, lr: 0.3 }], { lr: 0.1 });
};
type Made = optim.LRScheduler & optim.ReduceLROnPlateau;
const make = ({ name, args, options }: Row, optimizer: optim.SGD | optim.Adam): Made =>
  new (wrong<new (...args: unknown[]) => Made>(optim[name]))(optimizer, ...args, camel(options));
const rates = (optimizer: optim.SGD | optim.Adam): number[] => optimizer.paramGroups.map((g) => g.lr);
const momenta = (optimizer: optim.SGD | optim.Adam): number[] =>
  optimizer.paramGroups.map((g) => ("betas" in g ? g.betas[0] : g.momentum));

const title = (r: Row): [string, Row] => [
  `${r.name}(${JSON.stringify([...r.args, r.options])}) over ${r.optimizer}`,
  r,
];
const plain = figures.schedules.filter((r) => r.name !== "ReduceLROnPlateau");
const exact = { atol: 1e-15, rtol: 1e-12 };

describe("schedules", () => {
  it.each(plain.map(title))("%s", (_, row) => {
    const optimizer = twoGroups(row.optimizer);
    const scheduler = make(row, optimizer);
    for (const [i, expected] of row.rates.entries()) {
      if (i > 0) scheduler.step();
      close(rates(optimizer), expected, exact);
      close(scheduler.getLastLr(), expected, exact);
      if (row.momenta) close(momenta(optimizer), row.momenta[i] as number[], exact);
    }
  });

  it.each(figures.schedules.filter((r) => r.name === "ReduceLROnPlateau").map(title))("%s", (_, row) => {
    const optimizer = twoGroups("SGD");
    const scheduler = make(row, optimizer);
    for (const [i, metric] of figures.metrics.entries()) {
      scheduler.step(i % 2 ? metric : tensor(metric));
      close(rates(optimizer), row.rates[i] as number[], exact);
    }
    expect(scheduler.getLastLr()).toEqual(rates(optimizer));
  });

  it.each(figures.schedules.map(title))("%s goes on from its state dict", (_, row) => {
    const before = twoGroups(row.optimizer);
    const first = make(row, before);
    const step = (s: Made, i: number) =>
      row.name === "ReduceLROnPlateau" ? s.step(figures.metrics[i] as number) : wrong<optim.LRScheduler>(s).step();
    for (let i = 0; i < 7; i++) step(first, i);
    const after = twoGroups(row.optimizer);
    const resumed = make(row, after);
    after.loadStateDict(before.stateDict());
    resumed.loadStateDict(first.stateDict());
    for (let i = 7; i < 15; i++) {
      step(first, i);
      step(resumed, i);
      expect(rates(after)).toEqual(rates(before));
      expect(momenta(after)).toEqual(momenta(before));
    }
    expect(resumed.stateDict()).toEqual(first.stateDict());
  });

  it("may be chained over one optimizer", () => {
    const optimizer = new optim.SGD([tensor([0])], { lr: 1 });
    const [a, b] = [new optim.ExponentialLR(optimizer, 0.5), new optim.StepLR(optimizer, 2)];
    const seen = [];
    for (let i = 0; i < 4; i++) {
      a.step();
      b.step();
      seen.push(optimizer.paramGroups[0]?.lr);
    }
    close(seen as number[], [0.5, 0.025, 0.0125, 0.000625], exact);
    expect(a.stateDict()).toMatchObject({ gamma: 0.5, base_lrs: [1], last_epoch: 4, _step_count: 5 });
  });
});

describe("what schedulers reject", () => {
  const sgd = twoGroups("SGD");
  it.each([
    [() => new optim.StepLR(wrong({}), 1), "StepLR: expected an optimizer, got an object"],
    [() => new optim.StepLR(sgd, 0), "StepLR: expected stepSize to be an integer >= 1, got 0"],
    [() => new optim.StepLR(sgd, 1, { gamma: Number.NaN }), "StepLR: expected gamma to be a number, got NaN"],
    [
      () => new optim.StepLR(twoGroups("SGD"), 1, { lastEpoch: 3 }),
      "StepLR: paramGroups[0] lacks the initialLr to resume at 3",
    ],
    [() => new optim.MultiStepLR(sgd, wrong(3)), "MultiStepLR: expected milestones as an array"],
    [() => new optim.MultiStepLR(sgd, [1.5]), "MultiStepLR: expected each milestone to be an integer >= 0, got 1.5"],
    [
      () => new optim.ExponentialLR(sgd, wrong(undefined)),
      "ExponentialLR: expected gamma to be a number, got undefined",
    ],
    [() => new optim.LinearLR(sgd, { startFactor: 0 }), "LinearLR: expected 0 < startFactor <= 1, got 0"],
    [() => new optim.LinearLR(sgd, { endFactor: 1.5 }), "LinearLR: expected 0 <= endFactor <= 1, got 1.5"],
    [() => new optim.CosineAnnealingLR(sgd, 0), "CosineAnnealingLR: expected tMax to be an integer >= 1, got 0"],
    [() => new optim.OneCycleLR(sgd, 1), "OneCycleLR: expected totalSteps, or epochs and stepsPerEpoch"],
    [
      () => new optim.OneCycleLR(sgd, 1, { totalSteps: 0 }),
      "OneCycleLR: expected totalSteps to be an integer >= 1, got 0",
    ],
    [
      () => new optim.OneCycleLR(sgd, 1, { epochs: 2 }),
      "OneCycleLR: expected stepsPerEpoch to be an integer >= 1, got undefined",
    ],
    [
      () => new optim.OneCycleLR(sgd, 1, { totalSteps: 9, pctStart: 2 }),
      "OneCycleLR: expected 0 <= pctStart <= 1, got 2",
    ],
    [() => new optim.OneCycleLR(sgd, [1], { totalSteps: 9 }), "OneCycleLR: expected 2 values for maxLr, got 1"],
    [
      () => new optim.OneCycleLR(sgd, 1, { totalSteps: 9, annealStrategy: wrong("sin") }),
      'OneCycleLR: expected annealStrategy to be "cos" or "linear", got sin',
    ],
    [() => new optim.ReduceLROnPlateau(sgd, { factor: 1 }), "ReduceLROnPlateau: expected factor < 1, got 1"],
    [
      () => new optim.ReduceLROnPlateau(sgd, { mode: wrong("up") }),
      'ReduceLROnPlateau: expected mode to be "min" or "max", got up',
    ],
    [
      () => new optim.ReduceLROnPlateau(sgd, { thresholdMode: wrong("x") }),
      'ReduceLROnPlateau: expected thresholdMode to be "rel" or "abs", got x',
    ],
    [() => new optim.ReduceLROnPlateau(sgd, { minLr: [1] }), "ReduceLROnPlateau: expected 2 minLr, got [1]"],
    [
      () => new optim.ReduceLROnPlateau(sgd).step(wrong(undefined)),
      "expected the metric as a number or a Tensor, got undefined",
    ],
  ] as const)("%# %s", (fn, message) => {
    expect(fn).toThrow(message);
  });

  it("steps beyond the cycle", () => {
    const scheduler = new optim.OneCycleLR(twoGroups("SGD"), 1, { totalSteps: 2 });
    scheduler.step();
    scheduler.step();
    expect(() => scheduler.step()).toThrow("OneCycleLR: tried to step 4 times, the cycle has 2 steps");
  });
});
