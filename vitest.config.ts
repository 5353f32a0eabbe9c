import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const { exports } = JSON.parse(readFileSync("package.json", "utf8"));
/** The sources of what users import, which is what the examples do too. */
const alias = Object.entries<{ types?: string }>(exports).flatMap(([name, { types }]) => {
  if (types === undefined) return [];
  const source = types.replace("dist/", "src/").replace(".d.ts", ".ts");
  return {
    find: new RegExp(`^lanegrad${name.slice(1)}$`),
    replacement: fileURLToPath(new URL(source, import.meta.url)),
  };
});

export default defineConfig({
  resolve: { alias },
  test: {
    include: ["tests/**/*.test.ts"],
    testTimeout: 30_000,
    pool: "forks",
    execArgv: ["--expose-gc"],
  },
});
