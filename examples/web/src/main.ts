// The page: reads what is drawn, and shows what the learner reports.
import { loadSafetensors, noGrad, scope } from "lanegrad";
import * as functional from "lanegrad/functional";
import { PIXELS, pictures, Reader, read } from "../../reader/model.ts";
import { Curve } from "./charts.ts";
import { fetchBytes, unpackDigits } from "./digits.ts";
import type { News, Order, Score } from "./messages.ts";
import { normalise } from "./normalise.ts";
import { Pad, SIZE } from "./pad.ts";
import { ink, paint, paintConfusion, paintResponses, paintWeights } from "./paint.ts";

const EPOCHS = 5;

function find<T extends HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`no #${id} on the page`);
  return element as T;
}

const model = new Reader();
const [pretrained, test] = await Promise.all([
  fetchBytes("reader.safetensors"),
  fetchBytes("test.bin").then(unpackDigits),
]);

function use(weights: ArrayBuffer | Uint8Array): void {
  scope(() => void model.loadStateDict(loadSafetensors(weights)));
  paintWeights(find("filters"), model.conv1.weight.data as Float32Array, 5);
  look();
}

// Reading

const bars = Array.from({ length: 10 }, (_, digit) => {
  const row = document.createElement("li");
  row.innerHTML = `<span>${digit}</span><div class="track"><div class="fill"></div></div><span class="value"></span>`;
  find("bars").append(row);
  return row;
});

/** A digit that is shown is read as it is; a drawing is made to look like one first. */
let shown: Float32Array<ArrayBuffer> | null = null;
const pad = new Pad(find<HTMLCanvasElement>("pad"), () => {
  shown = null;
  look();
});

function look(): void {
  const picture = shown ?? normalise(pad.ink, SIZE);
  find("pad-hint").classList.toggle("hidden", picture !== null);
  const input = picture ?? new Float32Array(PIXELS);
  const { digit, probabilities } = read(model, input);
  for (const [i, row] of bars.entries()) {
    const p = picture === null ? 0 : (probabilities[i] as number);
    row.classList.toggle("best", picture !== null && i === digit);
    (row.querySelector(".fill") as HTMLElement).style.transform = `scaleX(${p})`;
    (row.querySelector(".value") as HTMLElement).textContent = picture === null ? "" : `${(100 * p).toFixed(1)} %`;
  }
  const answer = picture === null ? "?" : String(digit);
  if (find("digit").textContent !== answer) find("digit").textContent = answer;
  const seen = find<HTMLCanvasElement>("seen");
  paint(seen, input, 28, ink(seen));
  const maps = noGrad(() => functional.relu(model.conv1.forward(pictures(input))).data as Float32Array);
  paintResponses(find("responses"), picture === null ? maps.fill(0) : maps, 28);
}

function show(index: number): void {
  const pixels = test.pixels.slice(index * PIXELS, (index + 1) * PIXELS);
  pad.put(pixels);
  shown = pixels;
  look();
}

find("clear").onclick = () => pad.clear();
find("sample").onclick = () => show(Math.floor(Math.random() * test.labels.length));

// Learning

const percent = (v: number): string => `${(100 * v).toFixed(1)} %`;
const losses = new Curve(
  find("loss-chart"),
  "loss",
  (v) => v.toFixed(2),
  (most) => [0, Math.max(most, 0.1)],
);
const accuracies = new Curve(
  find("accuracy-chart"),
  "accuracy",
  (v) => `${Math.round(100 * v)} %`,
  () => [0, 1],
);
const learner = new Worker("learner.js", { type: "module" });
const order = (message: Order): void => learner.postMessage(message);

/** The mean of the last losses runs smoother than each. */
let smooth = Number.NaN;

function scored(score: Score): void {
  find("accuracy").textContent = percent(score.accuracy);
  paintConfusion(find<HTMLTableElement>("confusion"), score, (digits) => {
    show(digits[Math.floor(Math.random() * digits.length)] as number);
    find("draw-title").scrollIntoView({ block: "center", behavior: "smooth" });
  });
}

function training(on: boolean): void {
  find<HTMLButtonElement>("pause").disabled = !on;
  find("pause").textContent = "Pause";
  find("train").textContent = on ? "Start over" : "Train from scratch";
}

function clearFigures(): void {
  losses.clear();
  accuracies.clear();
  smooth = Number.NaN;
  for (const id of ["epoch", "loss", "accuracy", "speed"]) find(id).textContent = "–";
  find<HTMLProgressElement>("progress").value = 0;
}

learner.onmessage = ({ data }: MessageEvent<News>) => {
  if (data.type === "batch") {
    smooth = Number.isNaN(smooth) ? data.loss : 0.9 * smooth + 0.1 * data.loss;
    losses.add(data.step, smooth);
    find<HTMLProgressElement>("progress").value = data.step / data.steps;
    find("epoch").textContent = `${data.epoch} of ${EPOCHS}`;
    find("loss").textContent = smooth.toFixed(3);
    find("speed").textContent = Math.round(data.perSecond).toLocaleString("en");
  } else if (data.type === "score") {
    if (data.weights !== null) use(data.weights);
    if (data.step >= 0) accuracies.add(data.step, data.score.accuracy);
    scored(data.score);
  } else if (data.type === "done") {
    training(false);
    find("status").textContent = `Trained in ${data.seconds.toFixed(1)} seconds on this device. Draw something above!`;
  } else find("status").textContent = data.message;
};
learner.onerror = (event) => {
  find("status").textContent = `Training does not run here: ${event.message}`;
};

find("train").onclick = () => {
  clearFigures();
  training(true);
  find("status").textContent = "Training, from random weights.";
  order({ type: "train", rate: Number(find<HTMLSelectElement>("rate").value), epochs: EPOCHS });
};
find("pause").onclick = () => {
  const paused = find("pause").textContent === "Pause";
  find("pause").textContent = paused ? "Go on" : "Pause";
  find("status").textContent = paused ? "Paused." : "Training.";
  order({ type: "pause", paused });
};
find("pretrained").onclick = () => {
  clearFigures();
  training(false);
  find("status").textContent = "Back to the weights that came with the page.";
  use(pretrained);
  order({ type: "score", weights: new Uint8Array(pretrained) });
};

use(pretrained);
order({ type: "score", weights: new Uint8Array(pretrained) });
document.documentElement.dataset.ready = "true";
