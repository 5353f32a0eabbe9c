// Runs package.test.mjs against the packed tarball in every runtime: node tests/runtimes/run.mjs [name ...]
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { workerConfig } from "./serve-workerd.mjs";
import { nodeBinary } from "./tools.mjs";

const bin = (name) => resolve("node_modules/.bin", name);
const folder = mkdtempSync(join(tmpdir(), "lanegrad-"));
const home = join(folder, "node_modules/lanegrad");

/** The package as a user gets it, alone in an empty folder. */
function unpack() {
  mkdirSync(home, { recursive: true });
  const [{ filename }] = JSON.parse(execFileSync("npm", ["pack", "--json", "--pack-destination", folder]).toString());
  execFileSync("tar", ["-xzf", join(folder, filename), "-C", home, "--strip-components=1"]);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  cpSync("tests/runtimes", folder, { recursive: true });
}

/**
 * In workerd the tests are one bundle with small stand-ins for node:test and node:assert. Without its condition the kernels are
 * compiled at the start, which workerd allows from the given date on: so run bundles of tools that know no conditions, and JSR's.
 */
async function workerd(conditions = ["workerd", "worker", "browser"]) {
  rmSync(join(folder, "worker"), { recursive: true, force: true });
  await build({
    entryPoints: [join(folder, "workerd.mjs")],
    absWorkingDir: folder,
    bundle: true,
    format: "esm",
    outfile: join(folder, "worker/worker.js"),
    conditions,
    loader: { ".wasm": "copy" },
    assetNames: "[name]",
    // "sideEffects": false would drop the tests themselves
    ignoreAnnotations: true,
    alias: {
      "node:test": "./shims/test.mjs",
      "node:assert/strict": "./shims/assert.mjs",
    },
  });
  writeFileSync(join(folder, "worker/test.capnp"), workerConfig(join(folder, "worker")));
  return [bin("workerd"), ["test", "worker/test.capnp"]];
}

/** The same, asked over HTTP. */
async function workerdHttp() {
  const [binary] = await workerd();
  return [process.execPath, ["over-http.mjs", binary, "worker/test.capnp"]];
}

const node = (major) => [nodeBinary(major), ["--test", "package.test.mjs"]];

const runtimes = {
  node: () => [process.execPath, ["--test", "package.test.mjs"]],
  node22: () => node(22),
  node24: () => node(24),
  node26: () => node(26),
  deno: () => [bin("deno"), ["test", "--no-prompt", "--no-check", "package.test.mjs"]],
  bun: () => [bin("bun"), ["test", "package.test.mjs"]],
  workerd: () => workerd(),
  "workerd over HTTP": workerdHttp,
  "workerd without its condition": () => workerd(["browser"]),
};

const wanted = process.argv.slice(2);
const names =
  wanted.length > 0
    ? wanted
    : ["node", "deno", "bun", ...Object.keys(runtimes).filter((name) => name.startsWith("workerd"))];
let failed = 0;
try {
  unpack();
  for (const name of names) {
    const [command, args] = await runtimes[name]();
    const started = performance.now();
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: "utf8" });
    // every runner prints how many passed; a run of no test is a failure
    const passed = Number(/(\d+) pass|pass (\d+)/.exec(`${stdout}${stderr}`)?.slice(1).find(Boolean) ?? 0);
    const ok = status === 0 && passed > 0;
    console.log(
      `${ok ? "ok    " : "FAILED"} ${name}: ${passed} passed in ${Math.round(performance.now() - started)} ms`,
    );
    if (!ok) {
      failed++;
      console.log(stdout, stderr);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failed === 0 ? 0 : 1);
