// Runs an example written in TypeScript against the built package, on any Node from 20 on: node examples/run.mjs digits/main.ts --epochs 3
import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const [file, ...flags] = process.argv.slice(2);
if (file === undefined) throw new Error("run: expected a file of this folder, such as digits/main.ts");
const source = new URL(file, import.meta.url).pathname;
const outfile = new URL(`../out/examples/${file.replace(/\.ts$/, ".mjs")}`, import.meta.url).pathname;
// Packages stay imports, "lanegrad" too: it resolves to the built package, as for a user
await build({
  entryPoints: [source],
  outfile,
  bundle: true,
  format: "esm",
  platform: "node",
  packages: "external",
  tsconfigRaw: {},
  logLevel: "warning",
});
process.argv = [process.argv[0], basename(file), ...flags];
await import(pathToFileURL(outfile).href);
