// The first call of a row in a fresh process, in milliseconds of the clock: node cold.mjs library row
// "loaded" is the import of the library, "first" making the tensors or the model from arrays and the first call.
import { inputsOf } from "./data.mjs";
import { rows } from "./rows.mjs";

const [library, name] = process.argv.slice(2);
const row = rows.find((r) => r.name === name);
const inputs = inputsOf(row);
const start = performance.now();
const { make } = await import(`./${library}.mjs`);
const loaded = performance.now();
const made = await make(row, inputs);
if (typeof made !== "string") await made.call();
const done = performance.now();
console.log(JSON.stringify(typeof made === "string" ? {} : { loaded: loaded - start, first: done - loaded }));
process.exit(0);
