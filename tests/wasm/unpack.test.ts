// The kernels' text form: what comes out is what went in, byte for byte.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { difference, toText } from "../../assembly/pack.mjs";
import { fromText, patched } from "../../src/wasm/unpack.ts";

describe("packed kernels", () => {
  it("hold any bytes", () => {
    const every = Uint8Array.from({ length: 512 }, (_, i) => (i * 7) % 256);
    expect(fromText(toText(every))).toEqual(every);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(fromText(toText(bytes))).toEqual(Uint8Array.from(bytes));
        expect(toText(bytes)).not.toMatch(/["'`$\\<\n]/);
      }),
    );
  });

  it("differ as they were found to", () => {
    const few = fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 400 });
    fc.assert(
      fc.property(few, few, (a, b) => {
        const from = Buffer.from([...a, ...b, ...a]);
        const to = Buffer.from([...b, 7, ...a, ...b]);
        expect(patched(Uint8Array.from(from), difference(from, to))).toEqual(Uint8Array.from(to));
      }),
    );
  });
});
