// wrangler builds examples/worker against the packed package, as `wrangler deploy` would: without a warning, the kernels attached as
// modules, nothing else but the example's own weights. It needs Node 22: node tests/runtimes/wrangler.mjs
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { installed, nodeBinary } from "./tools.mjs";

const node = nodeBinary(22);
const wrangler = installed("wrangler", "wrangler@4", "wrangler/bin/wrangler.js");
const folder = mkdtempSync(join(tmpdir(), "lanegrad-wrangler-"));
const home = join(folder, "lanegrad");
const worker = join(home, "examples/worker");
const out = join(folder, "out");

// the repository as it is laid out, with the packed files in place of the sources
mkdirSync(home);
const [{ filename }] = JSON.parse(execFileSync("npm", ["pack", "--json", "--pack-destination", folder]).toString());
execFileSync("tar", ["-xzf", join(folder, filename), "-C", home, "--strip-components=1"]);
for (const path of ["tsconfig.json", "examples/worker", "examples/reader"]) {
  cpSync(path, join(home, path), { recursive: true, filter: (file) => !file.includes("node_modules") });
}
mkdirSync(join(worker, "node_modules"));
symlinkSync(home, join(worker, "node_modules/lanegrad"));

const env = { PATH: process.env.PATH, HOME: folder, CI: "1", NO_COLOR: "1", WRANGLER_SEND_METRICS: "false" };
const { status, stdout, stderr } = spawnSync(node, [wrangler, "deploy", "--dry-run", "--outdir", out], {
  cwd: worker,
  env,
  encoding: "utf8",
});
const text = stdout + stderr;
const built = status === 0 ? readdirSync(out) : [];
const attached = built.filter((file) => !/^(index\.js(\.map)?|README\.md)$/.test(file));
const kernels = readdirSync(join(home, "dist")).filter((file) => file.endsWith(".wasm"));
const kinds = attached.map((file) => extname(file)).sort();
const expected = [".bin", ".safetensors", ...kernels.map(() => ".wasm")].sort();
// the text of the kernels belongs to the other entry
const inlined = status === 0 && readFileSync(join(out, "index.js"), "utf8").includes("new WebAssembly.Module");
const ok = status === 0 && !/warning|error/i.test(text) && `${kinds}` === `${expected}` && !inlined;
console.log(
  `${ok ? "ok    " : "FAILED"} wrangler deploy --dry-run: ${/Total Upload.*/.exec(text)?.[0]}; ${attached.join(" ")}`,
);
if (!ok) console.log(text, inlined ? "the kernels are inlined" : "");
rmSync(folder, { recursive: true, force: true });
process.exit(ok ? 0 : 1);
