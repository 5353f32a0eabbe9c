// The compiled kernels in Deno, which needs no small files: the relaxed SIMD build as it is, 4 ms of a start less than to unpack it.
import { bytesOf } from "./base64.ts";
// @ts-expect-error: build.mjs puts its bytes here, as base64
import text from "./ops.wasm?base64";

export function compiled(): WebAssembly.Module {
  return new WebAssembly.Module(bytesOf(text));
}
