// What the comparison prints and writes: the terminal's lines, results.json, README.md and the chart.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { chart } from "./chart.mjs";
import { digits, imports, libraries, lost, means, slowStarts, titles } from "./summary.mjs";

const peers = [...libraries, "torch"];
const everyone = ["lanegrad", ...libraries];
const WIDTH = 53;

const pair = ({ ms, ratio }) => `${digits(ms)} (${digits(ratio)}x)`;

export function printRow(row, first) {
  if (first) {
    const heads = peers.map((name) => titles[name].padStart(17)).join("");
    console.log(`\n${"milliseconds, and times lanegrad's".padEnd(WIDTH)}${"lanegrad".padStart(9)}${heads}`);
  }
  const cells = peers.map((name) => {
    if (row.found[name]) return pair(row.found[name]).padStart(17);
    return (row.wrong[name] ? "WRONG" : "-").padStart(17);
  });
  console.log(`${row.name.padEnd(WIDTH)}${digits(row.found.lanegrad.ms).padStart(9)}${cells.join("")}`);
  for (const [name, why] of Object.entries(row.wrong)) console.log(`  ${titles[name]} is left out: ${why}`);
}

export function printCold(cold) {
  const heads = everyone.map((name) => titles[name].padStart(12)).join("");
  console.log(`\n${"first call in a fresh process, milliseconds".padEnd(WIDTH)}${heads}`);
  for (const { name, first } of [imports(cold), ...cold]) {
    const cells = everyone.map((l) => (first[l] === null ? "-" : digits(first[l])).padStart(12));
    console.log(`${name.padEnd(WIDTH)}${cells.join("")}`);
  }
  printList("First calls slower than a JavaScript peer's", slowStarts(cold));
}

const printList = (title, list) => console.log(`\n${[`${title}: ${list.length || "none"}`, ...list].join("\n  ")}`);

export function printSummary(rows) {
  console.log(`\n${"geometric means".padEnd(WIDTH)}  best JavaScript peer   PyTorch`);
  for (const [name, count, other, native] of means(rows)) {
    const cell = (v, width) => (v === null ? "-" : `${digits(v)}x`).padStart(width);
    console.log(`${`${name} (${count} rows)`.padEnd(WIDTH)}${cell(other, 22)}${cell(native, 10)}`);
  }
  for (const [title, list] of lost(rows)) printList(title, list);
}

function table(heads, lines) {
  const row = (cells) => `| ${cells.join(" | ")} |`;
  return [row(heads), row(heads.map((_, i) => (i === 0 ? "---" : "--:"))), ...lines.map(row)].join("\n");
}

/** One run as Markdown. */
function section({ machine, quick, versions, rows, cold }) {
  const columns = peers.filter((name) => versions[name]);
  const cell = ({ found, missing }, name) => (found[name] ? pair(found[name]) : (missing[name] ?? "-"));
  const timings = ["forward", "training"].map((kind) => {
    const lines = rows
      .filter((row) => row.kind === kind)
      .map((row) => [row.name, digits(row.found.lanegrad.ms), ...columns.map((name) => cell(row, name))]);
    return table([kind, "lanegrad", ...columns.map((name) => titles[name])], lines);
  });
  const mean = (v) => (v === null ? "-" : `${digits(v)}x`);
  const sums = means(rows).map(([name, count, other, native]) => [name, count, mean(other), mean(native)]);
  const starts = [imports(cold), ...cold].map(({ name, first }) => [
    name,
    ...everyone.map((l) => (first[l] === null ? "-" : digits(first[l]))),
  ]);
  const bullets = ([title, list]) =>
    [`${title}: ${list.length || "none"}.`, ...list].join("\n- ").replace("\n", "\n\n");
  return [
    `## ${machine}`,
    `${Object.values(versions).slice(1).join(", ")}.${quick ? " A quick run of few rounds: rough figures." : ""}`,
    table(["geometric mean", "rows", "best JavaScript peer of each row", "PyTorch"], sums),
    ...timings,
    ...lost(rows).map(bullets),
    "The first call in a fresh process, in milliseconds:",
    table(["first call", ...everyone.map((l) => titles[l])], starts),
    bullets(["First calls slower than a JavaScript peer's", slowStarts(cold)]),
  ].join("\n\n");
}

const introduction = `# lanegrad against its peers

Written by \`node benchmarks/peers.mjs\`; \`--node <binary>\` runs it in another Node. Node 22 and newer take the build with relaxed
SIMD, Node 20 the plain one.

![Times as fast as the best JavaScript peer of each row](chart.svg)

Milliseconds a call, and in brackets how many times lanegrad's time that is: above 1 lanegrad is faster. Everything runs on one
thread. In every round each library is timed once, one after the other, in processor time of its process; shown are the medians over
the rounds, those of the ratios taken within a round. Before a row is timed its result is compared with lanegrad's. jax-js has a
process of its own, in which lanegrad is timed again for the ratio. Each library is called as its users would: TensorFlow.js with its
own layouts, fused ops and layers; jax-js under jit; onnxruntime-web with the weights as constants of the model, and what its API
copies in and out counts. Tensors that a library frees by hand are freed. A training step is forward, loss, backward and the
optimizer's step, Adam unless said. A first call is timed by the clock, from arrays to the first result, after the import.`;

const file = (name) => new URL(name, import.meta.url);

/** Keeps the last result of each major version of Node, of both its halves; the chart shows the newest. */
export function write(result) {
  const kept = existsSync(file("results.json")) ? JSON.parse(readFileSync(file("results.json"), "utf8")) : {};
  const key = `node${process.versions.node.split(".")[0]}`;
  kept[key] = { ...kept[key], ...result };
  const newest = Object.keys(kept).sort((a, b) => Number(b.slice(4)) - Number(a.slice(4)));
  const sections = newest.map((key) => section(kept[key]));
  writeFileSync(file("results.json"), `${JSON.stringify(kept)}\n`);
  writeFileSync(file("README.md"), `${[introduction, ...sections].join("\n\n")}\n`);
  writeFileSync(file("chart.svg"), chart(kept[newest[0]]));
  console.log("\nwritten: results.json, README.md and chart.svg in benchmarks/peers");
}
