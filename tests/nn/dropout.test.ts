import { describe, expect, it } from "vitest";
import { functional, manualSeed, nn, ones } from "../../src/index.ts";

describe("Dropout", () => {
  it("draws as the function does while training, and is the identity in eval", () => {
    const layer = new nn.Dropout({ p: 0.3 });
    const x = ones(4, 5);
    manualSeed(9);
    const expected = functional.dropout(x, { p: 0.3 }).toArray();
    manualSeed(9);
    expect(layer.forward(x).toArray()).toEqual(expected);
    expect(layer.eval().forward(x)).toBe(x);
    expect(layer.train().forward(x)).not.toBe(x);
  });

  it("drops half unless told otherwise", () => {
    expect(new nn.Dropout().p).toBe(0.5);
    expect(new nn.Dropout(0.1).p).toBe(0.1);
    expect(String(new nn.Dropout())).toBe("Dropout(p=0.5, inplace=False)");
  });

  it("rejects probabilities that are none", () => {
    for (const p of [-0.5, 1.5, Number.NaN]) {
      expect(() => new nn.Dropout({ p })).toThrow(
        `Dropout: dropout probability has to be between 0 and 1, but got ${p}`,
      );
    }
  });
});
