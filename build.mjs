// Builds dist/: one entry with the kernels inlined, one for Workers that imports them as a module, and the declarations.
import { execFileSync } from "node:child_process";
import { copyFileSync, rmSync } from "node:fs";
import { basename } from "node:path";
import { build } from "esbuild";

rmSync("dist", { recursive: true, force: true });

/** In Workers the kernels are a static import, for they compile no bytes at run time. */
const workerd = {
  name: "workerd",
  setup({ onResolve }) {
    onResolve({ filter: /\/module-\w+\.ts$/ }, ({ path, resolveDir }) =>
      resolveDir.endsWith("wasm") ? { path: `${resolveDir}/${basename(path, ".ts")}.workerd.ts` } : undefined,
    );
    onResolve({ filter: /\.wasm$/ }, ({ path }) => ({ path, external: true }));
  },
};
const common = {
  entryPoints: ["src/index.ts"],
  bundle: true,
  format: "esm",
  target: "es2022",
  // Tensor's methods are attached by a module whose exports nobody names
  ignoreAnnotations: true,
};
await build({ ...common, outfile: "dist/index.js" });
await build({ ...common, outfile: "dist/index.workerd.js", plugins: [workerd] });
for (const part of ["core", "layers"]) copyFileSync(`build/${part}.relaxed.wasm`, `dist/${part}.wasm`);

execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"], { stdio: "inherit" });
