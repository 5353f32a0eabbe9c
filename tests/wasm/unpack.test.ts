// The kernels' compressed form: what comes out is what went in, byte for byte.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pack } from "../../assembly/pack.mjs";
import { unpack } from "../../src/wasm/unpack.ts";

/** Both builds after a round trip. */
function roundTrip(relaxed: Uint8Array, simd: Uint8Array): [Uint8Array, Uint8Array] {
  const packed = { text: pack(relaxed, simd), relaxed: relaxed.length, simd: simd.length };
  return [unpack(packed, "relaxed"), unpack(packed, "simd")];
}

describe("packed kernels", () => {
  it("hold any bytes", () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(roundTrip(a, b)).toEqual([Uint8Array.from(a), Uint8Array.from(b)]);
      }),
    );
  });

  it("hold what repeats itself, near and far", () => {
    const few = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 400 });
    fc.assert(
      fc.property(few, few, fc.integer({ min: 0, max: 9000 }), (a, b, gap) => {
        const noise = Array.from({ length: gap }, (_, i) => (Math.imul(i + 1, 2654435761) >>> 13) & 255);
        const relaxed = Uint8Array.from([...a, ...b, ...noise, ...a]);
        const simd = Uint8Array.from([...b, 7, ...a, ...a, ...noise, ...b]);
        expect(roundTrip(relaxed, simd)).toEqual([relaxed, simd]);
      }),
      { numRuns: 40 },
    );
  });

  it("grow the decoder's memory as they need", () => {
    const long = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) >>> 7);
    expect(roundTrip(long, long.subarray(5))).toEqual([long, long.slice(5)]);
  });
});
