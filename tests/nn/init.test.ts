import { describe, expect, it } from "vitest";
import { manualSeed, nn, ones, type Tensor, zeros } from "../../src/index.ts";
import { close, fixtures } from "../check.ts";

const { rows, gains } = fixtures<{
  init: { rows: Record<string, [shape: number[], values: number[]]>; gains: Record<string, number> };
}>("randomness").init;
const i = nn.init;
const wrong = <T>(value: unknown): T => value as T;

const calls: Record<string, (w: Tensor) => Tensor> = {
  uniform: (w) => i.uniform_(w, { a: -2, b: 3 }),
  normal: (w) => i.normal_(w, { mean: 1, std: 0.5 }),
  constant: (w) => i.constant_(w, 0.3),
  eye: (w) => i.eye_(w),
  dirac: (w) => i.dirac_(w),
  truncNormal: (w) => i.truncNormal_(w, { a: -0.5, b: 1 }),
  xavierUniform: (w) => i.xavierUniform_(w),
  xavierUniformGain: (w) => i.xavierUniform_(w, { gain: 2 }),
  xavierNormal: (w) => i.xavierNormal_(w),
  kaimingUniform: (w) => i.kaimingUniform_(w),
  kaimingUniformSqrt5: (w) => i.kaimingUniform_(w, { a: Math.sqrt(5) }),
  kaimingUniformFanOut: (w) => i.kaimingUniform_(w, { mode: "fan_out", nonlinearity: "relu" }),
  kaimingNormal: (w) => i.kaimingNormal_(w, { nonlinearity: "tanh" }),
};

describe("init", () => {
  it.each(Object.keys(rows))("%s draws PyTorch's values", (name) => {
    const [shape, values] = rows[name] as [number[], number[]];
    const w = new nn.Parameter(zeros(shape));
    manualSeed(0);
    expect((calls[name] as (w: Tensor) => Tensor)(w)).toBe(w);
    expect(w.grad).toBe(null);
    if (/ormal/.test(name)) close(w, values, { atol: 1e-7, rtol: 5e-7 });
    else expect(Array.from(w.data)).toEqual(values.map(Math.fround));
  });

  it("knows PyTorch's gains", () => {
    for (const [name, gain] of Object.entries(gains)) {
      const [, fn, param] = /^(.*?)(?:_([\d.]+))?$/.exec(name) as unknown as [string, nn.init.Nonlinearity, string?];
      close(i.calculateGain(fn, param === undefined ? undefined : Number(param)), gain, { atol: 0, rtol: 1e-15 });
    }
    expect(() => i.calculateGain(wrong("cubic"))).toThrow("calculateGain: unknown nonlinearity cubic");
  });

  it("fills with constants", () => {
    expect(i.ones_(zeros(2)).toArray()).toEqual([1, 1]);
    expect(i.zeros_(ones(2)).toArray()).toEqual([0, 0]);
    const grouped = i.dirac_(zeros(4, 2, 3), { groups: 2 }).data;
    expect(Array.from(grouped.keys()).filter((at) => grouped[at] === 1)).toEqual([1, 10, 13, 22]);
  });

  it("truncates normals at their bounds", () => {
    const values = i.truncNormal_(zeros(2000), { mean: 1, std: 2, a: 0, b: 3 }).data;
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThanOrEqual(3);
    expect(new Set(values).size).toBeGreaterThan(1990);
  });

  it("counts fans, and needs two dims for them", () => {
    expect(i.calculateFanInAndFanOut(zeros(5, 3, 2, 2))).toEqual([12, 20]);
    expect(i.kaimingUniform_(zeros(0, 3)).shape).toEqual([0, 3]);
    expect(() => i.xavierUniform_(zeros(3))).toThrow("init: expected at least 2 dims, got the shape [3]");
    expect(() => i.kaimingNormal_(zeros(3, 3), { mode: wrong("fan") })).toThrow(
      'init: expected the mode "fan_in" or "fan_out", got fan',
    );
    expect(() => i.eye_(zeros(3))).toThrow("eye_: expected 2 dims, got the shape [3]");
    expect(() => i.dirac_(zeros(3, 3))).toThrow("dirac_: expected 3 to 5 dims");
    expect(() => i.dirac_(zeros(3, 3, 3), { groups: 2 })).toThrow("must be divisible by groups 2");
    expect(() => i.uniform_(wrong(null))).toThrow("uniform_: expected input to be a Tensor, got null");
    expect(() => i.truncNormal_(zeros(2), { a: 2, b: 1 })).toThrow("truncNormal_: expected a <= b, got 2 and 1");
  });
});
