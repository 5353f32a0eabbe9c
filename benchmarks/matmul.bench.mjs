// How near matmul through the public API comes to this engine's multiply-add limit, measured beside it: node benchmarks/matmul.bench.mjs
// Each round times the limit's loop and the product one after the other. "median": of the ratios within a round, with whatever else
// the machine was doing; "quiet": the best tenth of the product over the best tenth of the limit.
import { functional, noGrad, randn } from "../dist/index.js";
import { interleave, machine, quantile } from "./harness.mjs";
import { limitLoop } from "./limit.mjs";

const limit = limitLoop(true) ?? limitLoop(false);
const ROUNDS = 20000;
const shapes = [
  ["matmul", 64, 64, 64],
  ["matmul", 128, 128, 128],
  ["matmul", 256, 256, 256],
  ["matmul", 512, 512, 512],
  ["matmul", 1024, 1024, 1024],
  ["linear", 64, 128, 784],
  ["linear", 1, 1000, 1000],
  ["linear", 8, 256, 256],
  ["matmul", 1000, 10, 1000],
  ["matmul", 10, 1000, 1000],
  ["matmul", 1000, 1000, 1],
  ["matmul", 255, 257, 129],
];

console.log(machine());
console.log(`limit: ${limitLoop(true) === null ? "multiply, then add" : "relaxed_madd"} in registers`);
console.log("product         m x n x k         GFLOP/s   limit   ratio: median   quiet");
for (const [name, m, n, k] of shapes) {
  const a = randn([m, k]);
  const b = name === "linear" ? randn([n, k]) : randn([k, n]);
  const fn = functional[name];
  const call = noGrad(() => () => fn(a, b).dispose());
  const [peak, mine] = interleave([() => limit.run(ROUNDS), call], { rounds: 80 });
  const flops = 2 * m * n * k;
  const top = peak.map((ms) => limit.flops(ROUNDS) / ms / 1e6);
  const ours = mine.map((ms) => flops / ms / 1e6);
  const ratios = ours.map((g, i) => (100 * g) / top[i]);
  const cells = [quantile(ours).toFixed(1).padStart(9), quantile(top).toFixed(1).padStart(7)];
  cells.push(
    `${quantile(ratios).toFixed(1)} %`.padStart(15),
    `${((100 * quantile(ours, 0.9)) / quantile(top, 0.9)).toFixed(1)} %`.padStart(8),
  );
  console.log(`${name.padEnd(12)} ${`${m} x ${n} x ${k}`.padStart(20)} ${cells.join(" ")}`);
}
