// The README's first example is examples/first.ts to the letter, and that runs.
import { readFileSync } from "node:fs";
import { expect, it, vi } from "vitest";

it("the smallest example stands in the README as it runs", async () => {
  const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
  expect(/```ts\n([\s\S]*?)```/.exec(read("README.md"))?.[1]).toBe(read("examples/first.ts"));

  const lines: string[] = [];
  const log = vi.spyOn(console, "log").mockImplementation((...args) => lines.push(args.join(" ")));
  await import("../../examples/first.ts");
  log.mockRestore();
  expect(lines.join("\n")).toBe(
    "Net(\n" +
      "  (fc1): Linear(in_features=10, out_features=5, bias=True)\n" +
      "  (relu): ReLU()\n" +
      "  (fc2): Linear(in_features=5, out_features=2, bias=True)\n" +
      ")",
  );
});
