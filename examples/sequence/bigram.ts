// The yardstick: how surprising a letter is to one who has only counted which letter follows which.
import type { Tensor } from "lanegrad";
import { symbolsOf } from "./data.ts";

/** Counts pairs in `train` and gives the mean surprise at the symbols of `test` in nats; unseen pairs count as one. */
export function bigramSurprise(train: [Tensor, Tensor], test: [Tensor, Tensor], letters: readonly string[]): number {
  const symbols = symbolsOf(letters);
  const pairs = new Float64Array(symbols * symbols).fill(1);
  const totals = new Float64Array(symbols).fill(symbols);
  const visit = ([input, target]: [Tensor, Tensor], each: (before: number, after: number) => void): void => {
    const befores = input.data;
    for (const [i, after] of target.data.entries()) if (after >= 0) each(befores[i] as number, after);
  };
  visit(train, (before, after) => {
    pairs[before * symbols + after] = (pairs[before * symbols + after] as number) + 1;
    totals[before] = (totals[before] as number) + 1;
  });
  let [sum, count] = [0, 0];
  visit(test, (before, after) => {
    sum -= Math.log((pairs[before * symbols + after] as number) / (totals[before] as number));
    count++;
  });
  return sum / count;
}
