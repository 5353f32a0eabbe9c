// Recurrent layers: LSTM, LSTMCell.
import { checkBoolean, checkCount, rangeError } from "../check.ts";
import { checkObject } from "../op.ts";

import { uniform_ } from "../ops/random.ts";
import { type LstmResult, lstm, lstmCell } from "../ops/recurrent.ts";
import { checkProbability } from "../random.ts";
import { noGrad, settle } from "../scope.ts";
import { empty, type Tensor } from "../tensor.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

export interface LSTMOptions {
  /** Layers on top of each other. Default 1. */
  numLayers?: number;
  /** Whether the gates have biases. Default true. */
  bias?: boolean;
  /** Whether input and output are [batch, steps, features] instead of [steps, batch, features]. Default false. */
  batchFirst?: boolean;
  /** Probability of dropping an output of every layer but the last, in training. Default 0. */
  dropout?: number;
  /** Whether a second direction reads the steps backwards. Default false. */
  bidirectional?: boolean;
  /** Width of the hidden state after a projection; 0 for none. Default 0. */
  projSize?: number;
}

/** A parameter of uniform values within 1 / sqrt(hiddenSize), drawn at once. */
function uniform(shape: readonly number[], hiddenSize: number): Parameter {
  const bound = 1 / Math.sqrt(hiddenSize);
  return new Parameter(noGrad(() => uniform_(settle(empty(shape)), { from: -bound, to: bound })));
}

/**
 * A long short-term memory network over whole sequences.
 *
 * `forward(input, [h0, c0]?)`: input of shape [steps, batch, inputSize], with `batchFirst` [batch, steps, inputSize], or
 * [steps, inputSize]; h0 of [numLayers * directions, batch, projSize or hiddenSize], c0 of
 * [numLayers * directions, batch, hiddenSize] (zeros by default, without batch for unbatched input). Gives
 * [output, [hN, cN]]: output as input with directions * (projSize or hiddenSize) features, the states as h0 and c0.
 * Parameters `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`, `weight_hr_l0`, `weight_ih_l0_reverse`, ...: gates in
 * the order i, f, g, o, uniform within 1 / sqrt(hiddenSize).
 * @throws RangeError for sizes that disagree, dropout outside [0, 1], projSize not below hiddenSize, no steps.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LSTM.html
 */
export class LSTM extends Module {
  declare readonly inputSize: number;
  declare readonly hiddenSize: number;
  declare readonly numLayers: number;
  declare readonly bias: boolean;
  declare readonly batchFirst: boolean;
  declare readonly dropout: number;
  declare readonly bidirectional: boolean;
  declare readonly projSize: number;
  readonly #names: string[] = [];
  [weight: `weight_${string}` | `bias_${string}`]: Parameter;

  constructor(inputSize: number, hiddenSize: number, options: LSTMOptions = {}) {
    super();
    checkObject(options, "LSTM", "numLayers, bias, batchFirst, dropout, bidirectional, projSize");
    const { numLayers = 1, bias = true, batchFirst = false } = options;
    const { dropout = 0, bidirectional = false, projSize = 0 } = options;
    checkCount(inputSize, "LSTM", "inputSize", 0);
    checkCount(hiddenSize, "LSTM", "hiddenSize", 1);
    checkCount(numLayers, "LSTM", "numLayers", 1);
    checkCount(projSize, "LSTM", "projSize", 0);
    if (projSize >= hiddenSize) {
      throw rangeError`LSTM: expected projSize below hiddenSize ${hiddenSize}, got ${projSize}`;
    }
    checkProbability(dropout, "LSTM: dropout");
    checkBoolean(bias, "LSTM", "bias");
    checkBoolean(batchFirst, "LSTM", "batchFirst");
    checkBoolean(bidirectional, "LSTM", "bidirectional");
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.numLayers = numLayers;
    this.bias = bias;
    this.batchFirst = batchFirst;
    this.dropout = dropout;
    this.bidirectional = bidirectional;
    this.projSize = projSize;
    const width = projSize || hiddenSize;
    for (let layer = 0; layer < numLayers; layer++) {
      for (const end of bidirectional ? ["", "_reverse"] : [""]) {
        const add = (name: `weight_${string}` | `bias_${string}`, ...shape: number[]): void => {
          const full = `${name}_l${layer}${end}` as const;
          this.#names.push(full);
          this[full] = uniform(shape, hiddenSize);
        };
        add("weight_ih", 4 * hiddenSize, layer === 0 ? inputSize : width * (bidirectional ? 2 : 1));
        add("weight_hh", 4 * hiddenSize, width);
        if (bias) for (const name of ["bias_ih", "bias_hh"] as const) add(name, 4 * hiddenSize);
        if (projSize > 0) add("weight_hr", projSize, hiddenSize);
      }
    }
  }

  override forward(input: Tensor, state?: readonly [h0: Tensor, c0: Tensor] | null): LstmResult {
    const weights = this.#names.map((name) => (this as unknown as Record<string, Tensor>)[name] as Tensor);
    return lstm(input, state, weights, this);
  }

  override extraRepr(): string {
    const parts = [
      this.projSize > 0 ? `proj_size=${this.projSize}` : "",
      this.numLayers > 1 ? `num_layers=${this.numLayers}` : "",
      this.bias ? "" : "bias=False",
      this.batchFirst ? "batch_first=True" : "",
      this.dropout > 0 ? `dropout=${this.dropout === 1 ? "1.0" : this.dropout}` : "",
      this.bidirectional ? "bidirectional=True" : "",
    ];
    return [`${this.inputSize}, ${this.hiddenSize}`, ...parts.filter((part) => part !== "")].join(", ");
  }
}

/**
 * One step of an LSTM.
 *
 * `forward(input, [h, c]?)`: input of shape [batch, inputSize] or [inputSize], h and c of [batch, hiddenSize] or
 * [hiddenSize], zeros by default. Gives the next [h, c]. Parameters `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`.
 * @throws RangeError for sizes that disagree.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LSTMCell.html
 */
export class LSTMCell extends Module {
  declare readonly inputSize: number;
  declare readonly hiddenSize: number;
  declare readonly bias: boolean;
  declare weight_ih: Parameter;
  declare weight_hh: Parameter;
  declare bias_ih: Parameter | null;
  declare bias_hh: Parameter | null;

  constructor(inputSize: number, hiddenSize: number, options: { bias?: boolean } = {}) {
    super();
    checkObject(options, "LSTMCell", "bias");
    const { bias = true } = options;
    checkCount(inputSize, "LSTMCell", "inputSize", 0);
    checkCount(hiddenSize, "LSTMCell", "hiddenSize", 1);
    checkBoolean(bias, "LSTMCell", "bias");
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.bias = bias;
    this.weight_ih = uniform([4 * hiddenSize, inputSize], hiddenSize);
    this.weight_hh = uniform([4 * hiddenSize, hiddenSize], hiddenSize);
    this.bias_ih = bias ? uniform([4 * hiddenSize], hiddenSize) : null;
    this.bias_hh = bias ? uniform([4 * hiddenSize], hiddenSize) : null;
  }

  override forward(input: Tensor, state?: readonly [h: Tensor, c: Tensor] | null): [h: Tensor, c: Tensor] {
    const weights = [this.weight_ih, this.weight_hh, this.bias_ih, this.bias_hh].filter((w) => w !== null);
    return lstmCell(input, state, weights);
  }

  override extraRepr(): string {
    return `${this.inputSize}, ${this.hiddenSize}${this.bias ? "" : ", bias=False"}`;
  }
}
