// jax-js beside lanegrad in a process of their own: it fails where TensorFlow.js or onnxruntime-web is loaded.
import { createInterface } from "node:readline";
import { agree, inputsOf, sample } from "./data.mjs";
import * as jax from "./jax.mjs";
import * as lanegrad from "./lanegrad.mjs";
import { local, measure } from "./measure.mjs";

const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);

async function run({ row, options }) {
  const inputs = inputsOf(row);
  const ours = lanegrad.make(row, inputs);
  const theirs = jax.make(row, inputs);
  agree(sample(ours.result()), sample(await theirs.result()), row.tolerance);
  const [, result] = await measure([local(ours), local(theirs)], options);
  ours.dispose();
  theirs.dispose();
  return result;
}

say({ version: jax.version });
for await (const line of createInterface(process.stdin)) {
  say(await run(JSON.parse(line)).catch((error) => ({ error: error.message })));
}
