// The compiled kernels where bytes may be compiled at import: Node, Deno, Bun, browsers. module.workerd.ts stands in for it in Workers.
import { relaxed, simd } from "./kernels.gen.ts";
import { fromText, patched } from "./unpack.ts";

/** The relaxed SIMD build where the engine takes it, else the plain one. */
export function compiled(): WebAssembly.Module {
  const fast = fromText(relaxed);
  if (WebAssembly.validate(fast)) return new WebAssembly.Module(fast);
  const plain = patched(fast, fromText(simd));
  if (!WebAssembly.validate(plain))
    throw new Error("lanegrad: this engine lacks WebAssembly SIMD, which the kernels need");
  return new WebAssembly.Module(plain);
}
