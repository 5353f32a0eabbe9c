// The compiled kernels: the core imports the memory alone and the others what they share with it, none calls through a table.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { convolution, core, layers, ops, pooling, recurrence } from "../../src/wasm/kernels.gen.ts";
import { unpack } from "../../src/wasm/unpack.ts";

/** What one build of a module may weigh as a Worker uploads it. */
const BUDGET_GZIP = {
  core: 17_950,
  ops: 2_850,
  convolution: 15_700,
  pooling: 4_300,
  recurrence: 2_480,
  layers: 8_060,
};
const packed = { core, ops, convolution, pooling, recurrence, layers };
const parts = Object.keys(packed) as (keyof typeof packed)[];
const others = parts.filter((part) => part !== "core");

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
const DATA = 11;
const memory = { module: "env", name: "memory", kind: "memory" };

describe.each(["simd", "relaxed"] as const)("the %s build", (name) => {
  const modules = Object.fromEntries(parts.map((part) => [part, unpack(packed[part], name)])) as Record<
    (typeof parts)[number],
    Uint8Array<ArrayBuffer>
  >;

  it.each(others)("imports its memory, the %s also what they share with the core, and nothing else", (part) => {
    if (!WebAssembly.validate(modules.core)) {
      expect(name).toBe("relaxed");
      return;
    }
    const first = new WebAssembly.Module(modules.core);
    const second = new WebAssembly.Module(modules[part]);
    expect(WebAssembly.Module.imports(first)).toEqual([memory]);
    const exported = WebAssembly.Module.exports(first);
    expect(exported.every((e) => e.kind === "function")).toBe(true);
    expect(WebAssembly.Module.exports(second).every((e) => e.kind === "function")).toBe(true);
    const names = new Set(exported.map((e) => e.name));
    const imports = WebAssembly.Module.imports(second);
    const shared = imports.filter((e) => e.module !== "env");
    expect(imports.filter((e) => e.module === "env")).toEqual([memory]);
    // pooling calls nothing that others do
    expect(shared.length > 0).toBe(part !== "pooling");
    for (const { module, name } of shared) expect([module, names.has(name)]).toEqual(["core", true]);
  });

  it.each(parts)("of the %s has no table, so no indirect call", (part) => {
    expect(sections(modules[part]).has(TABLE)).toBe(false);
    expect(sections(modules[part]).has(ELEMENT)).toBe(false);
  });

  it("has its constants in the core alone", () => {
    expect(sections(modules.core).has(DATA)).toBe(true);
    for (const part of others) expect(sections(modules[part]).has(DATA)).toBe(false);
  });

  it.each(parts)("of the %s stays within its budget", (part) => {
    expect(gzipSync(modules[part]).length).toBeLessThan(BUDGET_GZIP[part]);
  });

  it.each(parts)("of the %s is what `npm run kernels` compiled", (part) => {
    expect(Buffer.from(modules[part]).equals(readFileSync(`build/${part}.${name}.wasm`))).toBe(true);
  });
});
