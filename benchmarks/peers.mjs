// lanegrad against TensorFlow.js (wasm), onnxruntime-web (wasm), jax-js and, if python3 has it, native PyTorch; one thread each.
// node benchmarks/peers.mjs [--node binary] [--rows pattern] [--only warm|cold] [--quick] [--write]
// Needs npm run build; installs the peers itself. Results go to results.json, README.md and chart.svg in benchmarks/peers when all
// rows were run with care, or with --write after a quick run of all, or of one half of them: the other one then stays.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { machine, quantile } from "./harness.mjs";
import { agree, inputsOf, sample } from "./peers/data.mjs";
import { local, measure } from "./peers/measure.mjs";
import { remote } from "./peers/remote.mjs";
import { printCold, printRow, printSummary, write } from "./peers/report.mjs";
import { rows as allRows } from "./peers/rows.mjs";

const path = (name) => fileURLToPath(new URL(`peers/${name}`, import.meta.url));

const { values } = parseArgs({
  options: {
    node: { type: "string" },
    rows: { type: "string", default: "" },
    quick: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    write: { type: "boolean", default: false },
  },
});

if (values.node) {
  const index = process.argv.findIndex((a) => a.startsWith("--node"));
  const rest = process.argv.slice(2);
  rest.splice(index - 2, process.argv[index] === "--node" ? 2 : 1);
  const { status } = spawnSync(values.node, [process.argv[1], ...rest], { stdio: "inherit" });
  process.exit(status ?? 1);
}

const { dependencies } = JSON.parse(readFileSync(path("package.json"), "utf8"));
const installed = (name) => {
  const file = path(`node_modules/${name}/package.json`);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).version : null;
};
if (Object.entries(dependencies).some(([name, version]) => installed(name) !== version)) {
  console.log("installing the peers ...");
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--no-package-lock", "--prefix", path("")], {
    stdio: "inherit",
  });
}

const rows = allRows.filter(({ name }) => new RegExp(values.rows).test(name));
const options = values.quick ? { ms: 3, rounds: 9, warm: 150 } : { ms: 5, rounds: 40, warm: 400 };
const coldRuns = values.quick ? 1 : 3;

async function warm() {
  const lanegrad = await import("./peers/lanegrad.mjs");
  const peers = { tfjs: await import("./peers/tfjs.mjs"), ort: await import("./peers/ort.mjs") };
  const jax = await remote(process.execPath, [path("jax-process.mjs")]);
  if (jax.error) throw new Error(jax.error);
  // Debian's torch belongs to Debian's python3, whatever else is first in the path
  const python = { PATH: `/usr/bin:${process.env.PATH}`, OPENBLAS_NUM_THREADS: "1" };
  const torch = await remote("/usr/bin/env", ["python3", path("pytorch.py")], python);
  const versions = {
    lanegrad: JSON.parse(readFileSync(path("../../package.json"), "utf8")).version,
    tfjs: peers.tfjs.version,
    ort: peers.ort.version,
    jax: jax.version,
    ...(torch.error ? {} : { torch: torch.version }),
  };
  console.log(`${machine()}\n${Object.values(versions).slice(1).join(", ")}, one thread each`);
  if (torch.error) console.log(`PyTorch is left out: ${torch.error}`);

  /** One row: results are compared before anything is timed. */
  async function compare(row) {
    const inputs = inputsOf(row);
    const made = [lanegrad.make(row, inputs)];
    const expected = sample(made[0].result());
    const [names, contestants, missing, wrong] = [["lanegrad"], [local(made[0])], {}, {}];
    const guarded = async (name, make) => {
      try {
        const contestant = await make();
        if (typeof contestant === "string") missing[name] = contestant;
        else {
          names.push(name);
          contestants.push(contestant);
        }
      } catch (error) {
        wrong[name] = error.message;
      }
    };
    for (const [name, peer] of Object.entries(peers)) {
      await guarded(name, async () => {
        const one = await peer.make(row, inputs);
        if (typeof one === "string") return one;
        made.push(one);
        agree(expected, sample(await one.result()), row.tolerance);
        return local(one);
      });
    }
    if (!torch.error) {
      await guarded("torch", async () => {
        agree(expected, await torch.ask({ make: row }));
        return { time: async (calls) => (await torch.ask({ time: calls })).ms };
      });
    }
    const results = await measure(contestants, options);
    const found = Object.fromEntries(names.map((name, i) => [name, results[i]]));
    for (const one of made) one.dispose();
    try {
      found.jax = await jax.ask({ row, options });
    } catch (error) {
      wrong.jax = error.message;
    }
    return { name: row.name, kind: row.kind, group: row.group, found, missing, wrong };
  }

  const results = [];
  for (const row of rows) {
    results.push(await compare(row));
    printRow(results.at(-1), results.length === 1);
  }
  jax.end();
  if (!torch.error) torch.end();
  return { versions, rows: results };
}

/** What a first call prints, in a process of its own. Once in thousands Node 24 waits for a thread of V8 as it exits: then once more. */
function firstCall(library, name) {
  const run = () =>
    execFileSync(process.execPath, [path("cold.mjs"), library, name], {
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 60_000,
      killSignal: "SIGKILL",
    });
  try {
    return run();
  } catch (error) {
    if (error.code !== "ETIMEDOUT") throw error;
    return run();
  }
}

/** Every first call in a process of its own. */
function cold() {
  const libraries = ["lanegrad", "tfjs", "ort", "jax"];
  return rows.map(({ name, kind }) => {
    const runs = Array.from({ length: coldRuns }, () =>
      libraries.map((library) => JSON.parse(firstCall(library, name).toString().trim().split("\n").at(-1))),
    );
    const middle = (i, key) => (runs[0][i][key] === undefined ? null : quantile(runs.map((run) => run[i][key])));
    const of = (key) => Object.fromEntries(libraries.map((library, i) => [library, middle(i, key)]));
    return { name, kind, first: of("first"), loaded: of("loaded") };
  });
}

const result = { machine: machine(), ...(values.only === "cold" ? {} : { quick: values.quick, ...(await warm()) }) };
if (values.only !== "warm") {
  result.cold = cold();
  printCold(result.cold);
}
if (result.rows) printSummary(result.rows);
if (!values.rows && (values.write || !(values.quick || values.only))) write(result);
process.exit(result.rows?.some(({ wrong }) => Object.keys(wrong).length > 0) ? 1 : 0);
