// Compiles packed kernels: the relaxed SIMD build where the engine has that, else the plain one.
import type { Packed } from "./kernels.gen.ts";
import { unpack } from "./unpack.ts";

/** A module whose one function does f32x4.relaxed_madd, and the same with i8x16.popcnt: 40 and 31 bytes. */
const RELAXED = "AGFzbQEAAAABBQFgAAF7AwIBAAoTAREAQQD9D0EA/Q9BAP0P/YUCCw==";
const SIMD = "AGFzbQEAAAABBQFgAAF7AwIBAAoKAQgAQQD9D/1iCw==";

function takes(module: string): boolean {
  return WebAssembly.validate(Uint8Array.from(atob(module), (c) => c.charCodeAt(0)));
}

/** @throws Error where WebAssembly may not be compiled, or has no SIMD. */
export function compile(packed: Packed): WebAssembly.Module {
  const relaxed = takes(RELAXED);
  if (!relaxed && !takes(SIMD)) {
    throw new Error("lanegrad: this engine lacks WebAssembly SIMD, which the kernels need");
  }
  try {
    return new WebAssembly.Module(unpack(packed, relaxed ? "relaxed" : "simd"));
  } catch (cause) {
    throw new Error(
      "lanegrad: WebAssembly may not be compiled here: a page needs 'wasm-unsafe-eval' in the script-src of its " +
        `Content-Security-Policy, a Worker the package's "workerd" export (${cause})`,
      { cause },
    );
  }
}
