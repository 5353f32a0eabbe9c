// What it saves that Sequential, without gradients, writes activations over what the layer before made, in microseconds a call of the
// model: node benchmarks/activations.bench.mjs. Needs npm run build. "apart": activations of a subclass, which get a tensor of their own.
import { nn, noGrad, randn } from "../dist/index.js";
import { interleave, machine, quantile } from "./harness.mjs";

class ApartReLU extends nn.ReLU {
  forward(x) {
    return super.forward(x);
  }
}
class ApartReLU6 extends nn.ReLU6 {
  forward(x) {
    return super.forward(x);
  }
}
const both = [
  [() => new ApartReLU(), () => new ApartReLU6()],
  [() => new nn.ReLU(), () => new nn.ReLU6()],
];

const perceptron = (relu, ...sizes) =>
  sizes.slice(1).flatMap((n, i) => [...(i > 0 ? [relu()] : []), new nn.Linear(sizes[i], n)]);
const lenet = (relu) => [
  new nn.Conv2d(1, 6, 5, { padding: 2 }),
  relu(),
  new nn.MaxPool2d(2),
  new nn.Conv2d(6, 16, 5),
  relu(),
  new nn.MaxPool2d(2),
  new nn.Flatten(),
  ...perceptron(relu, 400, 120, 84, 10),
];
const conv = (relu, ...sizes) => [new nn.Conv2d(...sizes), relu()];
/** MobileNet's, batch norms folded. */
const inverted = (relu6, c, wide) => [
  ...conv(relu6, c, wide, 1),
  ...conv(relu6, wide, wide, 3, { padding: 1, groups: wide }),
  new nn.Conv2d(wide, c, 1),
];
const cases = [
  ["Linear(10, 5), ReLU, one row", (relu) => [new nn.Linear(10, 5), relu()], [1, 10]],
  ["10-5-2, batch 3", (relu) => perceptron(relu, 10, 5, 2), [3, 10]],
  ["784-128-10, batch 64", (relu) => perceptron(relu, 784, 128, 10), [64, 784]],
  ["LeNet, batch 1", lenet, [1, 1, 28, 28]],
  ["LeNet, batch 32", lenet, [32, 1, 28, 28]],
  ["3x3 64 at 56, ReLU", (relu) => conv(relu, 64, 64, 3, { padding: 1 }), [1, 64, 56, 56]],
  ["3x3 256 at 14, ReLU", (relu) => conv(relu, 256, 256, 3, { padding: 1 }), [1, 256, 14, 14]],
  ["1x1 16 to 96 at 112, ReLU", (relu) => conv(relu, 16, 96, 1), [1, 16, 112, 112]],
  ["depthwise 32 at 112, ReLU", (relu) => conv(relu, 32, 32, 3, { padding: 1, groups: 32 }), [1, 32, 112, 112]],
  ["inverted residual 16-96-16 at 112, ReLU6", (_, relu6) => inverted(relu6, 16, 96), [1, 16, 112, 112]],
  ["inverted residual 64-384-64 at 14, ReLU6", (_, relu6) => inverted(relu6, 64, 384), [1, 64, 14, 14]],
];

const rows = cases.map(([name, layers, shape]) => {
  const x = randn(shape);
  const models = both.map((activations) => new nn.Sequential(...layers(...activations)));
  return [name, models.map((model) => () => noGrad(() => void model.forward(x)))];
});
// the compilers meet all before any is timed
for (let i = 0; i < 20; i++) for (const [, fns] of rows) for (const fn of fns) fn();

console.log(machine());
console.log(`${"".padEnd(42)}     apart  written over    ratio`);
for (const [name, fns] of rows) {
  const times = interleave(fns, { ms: 4 });
  const us = times.map((ms) => (quantile(ms) * 1000).toFixed(2));
  const ratio = quantile(times[0].map((ms, round) => ms / times[1][round]));
  console.log(`${name.padEnd(42)} ${us[0].padStart(9)} ${us[1].padStart(13)} ${ratio.toFixed(2).padStart(8)}`);
}
