// The tests as a Worker's own: `workerd test` calls test(), a request runs them over HTTP.
import "./package.test.mjs";
import { runTests } from "node:test";

export default {
  async test() {
    await runTests();
  },
  async fetch() {
    const lines = [];
    try {
      await runTests((line) => lines.push(line));
      return new Response(lines.join("\n"));
    } catch (error) {
      return new Response(`${lines.join("\n")}\n${error.message}`, { status: 500 });
    }
  },
};
