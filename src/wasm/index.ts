// The only door to WebAssembly: one memory, the kernels in it, its heap, and views that are taken anew after growth.
import { Heap } from "./heap.ts";
import type { Kernels } from "./kernels.gen.ts";
import { core } from "./modules.ts";

export type { Kernels, Layers } from "./kernels.gen.ts";

/** A byte address in the linear memory. */
export type Address = number;

const PAGE = 65536;
const TABLE_WORDS = 256;

/** The one linear memory: every kernel module and every tensor lives in it. */
export const memory: WebAssembly.Memory = new WebAssembly.Memory({ initial: 32 });
export const kernels: Kernels = new WebAssembly.Instance(core(), { env: { memory } }).exports as unknown as Kernels;

/** Views of the whole memory. Never keep one across an allocation: growth detaches it. */
export let f32: Float32Array<ArrayBuffer> = new Float32Array(memory.buffer as ArrayBuffer);
export let i32: Int32Array<ArrayBuffer> = new Int32Array(memory.buffer as ArrayBuffer);
export let u8: Uint8Array<ArrayBuffer> = new Uint8Array(memory.buffer as ArrayBuffer);

function grow(bytes: number): boolean {
  try {
    memory.grow(Math.ceil(bytes / PAGE));
  } catch {
    return false;
  }
  f32 = new Float32Array(memory.buffer as ArrayBuffer);
  i32 = new Int32Array(memory.buffer as ArrayBuffer);
  u8 = new Uint8Array(memory.buffer as ArrayBuffer);
  return true;
}

const table: Address = Math.ceil(kernels.heapStart() / 64) * 64;

export const heap: Heap = new Heap(
  {
    get bytes() {
      return u8.length;
    },
    grow,
  },
  table + TABLE_WORDS * 4,
);

/** Writes integers where a kernel can read them: geometry, dims and strides. Valid until the next call; at most 256 words. */
export function words(values: readonly number[]): Address {
  i32.set(values, table >> 2);
  return table;
}

let work: Address = 0;
let workBytes = 0;

/** The shared work area, grown to at least `bytes`: its contents last until the next call. 0 when memory has run out. */
export function workArea(bytes: number): Address {
  if (bytes <= workBytes) return work;
  if (work !== 0) heap.release(work, workBytes);
  work = heap.allocate(bytes);
  workBytes = work === 0 ? 0 : bytes;
  return work;
}
