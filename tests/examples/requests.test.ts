// 200 concurrent requests of one Worker, which wait between all that they do, never see each other's tensors, scopes or noGrad.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Miniflare } from "miniflare";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bundleWorker, checkPrepared, root } from "./prepare.ts";

const folder = mkdtempSync(join(tmpdir(), "lanegrad-requests-"));
let miniflare: Miniflare;

beforeAll(async () => {
  checkPrepared();
  await bundleWorker(`${root}tests/examples/requests-worker.ts`, folder);
  miniflare = new Miniflare({
    cf: false,
    modules: true,
    modulesRoot: folder,
    rootPath: folder,
    scriptPath: "requests-worker.js",
    modulesRules: [
      { type: "CompiledWasm", include: ["**/*.wasm"] },
      { type: "ESModule", include: ["**/*.js"] },
    ],
    compatibilityDate: "2026-04-01",
  });
}, 60_000);
afterAll(async () => {
  await miniflare?.dispose();
  rmSync(folder, { recursive: true, force: true });
});

it("200 requests at a time keep apart, three times over", async () => {
  const url = await miniflare.ready;
  for (let wave = 0; wave < 3; wave++) {
    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, id) => (await fetch(new URL(`/?id=${id}`, url))).json()),
    );
    expect(answers.flat()).toEqual([]);
  }
});
