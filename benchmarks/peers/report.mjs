// What the comparison prints and writes: the terminal's lines, results.json, README.md and the chart.
import { readFileSync, writeFileSync } from "node:fs";
import { chart } from "./chart.mjs";

export const titles = { lanegrad: "lanegrad", tfjs: "tfjs-wasm", ort: "ort-web", jax: "jax-js", torch: "PyTorch" };
/** What a user could take instead in JavaScript; PyTorch is what they leave behind. */
const libraries = ["tfjs", "ort", "jax"];

const round = (v) => (v >= 100 ? v.toFixed(0) : v >= 10 ? v.toFixed(1) : v >= 1 ? v.toFixed(2) : v.toPrecision(2));
const times = (ratio) => `${round(ratio)}x`;

/** The library that comes closest, or is ahead: { library, ratio }, or null where none does the row. */
export function best({ found }) {
  const able = libraries.filter((library) => found[library]);
  if (able.length === 0) return null;
  const library = able.reduce((a, b) => (found[b].ratio < found[a].ratio ? b : a));
  return { library, ratio: found[library].ratio };
}

export function geometric(ratios) {
  return Math.exp(ratios.reduce((a, r) => a + Math.log(r), 0) / ratios.length);
}

export function printRow(row, first) {
  if (first) {
    const heads = [...libraries, "torch"].map((name) => titles[name].padStart(18)).join("");
    console.log(`\n${"milliseconds, and times lanegrad's".padEnd(58)}${"lanegrad".padStart(9)}${heads}`);
  }
  const cells = [...libraries, "torch"].map((name) => {
    const { [name]: cell } = row.found;
    if (cell) return `${round(cell.ms)} (${times(cell.ratio)})`.padStart(18);
    return (row.wrong[name] ? "WRONG" : "-").padStart(18);
  });
  console.log(`${row.name.padEnd(58)}${round(row.found.lanegrad.ms).padStart(9)}${cells.join("")}`);
  for (const [name, why] of Object.entries(row.wrong)) console.log(`  ${titles[name]} is left out: ${why}`);
}

/** Geometric means, and the rows that are lost, as lines of text. */
function summary(rows) {
  const lines = [];
  for (const kind of ["forward", "training"]) {
    const those = rows.filter((row) => row.kind === kind);
    const others = those.map(best).filter(Boolean);
    const native = those.flatMap(({ found }) => (found.torch ? [found.torch.ratio] : []));
    if (others.length === 0) continue;
    const behind = native.length > 0 ? `, ${times(geometric(native))} PyTorch's` : "";
    const mean = times(geometric(others.map(({ ratio }) => ratio)));
    lines.push(`${kind}: ${mean} the speed of the best JavaScript peer of each row (geometric mean)${behind}`);
  }
  return lines;
}

function lost(rows) {
  const line = (name, library, ratio) => `${name}: ${times(ratio)} (${titles[library]})`;
  const ahead = rows.flatMap((row) => {
    const peer = best(row);
    return peer && peer.ratio < 1 ? [line(row.name, peer.library, peer.ratio)] : [];
  });
  const native = rows.flatMap(({ name, kind, found }) =>
    found.torch?.ratio < 1 ? [{ kind, text: line(name, "torch", found.torch.ratio) }] : [],
  );
  const of = (kind) => native.filter((l) => l.kind === kind).map((l) => l.text);
  return [
    ["Rows lost to a JavaScript peer", ahead],
    ["Training rows lost to PyTorch", of("training")],
    ["Forward rows lost to PyTorch", of("forward")],
  ];
}

export function printSummary(rows) {
  console.log(`\n${summary(rows).join("\n")}`);
  for (const [title, list] of lost(rows)) console.log(`\n${title}: ${list.length || "none"}\n  ${list.join("\n  ")}`);
}

const slowest = (list) => list.filter((v) => v !== null);

export function printCold(cold) {
  const heads = ["lanegrad", ...libraries].map((name) => titles[name].padStart(12)).join("");
  console.log(`\n${"first call in a fresh process, ms".padEnd(58)}${heads}`);
  for (const { name, first } of [importRow(cold), ...cold]) {
    const cells = ["lanegrad", ...libraries].map((l) => (first[l] === null ? "-" : round(first[l])).padStart(12));
    console.log(`${name.padEnd(58)}${cells.join("")}`);
  }
  const behind = cold.filter(({ first }) => first.lanegrad > Math.min(...slowest(libraries.map((l) => first[l]))));
  console.log(
    `\nFirst calls slower than a peer's: ${behind.length || "none"}\n  ${behind.map((r) => r.name).join("\n  ")}`,
  );
}

/** The import of each library: the median over all processes. */
function importRow(cold) {
  const middle = (library) => {
    const all = slowest(cold.map(({ loaded }) => loaded[library])).sort((a, b) => a - b);
    return all[all.length >> 1] ?? null;
  };
  return { name: "import", first: Object.fromEntries(["lanegrad", ...libraries].map((l) => [l, middle(l)])) };
}

function table(heads, lines) {
  const row = (cells) => `| ${cells.join(" | ")} |`;
  return [row(heads), row(heads.map((_, i) => (i === 0 ? "---" : "--:"))), ...lines.map(row)].join("\n");
}

function section({ machine, versions, rows, cold }) {
  const columns = [...libraries, ...(versions.torch ? ["torch"] : [])];
  const cell = ({ found, missing }, name) =>
    found[name] ? `${round(found[name].ms)} (${times(found[name].ratio)})` : (missing[name] ?? "-");
  const tables = ["forward", "training"].map((kind) => {
    const lines = rows
      .filter((row) => row.kind === kind)
      .map((row) => [row.name, round(row.found.lanegrad.ms), ...columns.map((name) => cell(row, name))]);
    return table([kind, "lanegrad", ...columns.map((name) => titles[name])], lines);
  });
  const all = ["lanegrad", ...libraries];
  const coldLines = [importRow(cold), ...cold].map(({ name, first }) => [
    name,
    ...all.map((l) => (first[l] === null ? "-" : round(first[l]))),
  ]);
  const lists = lost(rows).map(([title, list]) => `${title}: ${list.length > 0 ? list.join("; ") : "none"}.`);
  return [
    `## ${machine}`,
    `${Object.values(versions).slice(1).join(", ")}.`,
    summary(rows)
      .map((line) => `- ${line}`)
      .join("\n"),
    ...tables,
    ...lists,
    "The first call in a fresh process, from arrays to the result, in milliseconds of the clock (medians):",
    table(["first call", ...all.map((l) => titles[l])], coldLines),
  ].join("\n\n");
}

const file = (name) => new URL(name, import.meta.url);

const introduction = `# lanegrad against its peers

Written by \`node benchmarks/peers.mjs\`; \`--node <binary>\` runs it in another Node. Node 22 and newer run the relaxed SIMD build,
Node 20 the plain one.

Milliseconds a call, and in brackets how many times lanegrad's time that is: above 1 lanegrad is faster. All run on one thread. Every
round times all of them one after the other, in processor time of the process; shown is the median over the rounds, of the ratios
within a round too. Before a row is timed its result is compared with lanegrad's. jax-js has a process of its own, in which lanegrad
is timed again for the ratio. Each library is called as its users would: TensorFlow.js with its own layouts and fused ops,
jax-js under jit, onnxruntime-web with a model whose weights are constants; its API copies inputs and results, and that counts.
A training step is forward, loss, backward and the optimizer's step.

![Speed against the best JavaScript peer of each row](chart.svg)`;

/** Keeps one result for each major version of Node, and draws the newest. */
export function write(result) {
  let kept = {};
  try {
    kept = JSON.parse(readFileSync(file("results.json"), "utf8"));
  } catch {
    // the first run
  }
  kept[`node${process.versions.node.split(".")[0]}`] = result;
  writeFileSync(file("results.json"), `${JSON.stringify(kept, null, 1)}\n`);
  draw(kept);
  console.log("\nwritten: benchmarks/peers/results.json, README.md, chart.svg");
}

export function draw(kept) {
  const newest = Object.keys(kept).sort((a, b) => b.slice(4) - a.slice(4));
  const sections = newest.map((key) => section(kept[key]));
  writeFileSync(file("README.md"), `${[introduction, ...sections].join("\n\n")}\n`);
  writeFileSync(file("chart.svg"), chart(kept[newest[0]], { best, titles }));
}
