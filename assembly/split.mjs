// Cuts the compiled kernels in two modules that share one memory: the core that every program needs, and the layers, which
// bundles leave out when they use none. What both call stays in the core, and the layers import it from there, so that
// nothing is there twice; compiled apart, the two weigh 12 % more (39.2 KB for 34.8, packed).
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

/** `isLayer` tells by its name which exported kernel belongs to the second module. */
export function split(bytes, isLayer) {
  const core = read(bytes);
  const layers = read(bytes);
  const prune = (m) => m.runPasses(["remove-unused-module-elements"]);
  for (const { name } of exportsOf(core)) if (isLayer(name)) core.removeExport(name);
  for (const { name } of exportsOf(layers)) if (!isLayer(name)) layers.removeExport(name);
  prune(core);
  prune(layers);
  // what the kernels only reserve is zeros, as fresh memory is
  binaryen.setZeroFilledMemory(true);
  core.runPasses(["memory-packing"]);

  const needed = new Set(functionsOf(layers).map((f) => f.name));
  const names = new Map(exportsOf(core).map((e) => [e.value, e.name]));
  let count = 0;
  for (const { name, module, params, results } of functionsOf(core)) {
    if (module !== "" || !needed.has(name)) continue;
    let shared = names.get(name);
    if (shared === undefined) {
      shared = `_${count++}`;
      core.addFunctionExport(name, shared);
    }
    layers.removeFunction(name);
    layers.addFunctionImport(name, "core", shared, params, results);
  }
  prune(layers);
  const out = { core: Buffer.from(core.emitBinary()), layers: without(layers.emitBinary(), [DATA, DATA_COUNT]) };
  core.dispose();
  layers.dispose();
  return out;
}
