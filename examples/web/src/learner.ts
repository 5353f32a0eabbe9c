// The learner: a Web Worker that trains the reader, so that the page stays responsive.
import {
  DataLoader,
  loadSafetensors,
  manualSeed,
  noGrad,
  saveSafetensors,
  scope,
  type Tensor,
  TensorDataset,
  tensor,
} from "lanegrad";
import * as functional from "lanegrad/functional";
import * as nn from "lanegrad/nn";
import * as optim from "lanegrad/optim";
import { PIXELS, pictures, Reader } from "../../reader/model.ts";
import { fetchBytes, unpackDigits } from "./digits.ts";
import type { News, Order, Score } from "./messages.ts";

const BATCH = 64;
const SCORE_EVERY = 20;
const tell = (news: News): void => postMessage(news);
/** Lets messages from the page in. */
const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

interface Digits {
  lessons: TensorDataset<[Tensor, Tensor]>;
  test: ReturnType<typeof unpackDigits>;
}

async function load(): Promise<Digits> {
  const [train, test] = (await Promise.all(["train.bin", "test.bin"].map(fetchBytes))).map(unpackDigits) as [
    ReturnType<typeof unpackDigits>,
    ReturnType<typeof unpackDigits>,
  ];
  return { lessons: new TensorDataset(pictures(train.pixels), tensor(Int32Array.from(train.labels))), test };
}

function scoreOf(model: Reader, test: Digits["test"]): Score {
  const confusion = Array.from({ length: 10 }, () => Array.from({ length: 10 }, (): number[] => []));
  let right = 0;
  model.eval();
  for (let from = 0; from < test.labels.length; from += 250) {
    const batch = test.pixels.subarray(from * PIXELS, (from + 250) * PIXELS);
    const answers = noGrad(() => functional.argmax(model.forward(pictures(batch)), 1).data);
    for (const [i, answer] of answers.entries()) {
      const written = test.labels[from + i] as number;
      confusion[written]?.[answer]?.push(from + i);
      if (answer === written) right++;
    }
  }
  model.train();
  return { accuracy: right / test.labels.length, confusion };
}

let run = 0;
let paused = false;

async function learn({ lessons, test }: Digits, rate: number, epochs: number): Promise<void> {
  const mine = ++run;
  manualSeed(Date.now());
  const model = new Reader();
  const optimizer = new optim.Adam(model.parameters(), { lr: rate });
  const criterion = new nn.CrossEntropyLoss();
  const loader = new DataLoader(lessons, { batchSize: BATCH, shuffle: true });
  const steps = epochs * loader.length;
  const report = (step: number): void => {
    const weights = scope(() => saveSafetensors(model.stateDict()));
    tell({ type: "score", step, score: scoreOf(model, test), weights });
  };
  let step = 0;
  let busy = 0;
  report(0);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    for (const [x, y] of loader) {
      const start = performance.now();
      optimizer.zeroGrad();
      const loss = criterion.forward(model.forward(x), y);
      loss.backward();
      optimizer.step();
      step++;
      const value = loss.item();
      busy += performance.now() - start;
      tell({ type: "batch", step, steps, epoch, loss: value, perSecond: (1000 * step * BATCH) / busy });
      if (step % SCORE_EVERY === 0 || step === steps) report(step);
      do await breathe();
      while (paused && run === mine);
      if (run !== mine) return;
    }
  }
  tell({ type: "done", seconds: busy / 1000 });
}

async function obey(order: Order): Promise<void> {
  const digits = await loaded;
  if (order.type === "pause") paused = order.paused;
  else if (order.type === "train") {
    paused = false;
    await learn(digits, order.rate, order.epochs);
  } else {
    run++;
    const model = new Reader();
    scope(() => void model.loadStateDict(loadSafetensors(order.weights)));
    tell({ type: "score", step: -1, score: scoreOf(model, digits.test), weights: null });
  }
}

const loaded = load();
// before anything is awaited: what the page says until then would be lost
addEventListener("message", ({ data }: MessageEvent<Order>) => {
  obey(data).catch((error) => tell({ type: "error", message: String(error) }));
});
