// The layers of the house: who may import whom, and where kernels may be named.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../src", import.meta.url));
const files = (readdirSync(root, { recursive: true }) as string[]).filter((f) => f.endsWith(".ts"));

/** Rooms from the ground up: a file may import from its own room and from those named. */
const rooms: Record<string, readonly string[]> = {
  wasm: [],
  shape: [],
  tensor: ["shape", "wasm"],
  ops: ["tensor", "shape", "wasm"],
  create: ["tensor", "shape", "wasm"],
  nn: ["ops", "create", "tensor", "shape"],
  optim: ["nn", "ops", "create", "tensor", "shape", "wasm"],
  data: ["ops", "create", "tensor", "shape"],
  io: ["nn", "optim", "data", "ops", "create", "tensor", "shape", "wasm"],
  tensors: ["create", "tensor", "shape", "wasm"],
  bare: ["tensors", "ops"],
  index: ["tensors", "nn", "optim", "data", "io", "ops", "create", "tensor", "shape", "wasm"],
};
const tensorRoom = [
  "graph.ts",
  "layout.ts",
  "op.ts",
  "print.ts",
  "random.ts",
  "scope.ts",
  "storage.ts",
  "tensor.ts",
  "write.ts",
];
const shapeRoom = ["check.ts", "shape.ts"];
const createRoom = ["create.ts", "options.ts", "range.ts", "sample.ts"];

function roomOf(file: string): string {
  const folder = file.split("/")[0] as string;
  if (folder in rooms && folder !== file) return folder;
  if (shapeRoom.includes(file)) return "shape";
  if (tensorRoom.includes(file)) return "tensor";
  if (createRoom.includes(file)) return "create";
  return file.replace(/\.ts$/, "");
}

/** Local files that a file imports. */
function importsOf(file: string): string[] {
  // the types of the methods are made of the ops, and belong to the class
  const upward = file === "tensor.ts" ? 'import type { Methods } from "./ops/methods.ts";' : "";
  const text = readFileSync(resolve(root, file), "utf8").replace(upward, "");
  return [...text.matchAll(/from "(\.[^"]+)"/g)].map((m) =>
    relative(root, resolve(root, dirname(file), m[1] as string)),
  );
}

describe("layers", () => {
  it.each(files)("%s imports only from below", (file) => {
    const room = roomOf(file);
    expect(Object.keys(rooms), `room of ${file}`).toContain(room);
    for (const target of importsOf(file)) {
      const other = roomOf(target);
      if (other !== room) expect(rooms[room], `${file} imports ${target}`).toContain(other);
    }
  });

  it("nothing outside src/wasm names WebAssembly", () => {
    for (const file of files.filter((f) => !f.startsWith("wasm/"))) {
      const code = readFileSync(resolve(root, file), "utf8").replace(/\/\*\*[\s\S]*?\*\/|\/\/.*/g, "");
      expect(code.includes("WebAssembly"), file).toBe(false);
    }
  });

  it("layers of nn name no kernel", () => {
    for (const file of files.filter((f) => f.startsWith("nn/"))) {
      expect(/\bkernels\b/.test(readFileSync(resolve(root, file), "utf8")), file).toBe(false);
    }
  });
});
