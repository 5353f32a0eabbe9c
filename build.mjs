// Builds dist/: the package's entries with the kernels inlined, the same for Workers that import them as modules, and the declarations.
import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, rmSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { transform } from "esbuild";
import { rollup } from "rollup";
import { minify } from "terser";

rmSync("dist", { recursive: true, force: true });

/** The package's exports: a file each, and one (core) for what they share, so that it is there once whatever is imported. */
const entries = ["index", "nn/index", "optim/index", "ops/index", "data/index", "io/index"];
const shared = /\/src\/((ops|wasm)\/|[^/]+$|nn\/(module|parameter|repr)\.ts|optim\/(optimizer|plateau|scheduler)\.ts)/;

const typescript = {
  name: "typescript",
  load: async (id) => (await transform(readFileSync(id, "utf8"), { loader: "ts", target: "es2022" })).code,
};
/** Without blanks, but with its names, which errors, prints and stack traces show, and with what tells bundlers of calls they may drop. */
const minified = {
  name: "minified",
  renderChunk: (code) =>
    minify(code, {
      ecma: 2020,
      compress: { ecma: 2020, passes: 2, inline: 0, reduce_funcs: false, keep_classnames: true, keep_fnames: true },
      mangle: { module: false, toplevel: false, keep_classnames: true, keep_fnames: true },
      format: { preserve_annotations: true },
    }),
};
/** In Workers the kernels are a static import, for they compile no bytes at run time. */
const workerd = {
  name: "workerd",
  resolveId: (id, from) =>
    /^\.\/module-\w+\.ts$/.test(id) ? resolve(dirname(from), id.replace(/\.ts$/, ".workerd.ts")) : null,
};
/** The root names the other entries without taking them in, so that bundlers leave out what is not used of them. */
const apart = (end) => ({
  name: "apart",
  resolveId: (id, from) =>
    from?.endsWith("/src/index.ts") && entries.includes(id.slice(2, -3))
      ? { id: id.replace(/\.ts$/, end), external: true }
      : null,
});

async function bundle(end, plugins) {
  const output = await rollup({
    input: Object.fromEntries(entries.map((entry) => [entry, `src/${entry}.ts`])),
    external: /\.wasm$/,
    makeAbsoluteExternalsRelative: false,
    // package.json speaks of dist, where Tensor's methods lie beside it
    treeshake: { moduleSideEffects: (id) => id.endsWith("/ops/methods.ts") },
    plugins: [...plugins, apart(end), typescript, minified],
    onLog: (_, log) => {
      throw new Error(log.message);
    },
  });
  await output.write({
    dir: "dist",
    entryFileNames: `[name]${end}`,
    chunkFileNames: `[name]${end}`,
    hoistTransitiveImports: false,
    manualChunks(id) {
      // by itself, so that a Worker without layers is deployed without their kernels
      if (id.endsWith("/module-layers.workerd.ts")) return "layers";
      return shared.test(id) && !/\/src\/(ops\/)?index\.ts$/.test(id) ? "core" : null;
    },
  });
}
await bundle(".js", []);
await bundle(".workerd.js", [workerd]);
for (const part of ["core", "layers"]) copyFileSync(`build/${part}.relaxed.wasm`, `dist/${part}.wasm`);

execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"], { stdio: "inherit" });
