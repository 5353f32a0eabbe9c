// The compiled kernels where bytes may be compiled at import: Node, Deno, Bun, browsers. module.workerd.ts stands in for it in Workers.
import { relaxed, simd } from "./kernels.gen.ts";
import { fromText, patched } from "./unpack.ts";

function compile(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
  try {
    return new WebAssembly.Module(bytes);
  } catch (cause) {
    throw new Error(
      "lanegrad: WebAssembly may not be compiled here: a page needs 'wasm-unsafe-eval' in the script-src of its " +
        `Content-Security-Policy, a Worker the package's "workerd" export (${cause})`,
      { cause },
    );
  }
}

/** The relaxed SIMD build where the engine takes it, else the plain one. */
export function compiled(): WebAssembly.Module {
  const fast = fromText(relaxed);
  if (WebAssembly.validate(fast)) return compile(fast);
  const plain = patched(fast, fromText(simd));
  if (!WebAssembly.validate(plain)) {
    throw new Error("lanegrad: this engine lacks WebAssembly SIMD, which the kernels need");
  }
  return compile(plain);
}
