// The kernels out of their compressed text: assembly/pack.mjs tells how and why they are packed so.
import { decoder, type Packed } from "./kernels.gen.ts";

const PAGE = 65536;

interface Decoder {
  memory: WebAssembly.Memory;
  start(): number;
  unpack(to: number, n: number): void;
}

/** One build of a module. The plain build comes after the relaxed one. */
export function unpack({ text, relaxed, simd }: Packed, build: "relaxed" | "simd"): Uint8Array<ArrayBuffer> {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(decoder)));
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
