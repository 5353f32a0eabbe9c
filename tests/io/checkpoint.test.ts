// Checkpoints: a run that stopped goes on bit for bit; a file that does not fit changes nothing.
import { describe, expect, it } from "vitest";
import {
  DataLoader,
  dot,
  Generator,
  getRngState,
  loadCheckpoint,
  loadSafetensors,
  manualSeed,
  memory,
  nn,
  optim,
  rand,
  randn,
  readSafetensorsMetadata,
  saveCheckpoint,
  saveSafetensors,
  scope,
  type Tensor,
  TensorDataset,
  tensor,
} from "../../src/index.ts";

type Make = (params: readonly Tensor[]) => optim.Optimizer;
type Schedule = (optimizer: optim.Optimizer) => optim.LRScheduler | optim.ReduceLROnPlateau;

/** A run with all that is random in one: initial weights, dropout, shuffling. */
class Run {
  model: nn.Sequential = new nn.Sequential(new nn.Linear(6, 8), new nn.Dropout(0.4), new nn.Linear(8, 3));
  optimizer: optim.Optimizer;
  scheduler: optim.LRScheduler | optim.ReduceLROnPlateau;
  readonly loader: DataLoader<[Tensor], Tensor[]>;

  constructor(make: Make, schedule: Schedule, data: Tensor) {
    this.optimizer = make(this.model.parameters());
    this.scheduler = schedule(this.optimizer);
    this.loader = new DataLoader(new TensorDataset(data), { batchSize: 4, shuffle: true });
  }

  get parts() {
    return { model: this.model, optimizer: this.optimizer, scheduler: this.scheduler };
  }

  epoch(): number[] {
    const losses: number[] = [];
    for (const [x] of this.loader) {
      this.optimizer.zeroGrad();
      const y = this.model.forward(x as Tensor).flatten();
      const loss = dot(y, y);
      loss.backward();
      this.optimizer.step();
      losses.push(loss.item());
    }
    expect(losses.every(Number.isFinite)).toBe(true);
    this.scheduler.step(losses.at(-1) as number);
    return losses;
  }
}

const optimizers: [string, Make][] = [
  ["SGD", (p) => new optim.SGD(p, { lr: 0.01 })],
  ["SGD with momentum", (p) => new optim.SGD(p, { lr: 0.01, momentum: 0.9, weightDecay: 0.01, nesterov: true })],
  ["Adam", (p) => new optim.Adam(p, { lr: 0.01 })],
  ["AdamW with amsgrad", (p) => new optim.AdamW(p, { lr: 0.01, amsgrad: true })],
  [
    "groups",
    (p) =>
      new optim.Adam([{ params: p.slice(0, 2), lr: 0.1 }, { params: p.slice(2) }], { lr: 0.01, betas: [0.8, 0.9] }),
  ],
];
const schedulers: [string, Schedule][] = [
  ["StepLR", (o) => new optim.StepLR(o, 2, { gamma: 0.5 })],
  ["MultiStepLR", (o) => new optim.MultiStepLR(o, [1, 3], { gamma: 0.3 })],
  ["ExponentialLR", (o) => new optim.ExponentialLR(o, 0.9)],
  ["LinearLR", (o) => new optim.LinearLR(o, { totalIters: 4 })],
  ["OneCycleLR", (o) => new optim.OneCycleLR(o, 0.01, { totalSteps: 9 })],
  ["CosineAnnealingLR", (o) => new optim.CosineAnnealingLR(o, 10)],
  ["ReduceLROnPlateau", (o) => new optim.ReduceLROnPlateau(o, { patience: 0, factor: 0.5 })],
];
const crossed = optimizers.flatMap(([o, make]) => schedulers.map(([s, sch]) => [`${o}, ${s}`, make, sch] as const));
const data = (): Tensor => randn(18, 6, { generator: new Generator().manualSeed(1) });

describe("a resumed run", () => {
  it.each(crossed)("has bit for bit the losses of one that never stopped: %s", (_, make, schedule) => {
    manualSeed(7);
    const whole = new Run(make, schedule, data());
    for (let epoch = 0; epoch < 2; epoch++) whole.epoch();
    const bytes = saveCheckpoint({ ...whole.parts, epoch: 2 });
    const expected = [whole.epoch(), whole.epoch(), whole.epoch()];

    manualSeed(99);
    const resumed = new Run(make, schedule, data());
    resumed.epoch();
    expect(loadCheckpoint(bytes, resumed.parts).epoch).toBe(2);
    expect([resumed.epoch(), resumed.epoch(), resumed.epoch()]).toEqual(expected);
    for (const [name, t] of Object.entries(whole.model.stateDict())) {
      expect(resumed.model.stateDict()[name]?.data, name).toEqual(t.data);
    }
  });

  it("can stop again and again, in the middle of everything", () => {
    manualSeed(3);
    const [, make] = optimizers[2] as [string, Make];
    const [, schedule] = schedulers[0] as [string, Schedule];
    const whole = new Run(make, schedule, data());
    let bytes = saveCheckpoint(whole.parts);
    const expected = Array.from({ length: 4 }, () => whole.epoch());
    const losses = expected.map(() => {
      const fresh = new Run(make, schedule, data());
      loadCheckpoint(bytes, fresh.parts);
      const epoch = fresh.epoch();
      bytes = saveCheckpoint(fresh.parts);
      return epoch;
    });
    expect(losses).toEqual(expected);
  });
});

/** All that has a state in one net: batch norm's statistics, both dropouts, an LSTM. */
class Mixed extends nn.Module {
  conv: nn.Conv2d = new nn.Conv2d(1, 3, 3, { padding: 1 });
  bn: nn.BatchNorm2d = new nn.BatchNorm2d(3);
  dropout: nn.Dropout = new nn.Dropout({ p: 0.3 });
  lstm: nn.LSTM = new nn.LSTM(18, 5, { numLayers: 2, dropout: 0.2, batchFirst: true });
  fc: nn.Linear = new nn.Linear(5, 3);
  override forward(x: Tensor): Tensor {
    const seen = this.dropout.forward(this.bn.forward(this.conv.forward(x)).relu());
    const [output] = this.lstm.forward(seen.permute(0, 2, 1, 3).reshape(x.shape[0] as number, 6, 18));
    return this.fc.forward(output.select(1, -1));
  }
}

describe("a run that stops in the middle of a pass", () => {
  /** A run over 22 pictures by 4: five batches, and one that is not full. */
  const begin = (options: { shuffle?: boolean; dropLast?: boolean; own?: boolean }) => {
    const pictures = randn(22, 1, 6, 6, { generator: new Generator().manualSeed(1) });
    const labels = tensor(Int32Array.from({ length: 22 }, (_, i) => (i * i) % 3));
    const model = new Mixed();
    const optimizer = new optim.Adam(model.parameters(), { lr: 0.01, weightDecay: 0.01 });
    const scheduler = new optim.OneCycleLR(optimizer, 0.05, { totalSteps: 30 });
    const { own, ...rest } = options;
    const generator = own ? new Generator().manualSeed(11) : undefined;
    const loader = new DataLoader(new TensorDataset(pictures, labels), { batchSize: 4, ...rest, generator });
    return { model, optimizer, scheduler, loader, ...(generator && { generator }) };
  };
  /** Trains to the end of three epochs; each batch gives its loss and a checkpoint. */
  const train = (run: ReturnType<typeof begin>, from: number): [loss: number, bytes: Uint8Array][] => {
    const criterion = new nn.CrossEntropyLoss({ labelSmoothing: 0.1 });
    const steps: [number, Uint8Array][] = [];
    for (let epoch = from; epoch < 3; epoch++) {
      for (const [x, y] of run.loader) {
        run.optimizer.zeroGrad();
        const loss = criterion.forward(run.model.forward(x as Tensor), y as Tensor);
        loss.backward();
        run.optimizer.step();
        run.scheduler.step();
        steps.push([loss.item(), saveCheckpoint({ ...run, epoch })]);
      }
    }
    return steps;
  };

  it.each([
    [{ shuffle: true }],
    [{ shuffle: false }],
    [{ shuffle: true, dropLast: true }],
    [{ shuffle: true, own: true }],
  ])("goes on with the next batch, bit for bit, after any batch: %o", (options) => {
    manualSeed(5);
    const whole = begin(options);
    const steps = train(whole, 0);
    const losses = steps.map(([loss]) => loss);
    expect(new Set(losses).size).toBe(losses.length);
    for (const [at, [, bytes]] of steps.entries()) {
      manualSeed(99);
      const resumed = begin(options);
      const epoch = loadCheckpoint(bytes, resumed).epoch as number;
      const rest = train(resumed, epoch).map(([loss]) => loss);
      expect(rest, `stopped after batch ${at}`).toEqual(losses.slice(at + 1));
      for (const [name, t] of Object.entries(whole.model.stateDict())) {
        expect(resumed.model.stateDict()[name]?.data, name).toEqual(t.data);
      }
    }
  });
});

describe("saveCheckpoint", () => {
  it("is a safetensors file whose model other tools can read", () => {
    const model = new nn.Linear(2, 1);
    const bytes = saveCheckpoint({ model, epoch: 4 });
    const state = loadSafetensors(bytes);
    expect(Object.keys(state).sort()).toEqual(["$rng", "model.bias", "model.weight"]);
    expect(state["model.weight"]?.data).toEqual(model.weight.data);
    expect(readSafetensorsMetadata(bytes).format).toBe("pt");
  });

  it("gives back every plain value, and tensors", () => {
    const run = {
      epoch: 3,
      history: [0.1, Number.NaN, Infinity, -Infinity, -0],
      best: { loss: 0.25, name: "ä\n\ud83d\ude00", done: false, none: null },
      mean: tensor([1, 2]),
      deep: [[tensor(Int32Array.of(7))]],
    };
    const values = loadCheckpoint(saveCheckpoint({ ...run, nothing: undefined }));
    expect(Object.keys(values)).toEqual(Object.keys(run));
    expect([values.epoch, values.history, values.best]).toEqual([run.epoch, run.history, run.best]);
    expect((values.mean as Tensor).toArray()).toEqual([1, 2]);
    expect((values.deep as Tensor[][])[0]?.[0]?.toArray()).toEqual([7]);
  });

  it("takes any number of models, optimizers and generators, and classes of the user's", () => {
    const counter = {
      n: 5,
      stateDict: () => ({ n: counter.n }),
      loadStateDict(state: { n: number }) {
        counter.n = state.n;
      },
    };
    const generator = new Generator().manualSeed(4);
    const [g, d] = [new nn.Linear(2, 2), new nn.Linear(2, 3)];
    const bytes = saveCheckpoint({ g, d, generator, counter });
    const expected = rand(3, { generator }).data;
    counter.n = 0;
    const [g2, d2] = [new nn.Linear(2, 2), new nn.Linear(2, 3)];
    loadCheckpoint(bytes, { g: g2, d: d2, generator, counter });
    expect([g2.weight.data, d2.bias?.data, counter.n]).toEqual([g.weight.data, d.bias?.data, 5]);
    expect(rand(3, { generator }).data).toEqual(expected);
  });

  it("leaves the default generator alone where rng is false", () => {
    manualSeed(1);
    const bytes = saveCheckpoint({});
    manualSeed(2);
    const before = getRngState().data;
    loadCheckpoint(bytes, {}, { rng: false });
    expect(getRngState().data).toEqual(before);
    loadCheckpoint(bytes);
    expect(getRngState().data).not.toEqual(before);
  });

  it("refuses what a file cannot hold", () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    const bad: [Record<string, unknown>, RegExp][] = [
      [{ f: () => 1 }, /f is a function, which a checkpoint cannot hold/],
      [{ a: { b: [1n] } }, /a\.b\.0 is a bigint/],
      [{ date: new Date(0) }, /date is a Date/],
      [{ cycle }, /nested deeper than 64 levels/],
      [{ a: { $x: 1 } }, /a is an object with the key "\$x"/],
      [{ a: JSON.parse('{"__proto__":1}') }, /a is an object with the key "__proto__"/],
      [{ $rng: 1 }, /the name "\$rng" is reserved/],
      [{ "a.b": tensor([1]), a: { b: tensor([1]) } }, /a\.b is the second tensor of that name/],
    ];
    for (const [run, message] of bad) expect(() => saveCheckpoint(run)).toThrow(message);
    for (const run of [null, undefined, 3, new nn.Linear(1, 1)]) {
      expect(() => saveCheckpoint(run as never)).toThrow(/expected an object such as \{ model/);
    }
  });
});

describe("loadCheckpoint", () => {
  const make = () => {
    const model = new nn.Linear(3, 2);
    const optimizer = new optim.Adam(model.parameters(), { lr: 0.01 });
    const scheduler = new optim.StepLR(optimizer, 2);
    const y = model.forward(tensor([[1, 2, 3]])).flatten();
    dot(y, y).backward();
    optimizer.step();
    return { model, optimizer, scheduler };
  };
  const snapshot = ({ model, optimizer, scheduler }: ReturnType<typeof make>) =>
    JSON.stringify([model.stateDict(), optimizer.stateDict(), scheduler.stateDict(), getRngState()], (_, v) =>
      typeof v === "object" && v !== null && "isFreed" in v ? [...v.data] : v,
    );

  it("changes nothing where one part does not fit", () => {
    const run = make();
    const other = make();
    const wide = new nn.Linear(4, 2);
    const wideOptimizer = new optim.Adam(wide.parameters());
    wide.forward(tensor([[1, 2, 3, 4]])).backward(tensor([[1, 1]]));
    wideOptimizer.step();
    const plateau = new optim.ReduceLROnPlateau(other.optimizer);
    const files: [Record<string, unknown>, RegExp][] = [
      [
        { ...other, model: wide },
        /the state of model does not fit: model\.weight is float32 \[2, 4\], expected .*\[2, 3\]/,
      ],
      [{ ...other, model: new nn.Linear(3, 2, { bias: false }) }, /model\.bias is missing/],
      [{ ...other, model: new nn.Sequential(new nn.Linear(3, 2)) }, /model\.weight is missing/],
      [{ ...other, optimizer: wideOptimizer }, /exp_avg of parameter 0 has the shape \[2, 4\]/],
      [{ ...other, optimizer: new optim.SGD([tensor([1])]) }, /expected 2 params in the optimizer's group/],
      [{ ...other, scheduler: plateau }, /the state of scheduler does not fit: scheduler\./],
      [
        { model: other.model, scheduler: other.scheduler },
        /the checkpoint holds no optimizer; it holds model, scheduler/,
      ],
      [{ ...other, optimizer: 3 }, /the checkpoint holds no optimizer; it holds model, scheduler/],
    ];
    for (const [file, message] of files) {
      manualSeed(5);
      const bytes = saveCheckpoint(file);
      manualSeed(6);
      const before = snapshot(run);
      expect(() => loadCheckpoint(bytes, run)).toThrow(message);
      expect(snapshot(run)).toBe(before);
    }
    loadCheckpoint(saveCheckpoint(other), run);
    expect(snapshot(run)).toBe(snapshot(other));
  });

  it("puts back what was restored before a class of the user's refused", () => {
    const run = make();
    const refusing = {
      stateDict: () => ({}),
      loadStateDict() {
        throw new Error("not mine");
      },
    };
    const other = make();
    const bytes = saveCheckpoint({ ...other, refusing });
    const before = snapshot(run);
    expect(() => loadCheckpoint(bytes, { ...run, refusing })).toThrow("not mine");
    expect(snapshot(run)).toBe(before);
  });

  it("refuses damaged and foreign files", () => {
    const run = make();
    const file = (tree: string) => saveSafetensors({ x: tensor([1]) }, { metadata: { lanegrad_checkpoint: tree } });
    const before = snapshot(run);
    const bad: [Uint8Array, RegExp][] = [
      [saveSafetensors(run.model.stateDict()), /the file is no checkpoint/],
      [file("{"), /damaged: no JSON/],
      [file("null"), /damaged: no states or values/],
      [file('{"states":{}}'), /damaged: no states or values/],
      [file('{"states":[],"values":{}}'), /damaged: no states or values/],
      [file('{"states":{"model":{"$tensor":"y"}},"values":{}}'), /lacks the tensor y/],
      [file('{"states":{"model":{"$tensor":"toString"}},"values":{}}'), /lacks the tensor toString/],
      [file('{"states":{"__proto__":{}},"values":{}}'), /holds the name __proto__/],
      [file('{"states":{},"values":{"a":{"$number":"1e9"}}}'), /no number is 1e9/],
      [file(`{"states":{},"values":${"[".repeat(9999)}${"]".repeat(9999)}}`), /nested deeper than 64/],
      [file('{"states":{"model":3},"values":{}}'), /model is number, expected object/],
      [file('{"states":{"model":{"weight":1,"bias":2}},"values":{}}'), /model\.weight is number, expected object/],
      [file('{"states":{"$rng":{"$tensor":"x"}},"values":{}}'), /holds no model; it holds no state/],
      [saveCheckpoint(run).subarray(0, 500), /only \d+ follow/],
    ];
    for (const [bytes, message] of bad) {
      const live = memory().liveBytes;
      expect(() => loadCheckpoint(bytes, { model: run.model })).toThrow(message);
      expect(memory().liveBytes).toBe(live);
    }
    expect(() => loadCheckpoint(file('{"states":{"$rng":{"$tensor":"x"}},"values":{}}'))).toThrow(/default generator/);
    expect(() => loadCheckpoint(saveCheckpoint({ n: 3 }), { n: 3 as never })).toThrow(/n has no state to restore/);
    expect(() => loadCheckpoint(saveCheckpoint(run), run.model as never)).toThrow(/expected the targets as an object/);
    expect(snapshot(run)).toBe(before);
  });

  it("leaks nothing, however often a run is saved and restored", () => {
    const run = make();
    loadCheckpoint(saveCheckpoint(run), run);
    const before = memory();
    for (let i = 0; i < 50; i++) scope(() => loadCheckpoint(saveCheckpoint({ ...run, epoch: i }), run));
    expect(memory().liveBytes).toBe(before.liveBytes);
    expect(memory().liveTensors).toBe(before.liveTensors);
  });
});
