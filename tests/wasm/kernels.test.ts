// The compiled kernels: they import the memory alone, call nothing through a table, and stay small.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { relaxed, simd } from "../../src/wasm/kernels.gen.ts";
import { fromText, patched } from "../../src/wasm/unpack.ts";

const BUDGET_GZIP = 44_000;

/** The ids of the sections of a module, with their bytes. */
function sections(bytes: Uint8Array): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  let at = 8;
  while (at < bytes.length) {
    const id = bytes[at++] as number;
    let size = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      const byte = bytes[at++] as number;
      size |= (byte & 127) << shift;
      more = byte >= 128;
    }
    found.set(id, bytes.subarray(at, at + size));
    at += size;
  }
  return found;
}

const TABLE = 4;
const ELEMENT = 9;
const builds: [string, Uint8Array][] = [
  ["simd", patched(fromText(relaxed), fromText(simd))],
  ["relaxed", fromText(relaxed)],
];

describe.each(builds)("the %s build", (name, bytes) => {
  it("imports its memory and nothing else", () => {
    if (!WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>)) {
      expect(name).toBe("relaxed");
      return;
    }
    const module = new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>);
    expect(WebAssembly.Module.imports(module)).toEqual([{ module: "env", name: "memory", kind: "memory" }]);
    expect(WebAssembly.Module.exports(module).some((e) => e.kind === "memory" || e.kind === "table")).toBe(false);
  });

  it("has no table, so no indirect call", () => {
    expect(sections(bytes).has(TABLE)).toBe(false);
    expect(sections(bytes).has(ELEMENT)).toBe(false);
  });

  it("stays within its budget", () => {
    expect(gzipSync(bytes).length).toBeLessThan(BUDGET_GZIP);
  });

  it("is what `npm run kernels` compiled", () => {
    expect(Buffer.from(bytes).equals(readFileSync(`build/${name}.wasm`))).toBe(true);
  });
});
