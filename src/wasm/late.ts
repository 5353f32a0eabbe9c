// Kernels in modules of their own, each made at first use, so that who needs none does not wait for it.
import { kernels, memory } from "./index.ts";

/** Gives the kernels of a module. They live in the same memory, and call the core's. */
export function late<T>(compiled: () => WebAssembly.Module): () => T {
  let made: T | null = null;
  return () => {
    made ??= new WebAssembly.Instance(compiled(), {
      env: { memory },
      core: kernels as unknown as WebAssembly.ModuleImports,
    }).exports as unknown as T;
    return made;
  };
}
