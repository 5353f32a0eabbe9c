// What the package weighs, bundled and minified by esbuild, JavaScript and wasm together: node benchmarks/size.mjs [--guard]
// Needs npm run build. With --guard it fails where something grew past its limit.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const STEP = `const model = new nn.Linear(2, 1);
const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
new nn.MSELoss().forward(model.forward(tensor([[1, 2]])), tensor([[3]])).backward();
optimizer.step();
console.log(model.weight);`;
const SMALLEST = `import { tensor } from "lanegrad/bare";
import * as nn from "lanegrad/nn";
import * as optim from "lanegrad/optim";
${STEP}`;
const IMPORTS = SMALLEST.slice(0, -STEP.length);
const learn = (layers) => `${IMPORTS}const model = new nn.Sequential(${layers});
const optimizer = new optim.Adam(model.parameters());
new nn.CrossEntropyLoss().forward(model.forward(tensor([])), tensor([])).backward();
optimizer.step();`;
const PERCEPTRON = learn("new nn.Linear(4, 16), new nn.ReLU(), new nn.Linear(16, 3)");
const CONVOLUTIONS = learn(
  "new nn.Conv2d(1, 8, 3), new nn.ReLU(), new nn.MaxPool2d(2), new nn.Flatten(), new nn.Linear(8, 3)",
);
const METHODS = SMALLEST.replace("lanegrad/bare", "lanegrad");
const FROM_ROOT = `import { nn, optim, tensor } from "lanegrad";
${STEP}`;
const ALL = `import * as lanegrad from "lanegrad";
globalThis.lanegrad = lanegrad;`;

/** The goal, and the limit that CI holds: what was reached, and a little room. In KB of gzip, 1 KB = 1,000 bytes. */
const programs = {
  "smallest training program": { source: SMALLEST, goal: 40, limit: 34.7 },
  "the same with tensors' methods": { source: METHODS, goal: 60, limit: 47 },
  "the same from the root alone": { source: FROM_ROOT, goal: 60, limit: 94.3 },
  "a perceptron with CrossEntropyLoss and Adam": { source: PERCEPTRON, goal: 60, limit: 42.9 },
  "a convolutional net with the same": { source: CONVOLUTIONS, goal: 60, limit: 66.8 },
  everything: { source: ALL, goal: 60, limit: 104.3 },
};

/** The package names itself, so its exports are those of a user. */
async function bundle(source, conditions) {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: "." },
    conditions,
    // else the paths of tsconfig.json lead to the sources
    tsconfigRaw: {},
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    write: false,
    external: ["*.wasm"],
  });
  return outputFiles[0].contents;
}

const kb = (bytes) => (bytes / 1000).toFixed(1);
const gzip = (bytes) => gzipSync(bytes, { level: 9 }).length;
let over = 0;
for (const [name, { source, goal, limit }] of Object.entries(programs)) {
  const both = gzip(await bundle(source, []));
  const worker = await bundle(source, ["workerd"]);
  const script = gzip(worker);
  const kernels = [
    ...Buffer.from(worker)
      .toString()
      .matchAll(/"\.\/(\w+\.wasm)"/g),
  ]
    .map(([, file]) => gzip(readFileSync(`dist/${file}`)))
    .reduce((a, b) => a + b);
  const ok = both <= limit * 1000;
  if (!ok) over++;
  console.log(
    `${name}: ${kb(both)} KB gzip (goal ${goal}, limit ${limit}${ok ? "" : ": EXCEEDED"}); ` +
      `in a Worker ${kb(script + kernels)} KB: ${kb(script)} of script, ${kb(kernels)} of wasm`,
  );
}
if (over > 0 && process.argv.includes("--guard")) process.exit(1);
