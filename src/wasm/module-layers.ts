// The compiled kernels of layers, as module-core.ts; module-layers.workerd.ts stands in for it in Workers.
import { compile } from "./compile.ts";
import { isIsolate } from "./isolate.ts";
import { layers } from "./kernels.gen.ts";

/** A Worker that was bundled without the condition "workerd" may compile now, at import, and not later. */
const ahead = (): WebAssembly.Module | null => (isIsolate ? compile(layers) : null);
const early: WebAssembly.Module | null = /* @__PURE__ */ ahead();

export function compiled(): WebAssembly.Module {
  return early ?? compile(layers);
}
