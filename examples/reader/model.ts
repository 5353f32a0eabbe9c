// A small convolutional net that reads handwritten digits: 15 thousand weights, 59 KB, shared by the Worker, the page and Deno.
import { noGrad, type Tensor, tensor } from "lanegrad";
import * as functional from "lanegrad/functional";
import * as nn from "lanegrad/nn";

/** Pixels of a picture: 28 rows of 28, from 0 (paper) to 1 (ink). */
export const PIXELS: number = 28 * 28;

/** Input [n, 1, 28, 28], output [n, 10]: a score for each digit. */
export class Reader extends nn.Module {
  readonly conv1: nn.Conv2d = new nn.Conv2d(1, 12, 5, { padding: 2 });
  readonly conv2: nn.Conv2d = new nn.Conv2d(12, 24, 3, { padding: 1 });
  readonly pool: nn.MaxPool2d = new nn.MaxPool2d(2);
  readonly dropout: nn.Dropout = new nn.Dropout({ p: 0.25 });
  readonly fc: nn.Linear = new nn.Linear(24 * 7 * 7, 10);

  override forward(x: Tensor): Tensor {
    const seen = this.pool.forward(functional.relu(this.conv1.forward(x)));
    const parts = this.pool.forward(functional.relu(this.conv2.forward(seen)));
    return this.fc.forward(this.dropout.forward(functional.flatten(parts, 1)));
  }
}

/** Pictures one after the other as the input of the model. */
export function pictures(pixels: Float32Array): Tensor {
  return tensor(pixels, { shape: [pixels.length / PIXELS, 1, 28, 28] });
}

export interface Reading {
  /** The most probable digit. */
  digit: number;
  /** Of each digit; they add up to 1. */
  probabilities: number[];
}

/** Reads one picture. Leaves no tensor behind. */
export function read(model: Reader, pixels: Float32Array): Reading {
  model.eval();
  const probabilities = noGrad(() => [...functional.softmax(model.forward(pictures(pixels)), 1).data]);
  return { digit: probabilities.indexOf(Math.max(...probabilities)), probabilities };
}
