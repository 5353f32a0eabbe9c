// wrangler builds examples/worker and examples/colors against the packed package, as `wrangler deploy` would: without a warning, the
// kernels attached as modules, nothing else but each example's own data. It needs Node 22: node tests/runtimes/wrangler.mjs
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { installed, nodeBinary } from "./tools.mjs";

const node = nodeBinary(22);
const wrangler = installed("wrangler", "wrangler@4", "wrangler/bin/wrangler.js");
const folder = mkdtempSync(join(tmpdir(), "lanegrad-wrangler-"));
const home = join(folder, "lanegrad");
const env = { PATH: process.env.PATH, HOME: folder, CI: "1", NO_COLOR: "1", WRANGLER_SEND_METRICS: "false" };

/** The repository as it is laid out, with the packed files in place of the sources. */
function unpack() {
  mkdirSync(home);
  const [{ filename }] = JSON.parse(execFileSync("npm", ["pack", "--json", "--pack-destination", folder]).toString());
  execFileSync("tar", ["-xzf", join(folder, filename), "-C", home, "--strip-components=1"]);
  for (const path of ["tsconfig.json", "examples/worker", "examples/reader", "examples/colors"]) {
    cpSync(path, join(home, path), { recursive: true, filter: (file) => !file.includes("node_modules") });
  }
  mkdirSync(join(home, "examples/worker/node_modules"));
  symlinkSync(home, join(home, "examples/worker/node_modules/lanegrad"));
  const { file } = JSON.parse(readFileSync("tests/fixtures/colors.json", "utf8"));
  writeFileSync(join(home, "examples/colors/weights.safetensors"), Buffer.from(file, "base64"));
}

/** Whether wrangler builds the example with these kinds of data and the kernels attached, and nothing else. */
function builds(example, data) {
  const out = join(folder, `out-${example}`);
  const { status, stdout, stderr } = spawnSync(node, [wrangler, "deploy", "--dry-run", "--outdir", out], {
    cwd: join(home, "examples", example),
    env,
    encoding: "utf8",
  });
  const text = stdout + stderr;
  const built = status === 0 ? readdirSync(out) : [];
  const attached = built.filter((file) => !/\.js(\.map)?$|^README\.md$/.test(file));
  const kernels = readdirSync(join(home, "dist")).filter((file) => file.endsWith(".wasm"));
  const expected = [...data, ...kernels.map(() => ".wasm")].sort();
  const scripts = built.filter((file) => file.endsWith(".js"));
  // the text of the kernels belongs to the other entry
  const inlined = scripts.some((file) => readFileSync(join(out, file), "utf8").includes("new WebAssembly.Module"));
  const fits = `${attached.map((file) => extname(file)).sort()}` === `${expected}`;
  const ok = status === 0 && !/warning|error/i.test(text) && fits && !inlined;
  console.log(`${ok ? "ok    " : "FAILED"} wrangler, ${example}: ${/Total Upload.*/.exec(text)?.[0]}`);
  if (!ok) console.log(text, attached.join(" "), inlined ? "the kernels are inlined" : "");
  return ok;
}

unpack();
const results = [builds("worker", [".bin", ".safetensors"]), builds("colors", [".safetensors"])];
rmSync(folder, { recursive: true, force: true });
process.exit(results.every(Boolean) ? 0 : 1);
