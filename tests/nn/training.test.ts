import { describe, expect, it } from "vitest";
import { functional as F, nn, optim, type Tensor, tensor } from "../../src/index.ts";
import { close, fixtures } from "../check.ts";

interface Figures {
  shape: number[];
  data: number[];
}
interface Run {
  name: string;
  optimizer: "sgd" | "adam";
  before: Record<string, Figures>;
  losses: number[];
  x: Figures;
  target: Figures;
  after: Record<string, Figures>;
  evaluated: Figures;
}

const float = ({ shape, data }: Figures) => tensor(Float32Array.from(data), { shape });
const weight = tensor([1, 0.5, 2, 1.5]);
const [smoothed, plain] = [
  new nn.CrossEntropyLoss({ weight, labelSmoothing: 0.1, ignoreIndex: 3 }),
  new nn.CrossEntropyLoss(),
];
const [bce, logits, kl] = [new nn.BCELoss(), new nn.BCEWithLogitsLoss(), new nn.KLDivLoss({ reduction: "batchmean" })];
const [smoothL1, mse] = [new nn.SmoothL1Loss({ beta: 0.5 }), new nn.MSELoss()];
const criteria: Record<string, (y: Tensor, t: Tensor) => Tensor> = {
  crossEntropy: (y, t) => smoothed.forward(y, t),
  probabilities: (y, t) => plain.forward(y, t),
  bce: (y, t) => bce.forward(y.sigmoid(), t),
  logits: (y, t) => logits.forward(y, t),
  kl: (y, t) => kl.forward(F.logSoftmax(y, 1), t),
  smoothL1: (y, t) => smoothL1.forward(y, t),
  mse: (y, t) => mse.forward(y, t),
};

describe("a net of linear and norm layers trained for 20 steps goes PyTorch's way", () => {
  it.each(fixtures<Run[]>("training").map((run) => [run.name, run.optimizer, run] as const))(
    "%s, %s",
    (name, kind, run) => {
      const model = new nn.Sequential(
        new nn.Linear(6, 8, { bias: false }),
        new nn.BatchNorm1d(8),
        new nn.ReLU(),
        new nn.Unflatten(1, [2, 2, 2]),
        new nn.BatchNorm2d(2, { momentum: null }),
        new nn.Flatten(),
        new nn.Linear(8, 8),
        new nn.LayerNorm(8),
        new nn.Tanh(),
        new nn.Linear(8, 4),
      );
      const before = Object.entries(run.before).map(([key, f]) => [key, float(f)] as const);
      model.loadStateDict(Object.fromEntries(before));
      const x = float(run.x);
      const target = name === "crossEntropy" ? tensor(Int32Array.from(run.target.data)) : float(run.target);
      const parameters = model.parameters();
      const optimizer =
        kind === "sgd"
          ? new optim.SGD(parameters, { lr: 0.05, momentum: 0.9 })
          : new optim.Adam(parameters, { lr: 0.01 });
      const tolerance = { rtol: 2e-5, atol: 2e-5 };
      for (const [i, expected] of run.losses.entries()) {
        const loss = (criteria[name] as (y: Tensor, t: Tensor) => Tensor)(model.forward(x.add((i % 4) * 0.25)), target);
        close(loss.item(), expected, tolerance);
        optimizer.zeroGrad();
        loss.backward();
        optimizer.step();
      }
      const after = model.stateDict();
      expect(Object.keys(after)).toEqual(Object.keys(run.after));
      for (const [key, f] of Object.entries(run.after)) close(after[key] as Tensor, f.data, tolerance);
      close(model.eval().forward(x), run.evaluated.data, tolerance);
    },
  );
});
