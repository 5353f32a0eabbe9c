// The kernels out of their compressed text: assembly/pack.mjs tells how and why they are packed so.
import { decoder, type Packed } from "./kernels.gen.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const PAGE = 65536;

interface Decoder {
  memory: WebAssembly.Memory;
  start(): number;
  unpack(to: number, n: number): void;
}

const SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** What base64 stands for. The first use of atob costs a start in Deno 2 ms; Uint8Array.fromBase64 is not everywhere. */
function bytesOf(text: string): Bytes {
  const out = new Uint8Array((text.length * 3) >> 2);
  let bits = 0;
  for (let i = 0; i < text.length; i++) {
    bits = (bits << 6) | SIGNS.indexOf(text[i] as string);
    if ((i & 3) > 0) out[(i * 3) >> 2] = bits >> (6 - 2 * (i & 3));
  }
  return out;
}

/** One build of a module. The plain build comes after the relaxed one. */
export function unpack({ text, relaxed, simd }: Packed, build: "relaxed" | "simd"): Bytes {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytesOf(decoder)));
  const { memory, start, unpack } = exports as unknown as Decoder;
  const from = start();
  const to = from + text.length;
  const end = to + relaxed + (build === "simd" ? simd : 0);
  memory.grow(Math.ceil(end / PAGE));
  const bytes = new Uint8Array(memory.buffer as ArrayBuffer);
  new TextEncoder().encodeInto(text, bytes.subarray(from));
  unpack(to, end - to);
  return bytes.slice(build === "simd" ? to + relaxed : to, end);
}
