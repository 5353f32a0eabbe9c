// No op without its checks: every export of src/ops stands in a row(...) or an op(...) block of this folder.
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import * as ops from "../../src/ops/index.ts";

const here = new URL(".", import.meta.url);
const tests = readdirSync(here)
  .filter((f) => f.endsWith(".test.ts"))
  .map((f) => readFileSync(new URL(f, here), "utf8"))
  .join("\n");

it.each(Object.keys(ops))("%s has a row", (name) => {
  expect(new RegExp(`\\b(row|op)\\(\\s*"${name}"`).test(tests)).toBe(true);
});
