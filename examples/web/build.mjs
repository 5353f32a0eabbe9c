// Builds the page into out/web, ready for any static server: node examples/web/build.mjs
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { build } from "esbuild";
import { packageAlias } from "../alias.mjs";

const here = new URL(".", import.meta.url).pathname;
const out = new URL("../../out/web/", import.meta.url).pathname;
const weights = new URL("../reader/reader.safetensors", import.meta.url).pathname;
if (!existsSync(weights)) throw new Error("build: no weights yet; run: node examples/run.mjs reader/train.ts");

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
await build({
  entryPoints: [`${here}src/main.ts`, `${here}src/learner.ts`],
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  // the built package; a project of your own finds it in its node_modules
  alias: packageAlias("default"),
  tsconfigRaw: {},
});
const chart = createRequire(import.meta.url).resolve("uplot/dist/uPlot.min.css");
writeFileSync(`${out}style.css`, readFileSync(chart, "utf8") + readFileSync(`${here}style.css`, "utf8"));
copyFileSync(`${here}index.html`, `${out}index.html`);
copyFileSync(weights, `${out}reader.safetensors`);

/** Labels and pictures as src/digits.ts reads them; every tenth digit is held out. */
const parts = { train: { labels: [], pixels: [] }, test: { labels: [], pixels: [] } };
const { resolve } = createRequire(import.meta.url);
let index = 0;
for (let digit = 0; digit < 10; digit++) {
  const { data } = JSON.parse(readFileSync(resolve(`mnist/src/digits/${digit}.json`), "utf8"));
  for (let at = 0; at + 784 <= data.length; at += 784, index++) {
    const part = index % 10 === 9 ? parts.test : parts.train;
    part.labels.push(digit);
    part.pixels.push(data.slice(at, at + 784));
  }
}
for (const [name, { labels, pixels }] of Object.entries(parts)) {
  const bytes = new Uint8Array(4 + labels.length * (1 + 392));
  new DataView(bytes.buffer).setUint32(0, labels.length, true);
  bytes.set(labels, 4);
  const nibbles = pixels.flat().map((v) => Math.round(v * 15));
  for (let i = 0; i < nibbles.length; i += 2) bytes[4 + labels.length + i / 2] = nibbles[i] * 16 + nibbles[i + 1];
  writeFileSync(`${out}${name}.bin`, bytes);
}
console.log("Written: out/web. Serve it with: node examples/serve.mjs out/web");
