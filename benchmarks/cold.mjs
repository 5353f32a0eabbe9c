// Cold start: from the start of a process to the end of its first training step, over an empty process of the same runtime, in
// milliseconds: node benchmarks/cold.mjs [rounds]. Needs npm run build. Node 24 comes from npm where it is not there yet.
// After npm install in benchmarks/peers the peers take their first step too.
// Medians, and as "quiet" the difference of the fastest tenths, which other work on the machine has touched least.
// workerd is timed to its first answer over HTTP, against a Worker that answers at once; once more with nn and optim imported by
// their own names, of which its bundler leaves out what is not used. All take turns in each round.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { serveWorkerd, workerConfig } from "../tests/runtimes/serve-workerd.mjs";
import { nodeBinary } from "../tests/runtimes/tools.mjs";
import { machine, quantile } from "./harness.mjs";

const rounds = Number(process.argv[2] ?? 40);
const folder = mkdtempSync(join(tmpdir(), "lanegrad-cold-"));
const { exports } = JSON.parse(readFileSync("package.json", "utf8"));
const node24 = nodeBinary(24);
const bin = (name) => resolve("node_modules/.bin", name);

const STEP = `const model = new nn.Sequential(new nn.Linear(10, 5), new nn.ReLU(), new nn.Linear(5, 2));
const optimizer = new optim.Adam(model.parameters());
const loss = new nn.MSELoss().forward(model.forward(randn(3, 10)), randn(3, 2));
loss.backward();
optimizer.step();
if (!(loss.item() > 0)) throw new Error("no loss");
`;

function write(name, text) {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const program = (condition) =>
  write(
    `${condition}.mjs`,
    `import { nn, optim, randn } from ${JSON.stringify(resolve(exports["."][condition]))};\n${STEP}`,
  );
const programs = { node: program("node"), deno: program("deno") };
const empty = write("empty.mjs", "");

/** A Worker as wrangler bundles it, and its configuration. */
async function worker(name, source) {
  await build({
    stdin: { contents: source, resolveDir: resolve("."), loader: "js" },
    outfile: join(folder, name, "worker.js"),
    bundle: true,
    format: "esm",
    conditions: ["workerd", "worker", "browser"],
    // not the sources, where the repository's own tsconfig.json leads
    tsconfigRaw: {},
    loader: { ".wasm": "copy" },
    assetNames: "[name]",
  });
  return write(`${name}/worker.capnp`, workerConfig(join(folder, name)));
}

async function answer(config) {
  const start = performance.now();
  const server = await serveWorkerd(bin("workerd"), config);
  const response = await fetch(server.url);
  const text = await response.text();
  const ms = performance.now() - start;
  await server.close();
  if (response.status !== 200) throw new Error(`workerd: ${response.status} ${text}`);
  return ms;
}

function run(command, args, file) {
  const start = performance.now();
  const { status, stderr } = spawnSync(command, [...args, file], { encoding: "utf8" });
  const ms = performance.now() - start;
  if (status !== 0) throw new Error(`${command} ${file}: ${stderr}`);
  return ms;
}

const version = (command) =>
  execFileSync(command, ["--version"])
    .toString()
    .split(/\n| \(/)[0]
    .trim();
const handler = (step) => `export default { fetch() {\n${step}return new Response("0");\n} };`;
const parts =
  'import { randn } from "lanegrad"; import * as nn from "lanegrad/nn"; import * as optim from "lanegrad/optim"';
const workers = {
  none: await worker("none", handler("")),
  root: await worker("root", `import { nn, optim, randn } from "lanegrad";\n${handler(STEP)}`),
  parts: await worker("parts", `${parts};\n${handler(STEP)}`),
};
const deno = ["run", "--quiet", "--no-prompt", "--no-config"];
const cases = [
  [`Node ${process.version}`, 25, (file) => run(process.execPath, [], file)],
  [`Node ${version(node24)}`, 25, (file) => run(node24, [], file)],
  [version(bin("workerd")), 15, (file) => answer(file === empty ? workers.none : workers.root)],
  ["  the parts by their names", 15, (file) => answer(file === empty ? workers.none : workers.parts)],
  [version(bin("deno")), 15, (file) => run(bin("deno"), deno, file === empty ? empty : programs.deno)],
  [`bun ${version(bin("bun"))}`, null, (file) => run(bin("bun"), [], file)],
];
// the same in Node 24 by what one would use instead
const peers = [
  ["TensorFlow.js", "@tensorflow/tfjs-backend-wasm", "cold-tfjs.mjs"],
  ["jax-js", "@jax-js/jax", "cold-jax.mjs"],
];
for (const [name, dependency, step] of peers) {
  const manifest = `benchmarks/peers/node_modules/${dependency}/package.json`;
  if (!existsSync(manifest)) continue;
  const path = resolve("benchmarks/peers", step);
  cases.push([
    `${name} ${JSON.parse(readFileSync(manifest, "utf8")).version}`,
    null,
    (file) => run(node24, [], file === empty ? empty : path),
  ]);
}

console.log(machine());
const times = cases.map(() => [[], []]);
for (let round = -1; round < rounds; round++) {
  for (const [i, [, , once]] of cases.entries()) {
    for (const [j, file] of [empty, programs.node].entries()) {
      const ms = await once(file);
      // the first round fills the caches of the disk
      if (round >= 0) times[i][j].push(ms);
    }
  }
}
console.log(`${"milliseconds".padEnd(27)}  empty   step   more  (quiet)  budget`);
const column = (ms) => ms.toFixed(1).padStart(6);
for (const [i, [name, budget]] of cases.entries()) {
  const [before, after] = times[i];
  // each round's own difference: both met the same mood of the machine
  const more = quantile(after.map((ms, round) => ms - before[round]));
  const quiet = quantile(after, 0.1) - quantile(before, 0.1);
  const columns = [quantile(before), quantile(after), more].map(column).join(" ");
  console.log(`${name.padEnd(27)} ${columns} ${column(quiet)}   ${budget ?? "none"}`);
}
rmSync(folder, { recursive: true, force: true });
