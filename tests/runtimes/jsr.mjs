// What JSR would publish: `jsr publish --dry-run` is clean, names match package.json's, and the sources pass the tests in Deno.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const deno = resolve("node_modules/.bin/deno");
const read = (file) => JSON.parse(readFileSync(file, "utf8"));
const [npm, jsr] = [read("package.json"), read("jsr.json")];
const folder = mkdtempSync(join(tmpdir(), "lanegrad-jsr-"));
let failed = 0;

function report(name, ok, detail) {
  console.log(`${ok ? "ok    " : "FAILED"} ${name}`);
  if (ok) return;
  failed++;
  console.log(detail);
}

function run(command, args, cwd) {
  // jsr would fetch a Deno of its own
  const env = { ...process.env, NO_COLOR: "1", DENO_BIN_PATH: deno };
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8", env });
  return { status, text: stdout + stderr };
}

const dry = run(process.execPath, ["node_modules/jsr/dist/bin.js", "publish", "--dry-run", "--allow-dirty"]);
// a warning is no failure to deno
report("JSR takes it", dry.status === 0 && !/warning/i.test(dry.text), dry.text);

// JSR knows no conditions, so the Worker's own entry and the sources of the kernels are npm's only
const names = Object.keys(npm.exports).filter((name) => !/^\.\/(workerd|assembly\/\*|package\.json)$/.test(name));
report("jsr.json has package.json's version", jsr.version === npm.version, `${jsr.version} and ${npm.version}`);
const entries = Object.keys(jsr.exports);
report("jsr.json has package.json's entries", `${entries.sort()}` === `${names.sort()}`, `${entries} and ${names}`);

const files = [...dry.text.matchAll(/^ +(file:\S+) \(/gm)].map(([, url]) => relative(".", fileURLToPath(url)));
for (const file of files) cpSync(file, join(folder, file));
cpSync("tests/runtimes/package.test.mjs", join(folder, "package.test.mjs"));
const imports = Object.fromEntries(
  Object.entries(jsr.exports).map(([name, file]) => [name.replace(/^\./, npm.name), file]),
);
writeFileSync(join(folder, "imports.json"), JSON.stringify({ imports }));
const test = run(deno, ["test", "--no-prompt", "--no-check", "--import-map=imports.json", "package.test.mjs"], folder);
report("its files pass the tests in Deno", test.status === 0 && /[1-9]\d* passed/.test(test.text), test.text);
rmSync(folder, { recursive: true, force: true });
process.exit(failed === 0 ? 0 : 1);
