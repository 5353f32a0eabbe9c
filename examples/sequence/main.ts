// An LSTM learns how towns are named in six countries, letter by letter, then invents new ones and guesses where towns lie.
// Run it with `npm run towns`. Flags: --epochs n, --hidden n, --seed n, --temperature t.
import { parseArgs } from "node:util";
import cliProgress from "cli-progress";
import { DataLoader, manualSeed, noGrad, optim } from "lanegrad";
import { bigramSurprise } from "./bigram.ts";
import { countries, dataset, encode, loadTowns } from "./data.ts";
import { guessCountries, invent, surprise, TownNamer } from "./model.ts";

const { values } = parseArgs({
  options: {
    epochs: { type: "string", default: "5" },
    hidden: { type: "string", default: "96" },
    seed: { type: "string", default: "0" },
    temperature: { type: "string", default: "0.7" },
  },
});
manualSeed(Number(values.seed));
const { train, test, letters } = loadTowns();
const model = new TownNamer(letters, Number(values.hidden));
const optimizer = new optim.Adam(model.parameters(), { lr: 1e-2 });
const schedule = new optim.CosineAnnealingLR(optimizer, Number(values.epochs));
const loader = new DataLoader(dataset(train, letters), { batchSize: 64, shuffle: true, dropLast: true });
const heldOut = encode(test, letters);
console.log(String(model));
console.log(`${train.length} towns to learn from, ${test.length} set aside, ${letters.length} letters\n`);

const yardstick = bigramSurprise(encode(train, letters), heldOut, letters);
console.log(`Choices left at each letter of a town it has never seen`);
console.log(`counting pairs of letters   ${Math.exp(yardstick).toFixed(2)}`);
const bar = new cliProgress.SingleBar({
  format: "epoch {epoch} {bar} {percentage}% | choices {choices} | {duration_formatted}",
  hideCursor: true,
  clearOnComplete: true,
});
const start = performance.now();
let choices = 0;
for (let epoch = 1; epoch <= Number(values.epochs); epoch++) {
  bar.start(loader.length, 0, { epoch: `${epoch}/${values.epochs}`, choices: "-" });
  let batch = 0;
  for (const [input, target] of loader) {
    optimizer.zeroGrad();
    const loss = surprise(model.forward(input), target);
    loss.backward();
    optimizer.step();
    bar.update(++batch, { choices: Math.exp(loss.item()).toFixed(2) });
  }
  schedule.step();
  bar.stop();
  choices = Math.exp(noGrad(() => surprise(model.forward(heldOut[0]), heldOut[1])).item());
  console.log(`the LSTM after epoch ${String(epoch).padStart(2)}     ${choices.toFixed(2)}`);
}
const seconds = (performance.now() - start) / 1000;

const known = new Set([...train, ...test].map((t) => t.name));
console.log("\nTowns that it invented (* there is one of this name)");
for (const [country, label] of countries.entries()) {
  const names = invent(model, country, 8, Number(values.temperature));
  const marked = names.map((name) => (known.has(name.toLowerCase()) ? `${name}*` : name));
  console.log(`${label.padEnd(15)} ${marked.join(", ")}`);
}

const guesses = guessCountries(model, test);
const right = test.filter((town, i) => town.country === guesses[i]).length;
console.log(
  `\nThe country of towns it has never seen, told by their sound: ${((right / test.length) * 100).toFixed(1)} % right`,
);
for (const town of test.slice(0, 6)) {
  const guess = countries[guesses[test.indexOf(town)] as number] as string;
  console.log(
    `${town.name.padEnd(17)} ${guess}${guess === countries[town.country] ? "" : ` (it is in ${countries[town.country]})`}`,
  );
}
console.log(`\nTrained in ${seconds.toFixed(1)} s`);
if (!(choices < Math.exp(yardstick))) throw new Error("the LSTM learned no more than pairs of letters");
