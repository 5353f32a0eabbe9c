// Learns to read handwritten digits, and says how well it reads those it has never seen.
// Flags: --perceptron for the small model, --epochs n, --seed n, --losses to print losses as digits.py does.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import cliProgress from "cli-progress";
import { DataLoader, loadSafetensors, manualSeed, optim, saveSafetensors } from "lanegrad";
import { loadDigits } from "./data.ts";
import { models } from "./models.ts";
import { curve, type History, percent, svg, table } from "./report.ts";
import { evaluate, trainEpoch } from "./train.ts";

const { values } = parseArgs({
  options: {
    perceptron: { type: "boolean", default: false },
    losses: { type: "boolean", default: false },
    epochs: { type: "string" },
    seed: { type: "string", default: "0" },
  },
});
const name = values.perceptron ? "perceptron" : "convolutional net";
const make = models[name];
const epochs = Number(values.epochs ?? (values.perceptron ? 12 : 8));

const { train, test } = loadDigits();
manualSeed(Number(values.seed));
const model = make();
const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 });
const loader = new DataLoader(train, { batchSize: 64, shuffle: true });
console.log(String(model));
console.log(`${train.length} digits to learn from, ${test.length} to be tested on\n`);

const history: History = { losses: [], accuracies: [] };
const bar = new cliProgress.SingleBar({
  format: "epoch {epoch} {bar} {percentage}% | loss {loss} | {duration_formatted}",
  hideCursor: true,
  clearOnComplete: true,
});
let seconds = 0;
for (let epoch = 1; epoch <= epochs; epoch++) {
  if (!values.losses) bar.start(loader.length, 0, { epoch: `${epoch}/${epochs}`, loss: "-" });
  const start = performance.now();
  const loss = trainEpoch(model, loader, optimizer, (p) => {
    const value = (p.values.loss as number).toFixed(4);
    if (!values.losses) bar.update(p.step, { loss: value });
    else if (p.step % 10 === 0) console.log(`epoch ${epoch} batch ${p.step} loss ${value}`);
  });
  seconds += (performance.now() - start) / 1000;
  bar.stop();
  const { accuracy } = evaluate(model, test);
  history.losses.push(loss);
  history.accuracies.push(accuracy);
  console.log(`epoch ${String(epoch).padStart(2)}  mean loss ${loss.toFixed(4)}  accuracy ${percent(accuracy)}`);
}

const score = evaluate(model, test);
console.log(`\nTraining loss\n${curve(history.losses)}`);
console.log(`\nHow the ${test.length} held-out digits were read\n${table(score)}`);

const folder = "out/digits";
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}/report.svg`, svg(`Handwritten digits, ${name}`, history, score));
writeFileSync(`${folder}/model.safetensors`, saveSafetensors(model.stateDict()));
const fresh = make();
fresh.loadStateDict(loadSafetensors(readFileSync(`${folder}/model.safetensors`)));
const again = evaluate(fresh, test);

console.log(`\nTrained in ${seconds.toFixed(1)} s. Accuracy on digits it has never seen: ${percent(score.accuracy)}`);
console.log(`A fresh model with the saved weights: ${percent(again.accuracy)}`);
console.log(`Written: ${folder}/report.svg, ${folder}/model.safetensors`);
if (again.accuracy !== score.accuracy) throw new Error("the saved weights do not give the same accuracy");
