// A size-class heap over the linear memory: sizes are rounded up to eight steps a doubling, free blocks wait in a list per class.

/** What the heap needs of a memory: its size in bytes, and growth that may fail. */
export interface Growable {
  readonly bytes: number;
  grow(bytes: number): boolean;
}

const UNIT = 64;

/** Number of the smallest class that holds `bytes`: 1 to 16 units exactly, then eight classes a doubling. */
export function classOf(bytes: number): number {
  const units = Math.max(1, Math.ceil(bytes / UNIT));
  const shift = Math.max(0, 28 - Math.clz32(units - 1));
  return 8 * shift + ((units - 1) >>> shift) + 1;
}

/** Bytes of a block of that class. */
export function classSize(index: number): number {
  if (index <= 16) return index * UNIT;
  const shift = Math.floor((index - 9) / 8);
  return (index - 8 * shift) * 2 ** shift * UNIT;
}

export class Heap {
  /** Bytes handed out now, and the most so far. */
  live = 0;
  peak = 0;
  /** Bytes in free blocks below `top`. */
  private free = 0;
  private top: number;
  private readonly lists: number[][] = [];
  /** Runs of joined free blocks, [address, bytes], in order of address. */
  private spans: [number, number][] = [];

  constructor(
    private readonly memory: Growable,
    start: number,
  ) {
    this.top = Math.ceil(start / UNIT) * UNIT;
  }

  /** Address of a block of at least `bytes` bytes, aligned to 64; 0 when memory has run out. */
  allocate(bytes: number): number {
    if (!(bytes <= 0xffffffff)) return 0;
    const index = classOf(bytes);
    const size = classSize(index);
    const list = this.lists[index];
    let address = 0;
    if (list !== undefined && list.length > 0) {
      address = list.pop() as number;
      this.free -= size;
    } else {
      address = this.cut(size) || this.bump(size);
      if (address === 0 && this.free >= size) {
        this.join();
        address = this.cut(size) || this.bump(size);
      }
      if (address === 0 && this.extend(size)) address = this.bump(size);
      if (address === 0) return 0;
    }
    this.live += size;
    if (this.live > this.peak) this.peak = this.live;
    return address;
  }

  /** Gives back a block of `allocate(bytes)`. */
  release(address: number, bytes: number): void {
    const index = classOf(bytes);
    const size = classSize(index);
    let list = this.lists[index];
    if (list === undefined) {
      list = [];
      this.lists[index] = list;
    }
    list.push(address);
    this.live -= size;
    this.free += size;
  }

  /** Leaves one unit free at the end: elementwise kernels read whole vectors past the end of a view. */
  private bump(size: number): number {
    const address = this.top;
    if (address + size + UNIT > this.memory.bytes) return 0;
    this.top = address + size;
    return address;
  }

  private extend(size: number): boolean {
    const missing = this.top + size + UNIT - this.memory.bytes;
    const generous = Math.max(missing, Math.min(this.memory.bytes / 4, 16 << 20));
    return this.memory.grow(generous) || this.memory.grow(missing);
  }

  private cut(size: number): number {
    for (let i = 0; i < this.spans.length; i++) {
      const span = this.spans[i] as [number, number];
      if (span[1] < size) continue;
      const address = span[0];
      span[0] += size;
      span[1] -= size;
      if (span[1] === 0) this.spans.splice(i, 1);
      this.free -= size;
      return address;
    }
    return 0;
  }

  /** Joins neighbouring free blocks into spans; those at the end go back below `top`. Rare: only before memory would grow. */
  private join(): void {
    const blocks = this.spans;
    this.lists.forEach((list, index) => {
      for (const address of list) blocks.push([address, classSize(index)]);
      list.length = 0;
    });
    blocks.sort((a, b) => a[0] - b[0]);
    const joined: [number, number][] = [];
    for (const block of blocks) {
      const last = joined.at(-1);
      if (last !== undefined && last[0] + last[1] === block[0]) last[1] += block[1];
      else joined.push(block);
    }
    const last = joined.at(-1);
    if (last !== undefined && last[0] + last[1] === this.top) {
      this.top = last[0];
      this.free -= last[1];
      joined.pop();
    }
    this.spans = joined;
  }
}
