// Compiles packed kernels: the relaxed SIMD build where the engine has that, else the plain one.
import { isIsolate } from "./isolate.ts";
import type { Packed } from "./kernels.gen.ts";
import { unpack } from "./unpack.ts";

/** The bodies of a function that does f32x4.relaxed_madd, and of one that does i8x16.popcnt. */
const RELAXED = [0, 65, 0, 253, 15, 65, 0, 253, 15, 65, 0, 253, 15, 253, 133, 2, 11];
const SIMD = [0, 65, 0, 253, 15, 253, 98, 11];

/** Whether the engine takes a module of that one function, which gives a vector. */
function takes(body: readonly number[]): boolean {
  const head = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0];
  return WebAssembly.validate(Uint8Array.from([...head, 10, body.length + 2, 1, body.length, ...body]));
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

/** The same at the first call. A Worker that was bundled without the condition "workerd" may compile at import, and not later. */
export function compileLater(packed: Packed): () => WebAssembly.Module {
  const early = isIsolate ? compile(packed) : null;
  return () => early ?? compile(packed);
}
