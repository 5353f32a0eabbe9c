// Trains and saves a net in Deno, with no permission at all: deno run --no-prompt examples/deno/main.ts
// In a project of your own the import is "npm:lanegrad"; here it is the package that `npm run build` made.
import {
  DataLoader,
  loadSafetensors,
  manualSeed,
  nn,
  noGrad,
  optim,
  saveSafetensors,
  TensorDataset,
  tensor,
} from "../../dist/index.js";

// Two half moons: which of them is a point of?
manualSeed(0);
const points = Array.from({ length: 400 }, (_, i) => {
  const angle = (Math.PI * (i >> 1)) / 200;
  const wobble = 0.1 * Math.sin(37 * i);
  return i % 2 === 0
    ? [Math.cos(angle) + wobble, Math.sin(angle) - wobble]
    : [1 - Math.cos(angle) - wobble, 0.5 - Math.sin(angle) + wobble];
});
const data = new TensorDataset(tensor(points), tensor(Int32Array.from(points, (_, i) => i % 2)));

const make = () => new nn.Sequential(new nn.Linear(2, 32), new nn.ReLU(), new nn.Linear(32, 2));
const model = make();
const optimizer = new optim.Adam(model.parameters(), { lr: 0.02 });
const criterion = new nn.CrossEntropyLoss();
for (let epoch = 1; epoch <= 20; epoch++) {
  let sum = 0;
  for (const [x, y] of new DataLoader(data, { batchSize: 32, shuffle: true })) {
    optimizer.zeroGrad();
    const loss = criterion.forward(model.forward(x), y);
    loss.backward();
    optimizer.step();
    sum += loss.item() * y.numel;
  }
  if (epoch % 5 === 0) console.log(`epoch ${epoch}: mean loss ${(sum / data.length).toFixed(4)}`);
}

const bytes = saveSafetensors(model.stateDict());
const again = make();
again.loadStateDict(loadSafetensors(bytes));
const answers = noGrad(() => again.forward(tensor(points)).argmax(1)).data;
const right = answers.filter((answer, i) => answer === i % 2).length;
console.log(`${bytes.length} bytes of weights read ${right} of ${points.length} points right`);
