// A process that answers every line with a line of JSON.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** Starts `command`; null where it does not start or ends at once. Its first line says who it is. */
export async function remote(command, args, env = {}) {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, ...env } });
  let complaint = "";
  child.stderr.on("data", (text) => {
    complaint = `${complaint}${text}`.slice(-2000);
  });
  child.stdin.on("error", () => {});
  const failed = once(child, "error").then(([error]) => {
    complaint = error.message;
    return { done: true };
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = () => Promise.race([lines.next(), failed]);
  const first = await next();
  if (first.done) return { error: complaint.trim().split("\n").at(-1) };
  const ask = async (request) => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await next();
    if (done) throw new Error(`${command} ended: ${complaint}`);
    const answer = JSON.parse(value);
    if (answer.error) throw new Error(answer.error);
    return answer;
  };
  return { ...JSON.parse(first.value), ask, end: () => child.stdin.end() };
}
