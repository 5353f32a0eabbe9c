// A counted block of linear memory. Tensors, views and graph nodes share it; the last to let go frees it.
import { type Address, heap, kernels, memory as linear, workArea } from "./wasm/index.ts";

/** What `memory()` reports. */
export interface MemoryReport {
  /** Tensors that are neither freed nor collected. */
  liveTensors: number;
  /** Bytes handed out now, block sizes included. */
  liveBytes: number;
  /** The most bytes ever handed out at once. */
  peakBytes: number;
  /** Bytes of the whole linear memory. */
  heapBytes: number;
}

/** Live tensors, kept by tensor.ts. */
export const count: { tensors: number } = { tensors: 0 };

/** Live tensors, live and peak bytes, and the size of the linear memory. */
export function memory(): MemoryReport {
  return {
    liveTensors: count.tensors,
    liveBytes: heap.live,
    peakBytes: heap.peak,
    heapBytes: linear.buffer.byteLength,
  };
}

function outOfMemory(bytes: number): RangeError {
  const m = memory();
  return new RangeError(
    `out of memory: ${bytes} bytes were asked for while ${m.liveTensors} live tensors hold ${m.liveBytes} bytes ` +
      `(peak ${m.peakBytes}) of a heap of ${m.heapBytes}; free tensors with scope(), noGrad() or dispose()`,
  );
}

export class Storage {
  /** Owners: tensors (views too) and the graph nodes that saved it. */
  refs = 1;
  /** Graph nodes that saved it for their backward. */
  held = 0;
  /** Grows with every change in place. */
  version = 0;

  declare readonly address: Address;
  declare readonly bytes: number;

  private constructor(address: Address, bytes: number) {
    this.address = address;
    this.bytes = bytes;
  }

  /** A fresh block with unspecified contents. Throws a RangeError with the figures when memory has run out. */
  static allocate(bytes: number): Storage {
    const address = heap.allocate(bytes);
    if (address === 0) throw outOfMemory(bytes);
    return new Storage(address, bytes);
  }

  static zeroed(bytes: number): Storage {
    const storage = Storage.allocate(bytes);
    kernels.clear(storage.address, bytes);
    return storage;
  }

  release(): void {
    if (--this.refs === 0) heap.release(this.address, this.bytes);
  }
}

/** Address of the shared work area of at least `bytes`, good until the next call. */
export function scratch(bytes: number): Address {
  const address = workArea(bytes);
  if (address === 0 && bytes > 0) throw outOfMemory(bytes);
  return address;
}
