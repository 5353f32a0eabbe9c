// What the tests of the examples stand on: the built package, trained weights, and the Worker bundled as wrangler does it.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { packageAlias } from "../../examples/alias.mjs";

export const root: string = fileURLToPath(new URL("../..", import.meta.url));

/** @throws Error unless `npm run build` and `npm run weights` have run, as `npm test` does. */
export function checkPrepared(): void {
  for (const [file, command] of [
    ["dist/index.js", "npm run build"],
    ["examples/reader/rehearsal.bin", "npm run weights"],
  ]) {
    if (!existsSync(`${root}${file}`)) throw new Error(`the examples need ${file}: ${command}`);
  }
}

/** Bundles a Worker into `outdir`/index.js with wrangler's conditions; .wasm and .safetensors lie beside it. */
export async function bundleWorker(entry: string, outdir: string): Promise<void> {
  await build({
    entryPoints: [entry],
    outdir,
    bundle: true,
    format: "esm",
    conditions: ["workerd", "worker", "browser"],
    loader: { ".wasm": "copy", ".safetensors": "copy", ".bin": "copy" },
    assetNames: "[name]",
    external: ["cloudflare:workers"],
    alias: packageAlias("workerd"),
    tsconfigRaw: {},
    logLevel: "warning",
  });
}
