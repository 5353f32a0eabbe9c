// A plain workerd, without miniflare: the configuration of a bundled Worker, and a server of it on any free port.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { createInterface } from "node:readline";

/** The configuration for worker.js and the kernels that a bundler copied beside it. It belongs into the same folder. */
export function workerConfig(folder, compatibilityDate = "2025-06-01") {
  const kernels = readdirSync(folder).filter((name) => name.endsWith(".wasm"));
  const modules = [
    `(name = "worker.js", esModule = embed "worker.js")`,
    ...kernels.map((name) => `(name = "./${name}", wasm = embed "${name}")`),
  ];
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (modules = [${modules}], compatibilityDate = "${compatibilityDate}"))],
  sockets = [(name = "http", address = "127.0.0.1:0", service = "main")]);
`;
}

/** Gives the address once workerd listens, and `close`, which ends it. */
export async function serveWorkerd(binary, config) {
  const child = spawn(binary, ["serve", "--control-fd=3", config], {
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
  return { url: `http://127.0.0.1:${port}/`, close };
}
