// The Deno example, without any permission.
import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { checkPrepared, root } from "./prepare.ts";

it("learns under deno run with no permission", () => {
  checkPrepared();
  const deno = `${root}node_modules/.bin/deno`;
  const text = execFileSync(deno, ["run", "--no-prompt", "--no-check", "--no-config", "examples/deno/main.ts"], {
    cwd: root,
    encoding: "utf8",
  });
  const [, bytes, right] = /(\d+) bytes of weights read (\d+) of 400 points right/.exec(text) ?? [];
  expect(Number(bytes)).toBeGreaterThan(600);
  expect(Number(right)).toBeGreaterThan(390);
});
