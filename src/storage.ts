// A counted block of linear memory. Tensors, views and graph nodes share it; the last to let go frees it.
import { type Address, heap, kernels, memory as linear, workArea } from "./wasm/index.ts";
import { isIsolate } from "./wasm/isolate.ts";

/** What `memory()` reports. */
export interface MemoryReport {
  /** Tensors that are neither freed nor collected. */
  liveTensors: number;
  /** Bytes of tensors, gradients and graphs now, block sizes included. */
  liveBytes: number;
  /** Bytes of packed copies of weights, which inference keeps from call to call and gives back where memory runs out. */
  packedBytes: number;
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
    liveBytes: heap.live - packed.bytes,
    packedBytes: packed.bytes,
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

/** A copy of weights in the order in which a kernel reads them, `key` says which; address 0 as long as it is but wanted. */
interface Packed {
  readonly key: number;
  readonly version: number;
  address: Address;
  bytes: number;
  /** Which call of all used it last. */
  used: number;
}

/** All packed copies. */
const packed: { bytes: number; calls: number; readonly owners: Set<Storage> } = {
  bytes: 0,
  calls: 0,
  owners: new Set(),
};
/** The most bytes they may take together: room for 512 x 512 channels in Winograd's 4x4 tiles (36 MB), a quarter of an isolate of 128 MB. */
const MOST_PACKED = (isIsolate ? 32 : 64) * 2 ** 20;
/** A copy that as many calls did without belongs to a model that rests, and makes room. */
const RESTS = 128;

const fromHeap = (bytes: number): Address => heap.allocate(bytes);

/** An address by `allocate`, once more without packed copies where memory has run out. */
function allocated(allocate: (bytes: number) => Address, bytes: number): Address {
  let address = allocate(bytes);
  if (address === 0 && packed.owners.size > 0) {
    for (const owner of packed.owners) owner.unpack();
    address = allocate(bytes);
  }
  if (address === 0 && bytes > 0) throw outOfMemory(bytes);
  return address;
}

export class Storage {
  /** Owners: tensors (views too) and the graph nodes that saved it. */
  refs = 1;
  /** Graph nodes that saved it for their backward. */
  held = 0;
  /** Grows with every change in place. */
  version = 0;
  private packed: Packed | null = null;

  declare readonly address: Address;
  declare readonly bytes: number;

  private constructor(address: Address, bytes: number) {
    this.address = address;
    this.bytes = bytes;
  }

  /** A fresh block with unspecified contents. Throws a RangeError with the figures when memory has run out. */
  static allocate(bytes: number): Storage {
    return new Storage(allocated(fromHeap, bytes), bytes);
  }

  static zeroed(bytes: number): Storage {
    const storage = Storage.allocate(bytes);
    kernels.clear(storage.address, bytes);
    return storage;
  }

  release(): void {
    if (--this.refs > 0) return;
    this.unpack();
    heap.release(this.address, this.bytes);
  }

  /**
   * A packed copy of what the storage holds, kept until that changes: made at the second call in a row that wants the same one, since
   * a training loop's evaluation may be the only one before the next change. 0: pack for this call alone.
   */
  packedFor(key: number, bytes: () => number, pack: (to: Address) => void): Address {
    const { packed: last, version } = this;
    if (last === null || last.key !== key || last.version !== version) {
      this.unpack();
      this.packed = { key, version, address: 0, bytes: 0, used: 0 };
      return 0;
    }
    last.used = ++packed.calls;
    if (last.address !== 0) return last.address;
    const wanted = bytes();
    if (packed.bytes + wanted > MOST_PACKED) {
      for (const owner of packed.owners) {
        if (packed.calls - (owner.packed as Packed).used > RESTS) owner.unpack();
      }
      if (packed.bytes + wanted > MOST_PACKED) return 0;
    }
    const before = heap.live;
    last.address = heap.allocate(wanted);
    if (last.address === 0) return 0;
    last.bytes = wanted;
    packed.bytes += heap.live - before;
    packed.owners.add(this);
    pack(last.address);
    return last.address;
  }

  /** Gives the packed copy back. */
  unpack(): void {
    if (this.packed !== null && this.packed.address !== 0) {
      const before = heap.live;
      heap.release(this.packed.address, this.packed.bytes);
      packed.bytes -= before - heap.live;
      packed.owners.delete(this);
    }
    this.packed = null;
  }
}

/** Address of the shared work area of at least `bytes`, good until the next call. */
export function scratch(bytes: number): Address {
  return allocated(workArea, bytes);
}
