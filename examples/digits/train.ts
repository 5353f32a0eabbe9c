// Training and testing of a classifier, told apart from how progress is shown.
import {
  DataLoader,
  functional,
  nn,
  noGrad,
  type optim,
  type Progress,
  progress,
  type Tensor,
  type TensorDataset,
} from "lanegrad";

export type Classifier = nn.Module & { forward(x: Tensor): Tensor };
export type Pictures = TensorDataset<[Tensor, Tensor]>;

/** One pass over the training pictures. `listen` hears of each batch, its loss included. Gives their mean. */
export function trainEpoch(
  model: Classifier,
  loader: DataLoader<[Tensor, Tensor]>,
  optimizer: optim.Optimizer,
  listen: (progress: Progress) => void = () => {},
): number {
  const criterion = new nn.CrossEntropyLoss();
  const steps = progress(loader, listen);
  let sum = 0;
  model.train();
  for (const [x, y] of steps) {
    optimizer.zeroGrad();
    const loss = criterion.forward(model.forward(x), y);
    loss.backward();
    optimizer.step();
    sum += loss.item();
    steps.tell({ loss: loss.item() });
  }
  return sum / loader.length;
}

export interface Score {
  /** Part of the pictures that were read right. */
  accuracy: number;
  /** confusion[digit][answer]: how often. */
  confusion: number[][];
}

/** Reads every picture without learning from it. */
export function evaluate(model: Classifier, pictures: Pictures): Score {
  const confusion = Array.from({ length: 10 }, () => new Array<number>(10).fill(0));
  model.eval();
  let right = 0;
  for (const [x, y] of new DataLoader(pictures, { batchSize: 250 })) {
    const answers = noGrad(() => functional.argmax(model.forward(x), 1)).data;
    for (const [i, digit] of y.data.entries()) {
      const row = confusion[digit] as number[];
      const answer = answers[i] as number;
      row[answer] = (row[answer] as number) + 1;
      if (answer === digit) right++;
    }
  }
  return { accuracy: right / pictures.length, confusion };
}
