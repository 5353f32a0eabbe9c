// The kernels out of their compressed text: assembly/pack.mjs tells how and why they are packed so.
import { decoder, type Packed } from "./kernels.gen.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const PAGE = 65536;

interface Decoder {
  memory: WebAssembly.Memory;
  start(): number;
  unpack(to: number, n: number): void;
}

function write(text: string, to: Bytes): void {
  for (let i = 0; i < text.length; i++) to[i] = text.charCodeAt(i);
}

/** One build of a module. The plain build comes after the relaxed one. */
export function unpack({ text, relaxed, simd }: Packed, build: "relaxed" | "simd"): Bytes {
  const own = atob(decoder);
  const code = new Uint8Array(own.length);
  write(own, code);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code));
  const { memory, start, unpack } = exports as unknown as Decoder;
  const stream = atob(text);
  const from = start();
  const to = from + stream.length;
  const end = to + relaxed + (build === "simd" ? simd : 0);
  memory.grow(Math.ceil(end / PAGE));
  const bytes = new Uint8Array(memory.buffer as ArrayBuffer);
  write(stream, bytes.subarray(from));
  unpack(to, end - to);
  return bytes.slice(build === "simd" ? to + relaxed : to, end);
}
