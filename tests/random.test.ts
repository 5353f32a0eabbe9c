import { describe, expect, it, vi } from "vitest";
import {
  functional,
  Generator,
  getRngState,
  initialSeed,
  manualSeed,
  ones,
  rand,
  randint,
  randn,
  randperm,
  seed,
  setRngState,
  type Tensor,
  tensor,
  zeros,
} from "../src/index.ts";
import { close, fixtures } from "./check.ts";

type Row = [name: string, n: number, values: number[]];
const figures = fixtures<{
  alone: Record<string, Row[]>;
  mixed: Record<string, Row[]>;
  seeds: [seed: string, rand: number[], randn: number[], randint: number[]][];
}>("randomness");

const calls: Record<string, (n: number) => Tensor> = {
  rand: (n) => rand(n),
  randn: (n) => randn([n]),
  uniform: (n) => zeros(n).uniform_({ from: -0.31622776, to: 0.5 }),
  normal: (n) => zeros(n).normal_({ mean: 1.7, std: 0.02 }),
  randint: (n) => randint(-5, 100, [n]),
  randintFull: (n) => randint(-(2 ** 31), 2 ** 31, [n]),
  randperm: (n) => randperm(n),
  bernoulli: (n) => zeros(n).bernoulli_({ p: 0.3 }),
  dropout: (n) => functional.dropout(ones(n), { p: 0.2 }),
  exponential: (n) => zeros(n).exponential_({ lambd: 2 }),
};

/** Exact, but for normals of the block path: there PyTorch's own AVX2 logarithm and sine are off by an ulp or two. */
function same([name, n, expected]: Row): void {
  const all = Array.from((calls[name] as (n: number) => Tensor)(n).data);
  const shown = all.length <= 33 ? all : [...all.slice(0, 8), ...all.slice(-8)];
  if (name === "randn" || name === "normal")
    close(shown, expected, { atol: n < 16 ? 0 : 2.4e-7, rtol: n < 16 ? 6e-8 : 2.4e-7 });
  else expect(shown, `${name}(${n})`).toEqual(name.startsWith("randi") ? expected : expected.map(Math.fround));
}

describe("the stream of torch.manual_seed", () => {
  it.each(Object.keys(figures.alone))("seed %s: every call alone, at every size", (s) => {
    for (const row of figures.alone[s] as Row[]) {
      manualSeed(Number(s));
      same(row);
    }
  });

  it.each(Object.keys(figures.mixed))("seed %s: calls of odd sizes one after the other", (s) => {
    manualSeed(Number(s));
    for (const row of figures.mixed[s] as Row[]) same(row);
  });

  it.each(figures.seeds)("seed %s: negative, large and 64-bit seeds", (s, uniforms, normals, integers) => {
    manualSeed(BigInt(s));
    expect(initialSeed()).toBe(BigInt.asUintN(64, BigInt(s)));
    expect(Array.from(rand(2).data)).toEqual(uniforms.map(Math.fround));
    close(randn(3), normals, { atol: 0, rtol: 6e-8 });
    expect(Array.from(randint(0, 1000, [3]).data)).toEqual(integers);
  });

  it("gives the listed values from seed 0", () => {
    manualSeed(0);
    expect(Array.from(rand(5).data)).toEqual([
      0.49625658988952637, 0.7682217955589294, 0.08847743272781372, 0.13203048706054688, 0.30742281675338745,
    ]);
    manualSeed(0);
    close(
      randn(5),
      [1.5409960746765137, -0.293428897857666, -2.1787893772125244, 0.5684312582015991, -1.0845223665237427],
      {
        atol: 0,
        rtol: 6e-8,
      },
    );
    manualSeed(0);
    expect(randint(0, 100, [6]).toArray()).toEqual([44, 39, 33, 60, 63, 79]);
    manualSeed(0);
    expect(randperm(10).toArray()).toEqual([4, 1, 7, 5, 3, 9, 0, 8, 6, 2]);
  });

  it("forgets a cached normal when seeded again", () => {
    manualSeed(5);
    const first = randn(3).toArray();
    manualSeed(5);
    expect(randn(3).toArray()).toEqual(first);
  });
});

describe("generators", () => {
  it("go on from a saved state, a cached normal included", () => {
    manualSeed(3);
    rand(700);
    randn(3);
    const state = getRngState();
    expect([state.dtype, state.shape]).toEqual(["int32", [628]]);
    const next = [randn(1).item(), ...randperm(9).data, ...rand(1000).data];
    randn(5);
    setRngState(state);
    expect([randn(1).item(), ...randperm(9).data, ...rand(1000).data]).toEqual(next);
  });

  it("are independent of one another", () => {
    manualSeed(1);
    const expected = rand(4).toArray();
    manualSeed(1);
    const other = new Generator().manualSeed(1);
    expect(rand(4, { generator: other }).toArray()).toEqual(expected);
    expect(rand(4).toArray()).toEqual(expected);
    expect(other.initialSeed()).toBe(1n);
    expect(new Generator().setState(other.getState()).getState().toArray()).toEqual(other.getState().toArray());
  });

  it("unseeded differ from one another", () => {
    const [a, b] = [new Generator(), new Generator()];
    expect(rand(4, { generator: a }).toArray()).not.toEqual(rand(4, { generator: b }).toArray());
  });

  it("start unseeded where the runtime refuses crypto, as Workers do outside of requests", () => {
    const refused = vi.spyOn(globalThis.crypto, "getRandomValues").mockImplementation(() => {
      throw new Error("Disallowed operation called within global scope");
    });
    const seeds = new Set(Array.from({ length: 100 }, () => new Generator().initialSeed()));
    expect(seeds.size).toBe(100);
    expect([...seeds].filter((s) => s >= 2n ** 52n).length).toBeGreaterThan(20);
    expect([...seeds].every((s) => s >= 0n && s < 2n ** 53n)).toBe(true);
    expect(Number.isSafeInteger(new Generator().seed())).toBe(true);
    expect(refused).not.toHaveBeenCalled();
    refused.mockRestore();
  });

  it("seed() draws a seed that gives the same stream again", () => {
    const s = seed();
    const first = rand(3).toArray();
    manualSeed(s);
    expect(rand(3).toArray()).toEqual(first);
  });

  it("reject seeds and states that are none", () => {
    expect(() => manualSeed(1.5)).toThrow("manualSeed: expected a safe integer or a bigint, got 1.5");
    expect(() => manualSeed(Number.NaN)).toThrow("manualSeed: expected a safe integer");
    expect(() => manualSeed("1" as unknown as number)).toThrow("manualSeed: expected a safe integer");
    expect(() => manualSeed(2n ** 64n)).toThrow("manualSeed: expected a seed from -2^63 to 2^64 - 1");
    expect(() => manualSeed(-(2n ** 63n) - 1n)).toThrow("manualSeed: expected a seed from -2^63 to 2^64 - 1");
    expect(() => setRngState(zeros(628))).toThrow("setState: expected int32 [628] of getState(), got float32 [628]");
    expect(() => setRngState(tensor(new Int32Array(628).fill(700)))).toThrow("setState: the state is damaged");
    expect(() => rand(2, { generator: 1 as unknown as Generator })).toThrow(
      "rand: expected generator to be a Generator",
    );
  });
});
