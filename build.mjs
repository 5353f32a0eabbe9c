// Builds dist/: the package's entries with the kernels inlined, the same for Workers that import them as modules, and the declarations.
import { execFileSync } from "node:child_process";
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { transform } from "esbuild";
import { rollup } from "rollup";
import { minify } from "terser";
import { parts as modules } from "./assembly/parts.mjs";

rmSync("dist", { recursive: true, force: true });

/** The parts of the package: all code lies in one file, core, and a part is the list of what it takes from there. */
const parts = ["bare", "nn/index", "optim/index", "ops/index", "data/index", "io/index"];

const typescript = {
  name: "typescript",
  load: async (id) =>
    (await transform(readFileSync(id.split("?")[0], "utf8"), { loader: "ts", target: "es2022" })).code,
};
/** Without blanks, but with its names, which errors, prints and stack traces show, and with what tells bundlers of calls they may drop. */
const minified = {
  name: "minified",
  renderChunk: (code) =>
    minify(code, {
      ecma: 2020,
      compress: { ecma: 2020, passes: 2, inline: 0, reduce_funcs: false, keep_classnames: true, keep_fnames: true },
      mangle: { module: false, toplevel: false, keep_classnames: true, keep_fnames: true },
      // all ASCII: one other character makes engines keep the whole file in two bytes a character
      format: { preserve_annotations: true, ascii_only: true },
    }),
};
/** Another file in the place of modules.ts, which says how the kernels get to the engine. */
const kernelsOf = (runtime) => ({
  name: runtime,
  resolveId: (id, from) => (id === "./modules.ts" ? resolve(dirname(from), `modules.${runtime}.ts`) : null),
});
const base64 = {
  name: "base64",
  resolveId: (id) => (id.endsWith("?base64") ? id : null),
  load(id) {
    const part = /^\.\/(\w+)\.wasm\?base64$/.exec(id)?.[1];
    return part ? `export default "${readFileSync(`build/${part}.relaxed.wasm`).toString("base64")}"` : null;
  },
};
/**
 * The root, twice: `index` names the parts' files, so that bundlers tell what is used of nn from what is not; `whole` is for
 * runtimes, which load two files instead of eight (2.5 ms of a start in Node).
 */
const root = (end) => ({
  name: "root",
  resolveId(id, from) {
    if (id === "whole") return `${resolve("src/index.ts")}?whole`;
    const part = id.slice(2, -3);
    if (!from?.endsWith("/src/index.ts") || !parts.includes(part)) return null;
    return { id: `./${part}${end}`, external: true };
  },
});

async function bundle(end, roots, plugins) {
  const output = await rollup({
    input: { ...roots, ...Object.fromEntries(parts.map((part) => [part, `src/${part}.ts`])) },
    external: /\.wasm$/,
    makeAbsoluteExternalsRelative: false,
    treeshake: { moduleSideEffects: (id) => /\/src\/(index|bare)\.ts/.test(id) },
    plugins: [...plugins, root(end), typescript, minified],
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
      // by itself, so that a Worker that uses none of its kernels does not load them (wrangler uploads them all the same)
      const own = /\/module-(\w+)\.workerd\.ts$/.exec(id)?.[1] ?? "core";
      if (own !== "core") return own;
      return /\/src\/(index|bare)\.ts/.test(id) ? null : "core";
    },
  });
}
await bundle(".js", { index: "src/index.ts", whole: "whole" }, []);
await bundle(".workerd.js", { index: "src/index.ts" }, [kernelsOf("workerd")]);
await bundle(".deno.js", { index: "whole" }, [kernelsOf("deno"), base64]);
for (const kernels of modules) copyFileSync(`build/${kernels}.relaxed.wasm`, `dist/${kernels}.wasm`);

execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"], { stdio: "inherit" });
// tsc leaves the endings of imports in declarations as they are, and Deno finds no index.ts where a package is linked
for (const file of readdirSync("dist", { recursive: true }).filter((name) => name.endsWith(".d.ts"))) {
  const text = readFileSync(`dist/${file}`, "utf8");
  writeFileSync(`dist/${file}`, text.replace(/((?:from |import\()"\.{1,2}\/[^"]+)\.ts"/g, '$1.js"'));
}
