// @ts-expect-error: the bundler of the Worker turns this import into a WebAssembly.Module
import relaxed from "./core.wasm";

export const core = (): WebAssembly.Module => relaxed;
