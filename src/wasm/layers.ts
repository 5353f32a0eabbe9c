// The second module of kernels, those of layers and losses: made at first use, so that who needs none does not wait for it.
import { kernels, memory } from "./index.ts";
import type { Layers } from "./kernels.gen.ts";
import { compiled } from "./module-layers.ts";

let made: Layers | null = null;

/** The kernels of layers. They live in the same memory, and call the core's. */
export function layers(): Layers {
  made ??= new WebAssembly.Instance(compiled(), {
    env: { memory },
    core: kernels as unknown as WebAssembly.ModuleImports,
  }).exports as unknown as Layers;
  return made;
}
