// The Worker over HTTP, with a real Durable Object in workerd: answers, refusals, learning, restarts, load.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadSafetensors, type MemoryReport } from "../../src/index.ts";
import { bundleWorker, checkPrepared, root } from "./prepare.ts";

const folder = mkdtempSync(join(tmpdir(), "lanegrad-worker-"));
let miniflare: Miniflare;
let url: URL;

async function start(): Promise<void> {
  miniflare = new Miniflare({
    cf: false,
    modules: true,
    modulesRoot: `${folder}/bundle`,
    rootPath: `${folder}/bundle`,
    scriptPath: "index.js",
    modulesRules: [
      { type: "CompiledWasm", include: ["**/*.wasm"] },
      { type: "Data", include: ["**/*.safetensors", "**/*.bin"] },
      { type: "ESModule", include: ["**/*.js"] },
    ],
    compatibilityDate: "2026-04-01",
    durableObjects: { TRAINER: { className: "Trainer", useSQLite: true } },
    durableObjectsPersist: `${folder}/objects`,
  });
  url = await miniflare.ready;
}

/** Held-out digits of each class: pixels from 0 to 1. */
const { resolve } = createRequire(import.meta.url);
const heldOut: number[][][] = Array.from({ length: 10 }, (_, digit) => {
  const { data } = JSON.parse(readFileSync(resolve(`mnist/src/digits/${digit}.json`), "utf8")) as { data: number[] };
  return Array.from({ length: 20 }, (_, i) => data.slice((10 * i + 9) * 784, (10 * i + 10) * 784));
});

const picture = (digit: number, i: number): number[] => [...((heldOut[digit] as number[][])[i] as number[])];

interface Reading {
  digit: number;
  probabilities: number[];
  version: number;
}

const ask = (path: string, body: unknown, init: RequestInit = {}): Promise<Response> =>
  fetch(new URL(path, url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    ...init,
  });
const read = async (pixels: number[]): Promise<Reading> => (await ask("/digit", { pixels })).json() as Promise<Reading>;
const status = async (): Promise<{ version: number; corrections: number; memory: MemoryReport }> =>
  (await fetch(new URL("/status", url))).json() as never;

/** Part of the held-out digits that the Worker reads right. */
async function accuracy(): Promise<number> {
  const all = heldOut.flatMap((digits, label) => digits.map(async (pixels) => (await read(pixels)).digit === label));
  return (await Promise.all(all)).filter(Boolean).length / all.length;
}

/** The most memory that workerd has taken, the runtime itself included. */
function mostMegabytes(): number {
  const own = readdirSync("/proc").filter((pid) => {
    const text = /^\d+$/.test(pid) && existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, "utf8") : "";
    return text.includes("(workerd)") && text.split(") ")[1]?.split(" ")[1] === String(process.pid);
  });
  expect(own.length).toBe(1);
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${own[0]}/status`, "utf8"))?.[1]) / 1024;
}

beforeAll(async () => {
  checkPrepared();
  await bundleWorker(`${root}examples/worker/src/index.ts`, `${folder}/bundle`);
  await start();
}, 60_000);
afterAll(async () => {
  await miniflare?.dispose();
  rmSync(folder, { recursive: true, force: true });
});

describe("the Worker", () => {
  it("reads digits it has never seen", async () => {
    expect(await accuracy()).toBeGreaterThanOrEqual(0.95);
    const { digit, probabilities, version } = await read(picture(3, 0));
    expect([digit, version]).toEqual([3, 0]);
    expect(probabilities.length).toBe(10);
    expect(probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
  });

  it("takes pixels as bytes too, with the same answer", async () => {
    const pixels = picture(7, 1).map((v) => Math.round(v * 255) / 255);
    const bytes = Uint8Array.from(pixels, (v) => Math.round(v * 255));
    const headers = { "content-type": "application/octet-stream" };
    const answer = await ask("/digit", null, { headers, body: bytes });
    expect(((await answer.json()) as Reading).probabilities).toEqual((await read(pixels)).probabilities);
  });

  it("tells what it can do", async () => {
    const answer = await fetch(url);
    expect(Object.keys((await answer.json()) as object)).toEqual([
      "POST /digit",
      "POST /correct",
      "GET /model",
      "GET /status",
    ]);
  });

  const blank = new Array(784).fill(0);
  const bad: [string, string, unknown, RequestInit, number, RegExp][] = [
    ["no such path", "/digits", {}, {}, 404, /no \/digits here: there are \/ \/digit/],
    ["a path of the prototype", "/constructor", {}, {}, 404, /no \/constructor here/],
    ["GET of /digit", "/digit", null, { method: "GET", body: null }, 405, /\/digit takes POST, not GET/],
    ["DELETE", "/model", null, { method: "DELETE", body: null }, 405, /takes GET, not DELETE/],
    ["no content type", "/digit", null, { headers: {}, body: new Uint8Array(784) }, 415, /content-type .* got none/],
    ["text", "/digit", null, { headers: { "content-type": "text/plain" }, body: "7" }, 415, /got text\/plain/],
    ["no JSON", "/digit", null, { body: "{" }, 400, /the body is not JSON/],
    ["bytes that are no UTF-8", "/digit", null, { body: Uint8Array.of(0x22, 0xff, 0x22) }, 400, /not JSON/],
    ["an empty body", "/digit", null, { body: "" }, 400, /not JSON/],
    ["null", "/digit", null, {}, 400, /expected an object with "pixels"/],
    ["no pixels", "/digit", {}, {}, 400, /expected an object with "pixels"/],
    [
      "pixels that are text",
      "/digit",
      { pixels: "x" },
      {},
      400,
      /expected pixels as a list of 784 numbers, got string/,
    ],
    ["pixels that are null", "/digit", { pixels: null }, {}, 400, /got null/],
    ["too few pixels", "/digit", { pixels: [1, 2] }, {}, 400, /expected 784 pixels \(28 x 28\), got 2/],
    ["a pixel above 1", "/digit", { pixels: [...blank.slice(1), 2] }, {}, 400, /from 0 to 1, got 2 at 783/],
    ["a pixel that is text", "/digit", { pixels: ["0", ...blank.slice(1)] }, {}, 400, /got "0" at 0/],
    ["a pixel that is null", "/digit", { pixels: [null, ...blank.slice(1)] }, {}, 400, /got null at 0/],
    [
      "too few bytes",
      "/digit",
      null,
      { headers: { "content-type": "application/octet-stream" }, body: new Uint8Array(783) },
      400,
      /784 pixels .* got 783/,
    ],
    ["a body without end", "/digit", null, { body: " ".repeat(40_000) }, 413, /larger than 32768 bytes/],
    [
      "a correction in bytes",
      "/correct",
      null,
      { headers: { "content-type": "application/octet-stream" }, body: new Uint8Array(784) },
      415,
      /application\/json/,
    ],
    ["no label", "/correct", { pixels: blank }, {}, 400, /expected an object with "label"/],
    [
      "a label of ten",
      "/correct",
      { pixels: blank, label: 10 },
      {},
      400,
      /label to be a whole number from 0 to 9, got 10/,
    ],
    ["a label that is text", "/correct", { pixels: blank, label: "7" }, {}, 400, /got "7"/],
    ["a broken label", "/correct", { pixels: blank, label: 1.5 }, {}, 400, /got 1.5/],
  ];
  it.each(bad)("refuses %s", async (_, path, body, init, code, reason) => {
    const answer = await ask(path, body, init);
    expect(answer.status).toBe(code);
    expect(((await answer.json()) as { error: string }).error).toMatch(reason);
  });

  it("refuses a body that breaks off, and answers the next", async () => {
    const head =
      "POST /digit HTTP/1.1\r\nHost: digits\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    const answer = await new Promise<string>((done, fail) => {
      const socket = connect(Number(url.port), url.hostname, () => socket.write(`${head}4\r\n{"pi\r\nZZ\r\n`));
      socket.once("data", (text) => {
        socket.destroy();
        done(String(text));
      });
      socket.once("error", fail);
    });
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).toMatch(/the body broke off, or its chunks are damaged/);
    expect((await read(picture(3, 0))).digit).toBe(3);
  });

  it("changes nothing by what it refused", async () => {
    expect((await status()).corrections).toBe(0);
  });

  it("learns a correction, forgets little, and keeps it over a restart", async () => {
    const before = await accuracy();
    // a seven upside down is no digit: it may become any
    const odd = picture(7, 3).reverse();
    const label = ((await read(odd)).digit + 5) % 10;
    const lesson = (await (await ask("/correct", { pixels: odd, label })).json()) as {
      before: Reading;
      after: Reading;
      corrections: number;
    };
    expect(lesson.corrections).toBe(1);
    expect(lesson.before.digit).not.toBe(label);
    expect(lesson.after.digit).toBe(label);
    expect(await read(odd)).toEqual({ ...lesson.after, version: 1 });
    expect(await accuracy()).toBeGreaterThan(before - 0.06);

    await miniflare.dispose();
    await start();
    await status();
    // the first request after a start answers from the pretrained weights and fetches the learned ones behind it
    await read(odd);
    await expect.poll(() => read(odd), { timeout: 5000 }).toEqual({ ...lesson.after, version: 1 });
    const second = (await (await ask("/correct", { pixels: odd, label })).json()) as { corrections: number };
    expect(second.corrections).toBe(2);
  });

  it("gives its weights as safetensors", async () => {
    const answer = await fetch(new URL("/model", url));
    const state = loadSafetensors(new Uint8Array(await answer.arrayBuffer()));
    expect(Object.keys(state).sort()).toEqual([
      "conv1.bias",
      "conv1.weight",
      "conv2.bias",
      "conv2.weight",
      "fc.bias",
      "fc.weight",
    ]);
  });
});

describe("under load", () => {
  it("200 concurrent requests get the answers that each gets alone, within 128 MB", async () => {
    const digits = heldOut.flat();
    const alone: Reading[] = [];
    for (const pixels of digits) alone.push(await read(pixels));
    // every tenth is refused while the others are read
    const mixed = await Promise.all(digits.map((p, i) => (i % 10 === 9 ? ask("/digit", { pixels: [i] }) : read(p))));
    for (const [i, answer] of mixed.entries()) {
      if (answer instanceof Response) expect(answer.status).toBe(400);
      else expect(answer).toEqual(alone[i]);
    }
    expect((await status()).memory.heapBytes).toBeLessThan(32 << 20);
    expect(mostMegabytes()).toBeLessThan(128);
  });

  it("corrections in the middle of it all leave every answer whole", async () => {
    const digits = heldOut.flat();
    const answers = await Promise.all(
      digits.map((pixels, i) =>
        i % 20 === 0 ? ask("/correct", { pixels, label: Math.floor(i / 20) }) : ask("/digit", { pixels }),
      ),
    );
    expect(answers.map((answer) => answer.status)).toEqual(digits.map(() => 200));
    expect(await accuracy()).toBeGreaterThanOrEqual(0.9);
  });

  it("holds as many live bytes after 1,000 requests as after 10", async () => {
    const digits = heldOut.flat();
    const some = async (count: number): Promise<number> => {
      for (let i = 0; i < count; i += 50) {
        await Promise.all(
          Array.from({ length: Math.min(50, count - i) }, (_, j) => {
            const pixels = digits[(i + j) % digits.length];
            return j === 7
              ? ask("/correct", { pixels, label: Math.floor(((i + j) % digits.length) / 20) })
              : ask("/digit", { pixels });
          }),
        );
      }
      return (await status()).memory.liveBytes;
    };
    const few = await some(10);
    expect(await some(1000)).toBe(few);
  });
});

describe("a stored run that does not fit", () => {
  it("is left behind for the pretrained weights", async () => {
    await miniflare.dispose();
    // the next version of the Worker knows runs of another form only
    const script = readFileSync(`${folder}/bundle/index.js`, "utf8");
    const next = script.replaceAll("lanegrad_checkpoint", "lanegrad_run");
    expect(next).not.toBe(script);
    writeFileSync(`${folder}/bundle/index.js`, next);
    await start();
    expect((await status()).corrections).toBe(0);
    expect(await accuracy()).toBeGreaterThanOrEqual(0.95);
    const lesson = await ask("/correct", { pixels: picture(4, 2), label: 4 });
    expect(((await lesson.json()) as { corrections: number }).corrections).toBe(1);
    await miniflare.dispose();
    await start();
    expect((await status()).corrections).toBe(1);
  });
});
