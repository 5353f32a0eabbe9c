// @ts-expect-error: the bundler of the Worker turns this import into a WebAssembly.Module
import relaxed from "./recurrence.wasm";

export const recurrence = (): WebAssembly.Module => relaxed;
