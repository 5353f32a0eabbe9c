// The README's path from training to a Worker: its code stands there as it is in examples/colors, and runs.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageAlias } from "../../examples/alias.mjs";
import { loadSafetensors, type Tensor } from "../../src/index.ts";
import { close, fixtures } from "../check.ts";
import { bundleWorker, checkPrepared, root } from "./prepare.ts";

const source = `${root}examples/colors`;
const folder = mkdtempSync(join(tmpdir(), "lanegrad-colors-"));
const pytorch = new Uint8Array(Buffer.from(fixtures<{ file: string }>("colors").file, "base64"));
const lines = (file: string): number => readFileSync(`${source}/${file}`, "utf8").split("\n").filter(Boolean).length;

describe("the path from training to a Worker", () => {
  it.each(["train.py", "train.ts", "model.ts", "worker.ts", "wrangler.jsonc"])(
    "%s stands in the README as it is",
    (file) => {
      const language = file.slice(file.lastIndexOf(".") + 1);
      const block = `\`\`\`${language}\n${readFileSync(`${source}/${file}`, "utf8")}\`\`\``;
      expect(readFileSync(`${root}README.md`, "utf8").includes(block)).toBe(true);
    },
  );

  it.each(["train.py", "train.ts"])("takes less than 40 lines from %s", (training) => {
    const all = [training, "model.ts", "worker.ts", "wrangler.jsonc"].map(lines);
    expect(all.reduce((a, b) => a + b)).toBeLessThan(40);
  });
});

/** The Worker with these weights beside it. */
async function start(weights: Uint8Array): Promise<Miniflare> {
  const home = mkdtempSync(join(folder, "worker-"));
  for (const file of ["worker.ts", "model.ts"]) cpSync(`${source}/${file}`, join(home, file));
  writeFileSync(join(home, "weights.safetensors"), weights);
  await bundleWorker(join(home, "worker.ts"), join(home, "bundle"));
  return new Miniflare({
    cf: false,
    modules: true,
    modulesRoot: join(home, "bundle"),
    rootPath: join(home, "bundle"),
    scriptPath: "worker.js",
    modulesRules: [
      { type: "CompiledWasm", include: ["**/*.wasm"] },
      { type: "Data", include: ["**/*.safetensors"] },
      { type: "ESModule", include: ["**/*.js"] },
    ],
    compatibilityDate: "2026-04-01",
  });
}

/** What `node train.ts` writes. */
async function train(): Promise<Uint8Array> {
  const home = join(folder, "train");
  mkdirSync(home);
  await build({
    entryPoints: [`${source}/train.ts`],
    outfile: join(home, "train.mjs"),
    bundle: true,
    format: "esm",
    platform: "node",
    alias: packageAlias("default"),
    tsconfigRaw: {},
  });
  execFileSync(process.execPath, ["train.mjs"], { cwd: home });
  return new Uint8Array(readFileSync(join(home, "weights.safetensors")));
}

let trained: Uint8Array;
beforeAll(async () => {
  checkPrepared();
  trained = await train();
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("Node writes the weights that PyTorch writes", () => {
  const ours = loadSafetensors(trained);
  const theirs = loadSafetensors(pytorch);
  expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
  for (const [name, t] of Object.entries(theirs)) {
    expect(ours[name]?.shape, name).toEqual(t.shape);
    close((ours[name] as Tensor).data, t.data, { rtol: 0, atol: 2e-5 });
  }
});

it.each([
  ["PyTorch", () => pytorch],
  ["Node", () => trained],
])("the Worker serves the weights of %s", async (_, weights) => {
  const worker = await start(weights());
  try {
    const url = await worker.ready;
    const ask = (query: string): Promise<Response> => fetch(new URL(query, url));
    let [right, all] = [0, 0];
    const steps = [0, 51, 102, 153, 204, 255];
    for (const r of steps) {
      for (const g of steps) {
        for (const b of steps) {
          const color = [r, g, b].map((v) => v.toString(16).padStart(2, "0")).join("");
          const text = await (await ask(`/?color=${color}`)).text();
          expect(["black text", "white text"]).toContain(text);
          const isLight = 0.299 * r + 0.587 * g + 0.114 * b > 127.5;
          if ((text === "black text") === isLight) right++;
          all++;
        }
      }
    }
    expect(right / all).toBeGreaterThan(0.97);
    for (const bad of ["/", "/?color=", "/?color=red", "/?color=12345", "/?color=1234567", "/?color=%00%00%00"]) {
      const answer = await ask(bad);
      expect([answer.status, await answer.text()], bad).toEqual([400, "expected ?color=rrggbb"]);
    }
  } finally {
    await worker.dispose();
  }
});
