// The compiled kernels of layers, as module-core.ts; module-layers.workerd.ts stands in for it in Workers.
import { compile } from "./compile.ts";
import { layers } from "./kernels.gen.ts";

export function compiled(): WebAssembly.Module {
  return compile(layers);
}
