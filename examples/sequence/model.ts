// The model: an LSTM that reads a name letter by letter and guesses what follows, and what can be done with its guesses.
import { functional, nn, noGrad, rand, type Tensor, tensor } from "lanegrad";
import { countries, decode, encode, LONGEST, symbolsOf, type Town } from "./data.ts";

type State = [h: Tensor, c: Tensor];

export class TownNamer extends nn.Module {
  lstm: nn.LSTM;
  head: nn.Linear;

  constructor(
    readonly letters: readonly string[],
    hidden: number,
  ) {
    super();
    this.lstm = new nn.LSTM(symbolsOf(letters), hidden, { batchFirst: true });
    this.head = new nn.Linear(hidden, symbolsOf(letters));
  }

  /** Symbols [n, steps] to a score for each symbol that may follow each of them, [n, steps, symbols]. */
  override forward(symbols: Tensor): Tensor {
    return this.continue(symbols)[0];
  }

  /** The same, going on from the state that an earlier call left. */
  continue(symbols: Tensor, state?: State): [scores: Tensor, state: State] {
    const [output, next] = this.lstm.forward(functional.oneHot(symbols, symbolsOf(this.letters)).float(), state);
    return [this.head.forward(output), next];
  }
}

/** The mean surprise at a letter of these names, in nats. */
export function surprise(scores: Tensor, target: Tensor): Tensor {
  return functional.crossEntropy(scores.flatten(0, 1), target.flatten());
}

/** `count` names that the model makes up for a country. A low temperature keeps to what is most usual. */
export function invent(model: TownNamer, country: number, count: number, temperature: number = 0.7): string[] {
  return noGrad(() => {
    const names: number[][] = Array.from({ length: count }, () => []);
    let last = new Int32Array(count).fill(1 + country);
    let state: State | undefined;
    for (let step = 0; step <= LONGEST; step++) {
      const [scores, next] = model.continue(tensor(last, { shape: [count, 1] }), state);
      const odds = functional.softmax(scores.squeeze(1).div(temperature), 1).cumsum(1).toArray() as number[][];
      const draws = rand([count]).data;
      last = Int32Array.from(odds, (row, n) => {
        const symbol = row.findIndex((sum) => sum > (draws[n] as number));
        return symbol < 0 ? row.length - 1 : symbol;
      });
      for (const [n, symbol] of last.entries()) (names[n] as number[]).push(symbol);
      state = next;
    }
    return names.map((name) => decode(name, model.letters));
  });
}

/** For each town the country whose towns the model finds most likely to be called so. */
export function guessCountries(model: TownNamer, towns: readonly Town[]): number[] {
  return noGrad(() => {
    const likelihoods = countries.map((_, country) => {
      const [input, target] = encode(
        towns.map(({ name }) => ({ name, country })),
        model.letters,
      );
      const each = functional.crossEntropy(model.forward(input).flatten(0, 1), target.flatten(), { reduction: "none" });
      return each.reshape([towns.length, -1]).sum(1);
    });
    return Array.from(functional.stack(likelihoods, 1).argmin(1).data);
  });
}
