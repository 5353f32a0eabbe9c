// The package's entries as its users name them, for the bundlers of the examples: in this repository they lie in dist.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("../", import.meta.url);
const { exports } = JSON.parse(readFileSync(new URL("package.json", root), "utf8"));

/** From "lanegrad/nn" and the like to the file that the runtime's condition picks. */
export function packageAlias(condition) {
  const entries = Object.entries(exports).filter(([, files]) => files.default);
  return Object.fromEntries(
    entries.map(([name, files]) => [
      `lanegrad${name.slice(1)}`,
      fileURLToPath(new URL(files[condition] ?? files.default, root)),
    ]),
  );
}
