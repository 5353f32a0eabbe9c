import { defineConfig } from "vitest/config";

export default defineConfig({
  // Examples import the package by its name
  resolve: { alias: { lanegrad: new URL("./src/index.ts", import.meta.url).pathname } },
  test: {
    include: ["tests/**/*.test.ts"],
    testTimeout: 30_000,
    pool: "forks",
    execArgv: ["--expose-gc"],
  },
});
