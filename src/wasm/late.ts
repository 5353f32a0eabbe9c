// Kernels in modules of their own, each made at first use, so that who needs none does not wait for it.
import { kernels, memory } from "./index.ts";
import type { Convolution, Layers, Ops, Pooling, Recurrence } from "./kernels.gen.ts";
import * as modules from "./modules.ts";

/** Gives the kernels of a module. They live in the same memory, and call the core's. */
function late<T>(compiled: () => WebAssembly.Module): () => T {
  let made: T | null = null;
  return () => {
    made ??= new WebAssembly.Instance(compiled(), {
      env: { memory },
      core: kernels as unknown as WebAssembly.ModuleImports,
    }).exports as unknown as T;
    return made;
  };
}

/** Selection, extremes, scans and norms. */
export const ops: () => Ops = /* @__PURE__ */ late(modules.ops);
export const convolution: () => Convolution = /* @__PURE__ */ late(modules.convolution);
export const pooling: () => Pooling = /* @__PURE__ */ late(modules.pooling);
export const recurrence: () => Recurrence = /* @__PURE__ */ late(modules.recurrence);
/** The other layers, and the losses. */
export const layers: () => Layers = /* @__PURE__ */ late(modules.layers);
