// The compiled kernels in Workers, which compile no bytes at run time: a static import of the relaxed SIMD build, which workerd has.
// @ts-expect-error: the bundler of the Worker turns this import into a WebAssembly.Module
import relaxed from "./ops.wasm";

export function compiled(): WebAssembly.Module {
  return relaxed;
}
