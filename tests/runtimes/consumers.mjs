// The packed package as projects consume it: publint, Are The Types Wrong, TypeScript in both resolutions, AssemblyScript, JSR's entry.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "lanegrad-consumers-"));
const home = join(folder, "node_modules/lanegrad");
const tool = (path) => resolve("node_modules", path);
let failed = 0;

function check(name, path, args, cwd = folder) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [tool(path), ...args], { cwd, encoding: "utf8" });
  console.log(`${status === 0 ? "ok    " : "FAILED"} ${name}`);
  if (status === 0) return;
  failed++;
  console.log(stdout, stderr);
}

mkdirSync(home, { recursive: true });
const [{ filename }] = JSON.parse(execFileSync("npm", ["pack", "--json", "--pack-destination", folder]).toString());
const tarball = join(folder, filename);
execFileSync("tar", ["-xzf", tarball, "-C", home, "--strip-components=1"]);

check("publint", "publint/src/cli.js", ["run", tarball, "--strict"]);
// the sources of the kernels are for asc, not for tsc
const notForTypeScript = ["--exclude-entrypoints", "./assembly/*"];
check("are the types wrong", "@arethetypeswrong/cli/dist/index.js", [
  tarball,
  "--profile",
  "esm-only",
  ...notForTypeScript,
]);

writeFileSync(join(folder, "package.json"), '{ "type": "module", "dependencies": { "lanegrad": "*" } }');
writeFileSync(
  join(folder, "main.ts"),
  `import { loadSafetensors, nn, optim, type Tensor, tensor } from "lanegrad";
import { memory } from "lanegrad/workerd";

export class Net extends nn.Module {
  fc = new nn.Linear(2, 1);
  override forward(x: Tensor): Tensor {
    return this.fc.forward(x).relu().add(1);
  }
}
const net = new Net();
const optimizer = new optim.Adam(net.parameters(), { lr: 0.1, betas: [0.9, 0.99] });
const loss = new nn.MSELoss().forward(net.forward(tensor([[1, 2]])), tensor([[3]]));
loss.backward();
optimizer.step();
const item: number = loss.item();
const state: Record<string, Tensor> = loadSafetensors(new Uint8Array());
export const shapes: readonly number[][] = [Object.values(state).map((t) => t.numel), [item, memory().liveBytes]];
// @ts-expect-error: a layer takes numbers
new nn.Linear("2", 1);
`,
);
for (const [module, moduleResolution] of [
  ["ESNext", "bundler"],
  ["NodeNext", "nodenext"],
]) {
  const options = [
    "--strict",
    "--noEmit",
    "--target",
    "ES2022",
    "--lib",
    "ES2022,ESNext.Disposable,DOM",
    "--types",
    "",
  ];
  check(`TypeScript, ${moduleResolution}`, "typescript/bin/tsc", [
    ...[...options, "--module", module, "--moduleResolution", moduleResolution, "--exactOptionalPropertyTypes"],
    ...["--noUncheckedIndexedAccess", "main.ts"],
  ]);
}
check("Deno checks the types", "deno/bin.cjs", ["check", "main.ts"]);

writeFileSync(
  join(folder, "kernels.ts"),
  `import { fma, splatAt, sumLanes } from "lanegrad/assembly/lanes";
export { relu, reluGrad } from "lanegrad/assembly/piecewise";

/** y = sum of a x, four at a time. */
export function scaledSum(x: usize, a: usize, n: usize): f32 {
  let sum = f32x4.splat(0);
  for (let end = x + (n << 2); x < end; x += 16) sum = fma(splatAt(a, 0), v128.load(x), sum);
  return sumLanes(sum);
}
`,
);
check("AssemblyScript imports the kernels", "assemblyscript/bin/asc.js", [
  ...[
    "kernels.ts",
    "-o",
    "kernels.wasm",
    "--runtime",
    "stub",
    "--use",
    "abort=",
    "--enable",
    "simd",
    "-O3",
    "--importMemory",
  ],
]);
rmSync(folder, { recursive: true, force: true });
process.exit(failed === 0 ? 0 : 1);
