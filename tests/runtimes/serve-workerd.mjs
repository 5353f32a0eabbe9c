// Starts workerd on a configuration with a socket on any free port, and tells which: import { serveWorkerd }.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Gives the address once workerd listens, and `close`, which ends it. */
export async function serveWorkerd(binary, config, cwd) {
  const child = spawn(binary, ["serve", "--control-fd=3", config], {
    cwd,
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  let complaint = "";
  child.stderr.on("data", (chunk) => {
    complaint += chunk;
  });
  const ended = new Promise((done) => child.once("exit", done));
  const port = await new Promise((done, fail) => {
    createInterface(child.stdio[3]).on("line", (line) => {
      const { event, port } = JSON.parse(line);
      if (event === "listen") done(port);
    });
    child.once("exit", () => fail(new Error(`workerd ended: ${complaint}`)));
  });
  const close = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  return { url: `http://127.0.0.1:${port}/`, complaints: () => complaint, close };
}
