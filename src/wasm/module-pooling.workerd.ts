// @ts-expect-error: the bundler of the Worker turns this import into a WebAssembly.Module
import relaxed from "./pooling.wasm";

export const pooling = (): WebAssembly.Module => relaxed;
