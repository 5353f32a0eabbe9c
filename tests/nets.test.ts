import { describe, expect, it } from "vitest";
import { manualSeed, nn, noGrad, optim, randint, randn, type Tensor } from "../src/index.ts";
import { close, fixtures } from "./check.ts";

class Residual extends nn.Module {
  conv1: nn.Conv2d;
  bn1: nn.BatchNorm2d;
  relu = new nn.ReLU();
  conv2: nn.Conv2d;
  bn2: nn.BatchNorm2d;
  downsample: nn.Sequential | nn.Identity;

  constructor(cin: number, cout: number, stride: number) {
    super();
    this.conv1 = new nn.Conv2d(cin, cout, 3, { stride, padding: 1, bias: false });
    this.bn1 = new nn.BatchNorm2d(cout);
    this.conv2 = new nn.Conv2d(cout, cout, 3, { padding: 1, bias: false });
    this.bn2 = new nn.BatchNorm2d(cout);
    this.downsample =
      stride !== 1 || cin !== cout
        ? new nn.Sequential(new nn.Conv2d(cin, cout, 1, { stride, bias: false }), new nn.BatchNorm2d(cout))
        : new nn.Identity();
  }

  override forward(x: Tensor): Tensor {
    const y = this.relu.forward(this.bn1.forward(this.conv1.forward(x)));
    return this.relu.forward(this.bn2.forward(this.conv2.forward(y)).add(this.downsample.forward(x)));
  }
}

class Classifier extends nn.Module {
  lstm: nn.LSTM;
  head: nn.Linear;

  constructor(options: { numLayers?: number; bidirectional?: boolean; projSize?: number } = {}) {
    super();
    this.lstm = new nn.LSTM(4, 6, { batchFirst: true, ...options });
    this.head = new nn.Linear((options.projSize ?? 6) * (options.bidirectional ? 2 : 1), 3);
  }

  override forward(x: Tensor): Tensor {
    const [output] = this.lstm.forward(x);
    return this.head.forward(output.select(1, -1));
  }
}

type Make = [() => nn.Module & { forward(x: Tensor): Tensor }, (p: nn.Parameter[]) => optim.Optimizer];
const nets: Record<string, Make> = {
  perceptron: [
    () =>
      new nn.Sequential(new nn.Linear(7, 17), new nn.ReLU(), new nn.Linear(17, 5), new nn.Tanh(), new nn.Linear(5, 4)),
    (p) => new optim.SGD(p, { lr: 0.1, momentum: 0.9, nesterov: true, weightDecay: 1e-3 }),
  ],
  lenet: [
    () =>
      new nn.Sequential(
        new nn.Conv2d(1, 6, 5, { padding: 2 }),
        new nn.Tanh(),
        new nn.MaxPool2d(2),
        new nn.Conv2d(6, 8, 5),
        new nn.ReLU(),
        new nn.MaxPool2d(2),
        new nn.Flatten(),
        new nn.Linear(8 * 4, 20),
        new nn.Sigmoid(),
        new nn.Linear(20, 5),
      ),
    (p) => new optim.Adam(p, { lr: 1e-3 }),
  ],
  residual: [
    () => new nn.Sequential(new Residual(3, 3, 1), new nn.Flatten(), new nn.Linear(3 * 49, 4)),
    (p) => new optim.SGD(p, { lr: 0.01, momentum: 0.9 }),
  ],
  downsampling: [
    () =>
      new nn.Sequential(
        new Residual(2, 5, 2),
        new nn.MaxPool2d(2, { ceilMode: true }),
        new nn.Flatten(),
        new nn.Linear(5 * 4, 4),
      ),
    (p) => new optim.SGD(p, { lr: 0.01, momentum: 0.9, dampening: 0.1 }),
  ],
  lstm: [() => new Classifier(), (p) => new optim.Adam(p, { lr: 1e-2, amsgrad: true })],
  bidirectional: [
    () => new Classifier({ numLayers: 2, bidirectional: true, projSize: 3 }),
    (p) => new optim.Adam(p, { lr: 1e-2, weightDecay: 1e-2 }),
  ],
};

interface Figures {
  shape: number[];
  classes: number;
  losses: number[];
  evaluated: number[];
  state: Record<string, number[]>;
}
const figures = fixtures<Record<string, Figures>>("nets");

describe("whole nets", () => {
  it.each(Object.keys(figures))("%s: every loss, weight and running statistic is PyTorch's", (name) => {
    const { shape, classes, losses, evaluated, state } = figures[name] as Figures;
    const [make, optimizerOf] = nets[name] as Make;
    manualSeed(0);
    const model = make();
    const x = randn(shape);
    const target = randint(0, classes, [shape[0] as number]);
    const optimizer = optimizerOf(model.parameters());
    const criterion = new nn.CrossEntropyLoss();
    const seen = losses.map(() => {
      optimizer.zeroGrad();
      const loss = criterion.forward(model.forward(x), target);
      loss.backward();
      optimizer.step();
      return loss.item();
    });
    const tolerance = { rtol: 2e-5, atol: 2e-5 };
    close(seen, losses, tolerance);
    const own = model.stateDict();
    expect(Object.keys(own)).toEqual(Object.keys(state));
    for (const [key, values] of Object.entries(state)) close(own[key] as Tensor, values, tolerance);
    model.eval();
    close(
      noGrad(() => model.forward(x)),
      evaluated,
      tolerance,
    );
  });
});
