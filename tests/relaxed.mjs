// The whole suite once more where the engine has relaxed SIMD, so that both builds of the kernels pass it: Node 24 from npm.
import { spawnSync } from "node:child_process";
import { nodeBinary } from "./runtimes/tools.mjs";

const { status } = spawnSync(nodeBinary(24), ["node_modules/vitest/vitest.mjs", "run"], { stdio: "inherit" });
process.exit(status ?? 1);
