// The compiled kernels of layers, as module-core.ts; module-layers.workerd.ts stands in for it in Workers.
import { compileLater } from "./compile.ts";
import { layers } from "./kernels.gen.ts";

export const compiled: () => WebAssembly.Module = /* @__PURE__ */ compileLater(layers);
