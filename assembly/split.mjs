// Cuts the compiled kernels in modules that share one memory: the core that every program needs, and those that bundles leave
// out when they use none of their kernels. What two of them call is in the core, and the others import it from there, so that
// nothing is there twice; compiled apart, the core and the layers weighed 12 % more (39.2 KB for 34.8, packed).
import binaryen from "binaryen";

const DATA = 11;
const DATA_COUNT = 12;

/** The wasm module without the sections of those ids. */
function without(bytes, ids) {
  const parts = [bytes.subarray(0, 8)];
  for (let at = 8; at < bytes.length; ) {
    const start = at;
    const id = bytes[at++];
    let size = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      more = bytes[at] >= 128;
      size |= (bytes[at++] & 127) << shift;
    }
    at += size;
    if (!ids.includes(id)) parts.push(bytes.subarray(start, at));
  }
  return Buffer.concat(parts);
}

function read(bytes) {
  const module = binaryen.readBinary(bytes);
  module.setFeatures(binaryen.Features.All);
  return module;
}

function each(count, get, info) {
  return Array.from({ length: count }, (_, i) => info(get(i)));
}
const exportsOf = (m) => each(m.getNumExports(), (i) => m.getExportByIndex(i), binaryen.getExportInfo);
const functionsOf = (m) => each(m.getNumFunctions(), (i) => m.getFunctionByIndex(i), binaryen.getFunctionInfo);

/** What the exports reach whose names are the part's, and the functions of `shared`, which become exports if they are none. */
function cut(bytes, isOf, shared = []) {
  const module = read(bytes);
  for (const { name } of exportsOf(module)) if (!isOf(name)) module.removeExport(name);
  const exported = new Set(exportsOf(module).map(({ value }) => value));
  for (const [i, name] of shared.filter((f) => !exported.has(f)).entries()) module.addFunctionExport(name, `_${i}`);
  module.runPasses(["remove-unused-module-elements"]);
  return module;
}

/** `partOf` tells by its name which of the parts an exported kernel belongs to. The first of them is the core. */
export function split(bytes, parts, partOf) {
  const [isOfCore, ...isOfOther] = parts.map((part) => (kernel) => partOf(kernel) === part);
  const alone = cut(bytes, isOfCore);
  const others = isOfOther.map((isOf) => cut(bytes, isOf));
  const uses = new Map();
  for (const { name } of [alone, ...others].flatMap(functionsOf)) uses.set(name, (uses.get(name) ?? 0) + 1);
  alone.dispose();

  const core = cut(
    bytes,
    isOfCore,
    [...uses.keys()].filter((name) => uses.get(name) > 1),
  );
  // what the kernels only reserve is zeros, as fresh memory is
  binaryen.setZeroFilledMemory(true);
  core.runPasses(["memory-packing"]);
  const names = new Map(exportsOf(core).map(({ value, name }) => [value, name]));
  for (const module of others) {
    for (const { name, params, results } of functionsOf(module)) {
      if (!names.has(name)) continue;
      module.removeFunction(name);
      module.addFunctionImport(name, "core", names.get(name), params, results);
    }
    module.runPasses(["remove-unused-module-elements"]);
  }
  // the core's constants are there for all
  const codes = [core.emitBinary(), ...others.map((module) => without(module.emitBinary(), [DATA, DATA_COUNT]))];
  for (const module of [core, ...others]) module.dispose();
  return Object.fromEntries(parts.map((part, i) => [part, Buffer.from(codes[i])]));
}
