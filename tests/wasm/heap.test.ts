import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { classOf, classSize, Heap } from "../../src/wasm/heap.ts";

/** A memory of numbers only, which grows to `most` bytes. */
function memoryOf(most: number) {
  return {
    bytes: 65536,
    grow(bytes: number): boolean {
      if (this.bytes + bytes > most) return false;
      this.bytes += Math.ceil(bytes / 65536) * 65536;
      return true;
    },
  };
}

describe("size classes", () => {
  it("hold what they are asked for and waste at most an eighth and a unit", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 }), (bytes) => {
        const size = classSize(classOf(bytes));
        expect(size).toBeGreaterThanOrEqual(bytes);
        expect(size % 64).toBe(0);
        expect(size).toBeLessThanOrEqual(bytes * 1.125 + 128);
      }),
    );
  });
});

describe("heap", () => {
  it("gives aligned blocks that never overlap, whatever the order", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 40000 }), fc.boolean()), { maxLength: 200 }), (steps) => {
        const heap = new Heap(memoryOf(8 << 20), 1000);
        const live: [number, number][] = [];
        for (const [bytes, drop] of steps) {
          if (drop && live.length > 0) {
            const [address, size] = live.splice(bytes % live.length, 1)[0] as [number, number];
            heap.release(address, size);
            continue;
          }
          const address = heap.allocate(bytes);
          expect(address % 64).toBe(0);
          if (address === 0) continue;
          for (const [other, size] of live) expect(address + bytes <= other || other + size <= address).toBe(true);
          live.push([address, bytes]);
        }
        expect(heap.live).toBe(live.reduce((sum, [, bytes]) => sum + classSize(classOf(bytes)), 0));
      }),
    );
  });

  it("joins free neighbours before it gives up", () => {
    const heap = new Heap(memoryOf(1 << 20), 0x40);
    const blocks: number[] = [];
    for (let a = heap.allocate(4096); a !== 0; a = heap.allocate(4096)) blocks.push(a);
    expect(blocks.length).toBeGreaterThan(200);
    for (const a of blocks) heap.release(a, 4096);
    expect(heap.allocate(900_000)).toBeGreaterThan(0);
  });

  it("gives 0 when memory has run out, and goes on afterwards", () => {
    const heap = new Heap(memoryOf(1 << 20), 0x40);
    expect(heap.allocate(2 << 20)).toBe(0);
    expect(heap.live).toBe(0);
    expect(heap.allocate(1000)).toBeGreaterThan(0);
  });
});
