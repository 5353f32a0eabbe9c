// What the façade costs where there is hardly any arithmetic, in microseconds: node benchmarks/step.bench.mjs
// The training step is the ground's: Sequential(Linear(10, 5), ReLU, Linear(5, 2)), MSELoss, SGD, batch 3.
import { nn, noGrad, optim, randn, scope } from "../dist/index.js";
import { interleave, machine, quantile } from "./harness.mjs";

const x = randn([3, 10]);
const target = randn([3, 2]);
const model = new nn.Sequential(new nn.Linear(10, 5), new nn.ReLU(), new nn.Linear(5, 2));
const criterion = new nn.MSELoss();
const optimizer = new optim.SGD(model.parameters(), { lr: 0.01 });
function step() {
  optimizer.zeroGrad();
  const loss = criterion.forward(model.forward(x), target);
  loss.backward();
  optimizer.step();
}

const [row, small] = [randn([1, 10]), randn([4])];
const layer = new nn.Linear(10, 5);
const cases = [
  ["training step 10-5-2, batch 3, in a scope", () => scope(step)],
  ["training step 10-5-2, batch 3, collected", step],
  ["the model forward, batch 3, in noGrad", () => noGrad(() => void model.forward(x))],
  ["Linear(10, 5) of one row, in noGrad", () => noGrad(() => void layer.forward(row))],
  ["add of 4 elements, disposed", () => small.add(small).dispose()],
  ["scope(() => {})", () => scope(() => {})],
];
// far past the compilers' thresholds
for (let i = 0; i < 20000; i++) for (const [, fn] of cases.slice(0, 1)) fn();

console.log(machine());
const times = interleave(
  cases.map(([, fn]) => fn),
  { ms: 5, rounds: 60 },
);
console.log(`${"microseconds a call".padEnd(45)} median   quiet`);
for (const [i, [name]] of cases.entries()) {
  const us = times[i].map((ms) => ms * 1000);
  console.log(`${name.padEnd(45)} ${quantile(us).toFixed(2).padStart(6)}  ${quantile(us, 0.1).toFixed(2).padStart(6)}`);
}
