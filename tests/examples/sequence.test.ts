// The parts of examples/sequence: letters there and back, the yardstick, and a model that learns.
import { describe, expect, it } from "vitest";
import { bigramSurprise } from "../../examples/sequence/bigram.ts";
import { countries, decode, encode, LONGEST, loadTowns, symbolsOf } from "../../examples/sequence/data.ts";
import { guessCountries, invent, surprise, TownNamer } from "../../examples/sequence/model.ts";
import { manualSeed, noGrad, optim } from "../../src/index.ts";

manualSeed(0);
const { train, test, letters } = loadTowns();

describe("the sequence example", () => {
  it("draws towns of every country and keeps those it tests on apart", () => {
    expect(train.length).toBeGreaterThan(10_000);
    expect(test.length).toBe(Math.floor((train.length + test.length) / 10));
    for (const set of [train, test]) expect(new Set(set.map((t) => t.country)).size).toBe(countries.length);
    const seen = new Set(train.map((t) => `${t.country} ${t.name}`));
    expect(test.filter((t) => seen.has(`${t.country} ${t.name}`))).toEqual([]);
  });

  it("encodes names and decodes them again", () => {
    const town = test[0] as (typeof test)[number];
    const [input, target] = encode([town], letters);
    expect(input.shape).toEqual([1, LONGEST + 1]);
    expect(input.data[0]).toBe(1 + town.country);
    expect(decode(Array.from(target.data), letters).toLowerCase()).toBe(town.name);
  });

  it("counts pairs of letters: better than chance, no better than it can be", () => {
    const choices = Math.exp(bigramSurprise(encode(train, letters), encode(test, letters), letters));
    expect(choices).toBeGreaterThan(5);
    expect(choices).toBeLessThan(symbolsOf(letters) / 2);
  });

  it("learns: 150 steps leave fewer choices, and tell more countries than chance", () => {
    const model = new TownNamer(letters, 32);
    const optimizer = new optim.Adam(model.parameters(), { lr: 2e-2 });
    const losses: number[] = [];
    for (let step = 0; step < 150; step++) {
      const [input, target] = encode(train.slice(step * 64, (step + 1) * 64), letters);
      optimizer.zeroGrad();
      const loss = surprise(model.forward(input), target);
      loss.backward();
      optimizer.step();
      losses.push(loss.item());
    }
    expect(losses[0]).toBeCloseTo(Math.log(symbolsOf(letters)), 1);
    const [input, target] = encode(test, letters);
    const after = noGrad(() => surprise(model.forward(input), target)).item();
    expect(Math.exp(after)).toBeLessThan(13);
    const few = test.slice(0, 300);
    const right = guessCountries(model, few).filter((guess, i) => guess === few[i]?.country).length;
    expect(right / few.length).toBeGreaterThan(0.45);
    const names = invent(model, 0, 10);
    expect(names).toHaveLength(10);
    for (const name of names) expect(name.length).toBeLessThanOrEqual(LONGEST + 1);
  });
});
