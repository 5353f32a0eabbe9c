// The compiled kernels where bytes may be compiled at import: Node, Deno, Bun, browsers. module.workerd.ts stands in for it in Workers.
import { relaxed, simd } from "./kernels.gen.ts";

function decode(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** The relaxed SIMD build where the engine takes it, else the plain one. */
export function compiled(): WebAssembly.Module {
  const fast = decode(relaxed);
  if (WebAssembly.validate(fast)) return new WebAssembly.Module(fast);
  const plain = decode(simd);
  if (!WebAssembly.validate(plain))
    throw new Error("lanegrad: this engine lacks WebAssembly SIMD, which the kernels need");
  return new WebAssembly.Module(plain);
}
