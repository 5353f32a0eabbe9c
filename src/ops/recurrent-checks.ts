// What lstm and lstmCell demand of their arguments.
import { checkCount, rangeError, typeError } from "../check.ts";
import { checkFloat, checkObject, Tensor } from "../op.ts";
import { checkProbability } from "../random.ts";
import { type Shape, sameShape } from "../shape.ts";

export interface LstmOptions {
  /** Layers on top of each other. Default 1. */
  numLayers?: number;
  /** Whether the weights contain biases. Default true. */
  bias?: boolean;
  /** Whether input and output are [batch, steps, features] instead of [steps, batch, features]. Default false. */
  batchFirst?: boolean;
  /** Probability of dropping an output of every layer but the last, while `training`. Default 0. */
  dropout?: number;
  /** Whether dropout acts. Default false. */
  training?: boolean;
  /** Whether a second direction reads the steps backwards. Default false. */
  bidirectional?: boolean;
}

/** Width of the input, of the cells, and of the hidden state, which is the cells' unless it is projected. */
export interface Widths {
  i: number;
  h: number;
  r: number;
  projected: boolean;
}

function checkSize(x: Tensor, op: string, name: string, shape: Shape): void {
  if (sameShape(x.shape, shape)) return;
  throw rangeError`${op}: expected ${name} of shape ${shape}, got ${x.shape}`;
}

/** The options with PyTorch's defaults, checked. */
export function checkOptions(options: LstmOptions): Required<LstmOptions> {
  checkObject(options, "lstm", "numLayers, bias, batchFirst, dropout, training, bidirectional");
  const { numLayers = 1, bias = true, batchFirst = false } = options;
  const { dropout = 0, training = false, bidirectional = false } = options;
  checkCount(numLayers, "lstm", "numLayers", 1);
  checkProbability(dropout, "lstm: dropout");
  return { numLayers, bias, batchFirst, dropout, training, bidirectional };
}

/** The widths that the weights tell, after checking that all of them agree. */
export function checkWeights(weights: unknown, op: string, options: Required<LstmOptions>): Widths {
  if (!Array.isArray(weights)) {
    throw typeError`${op}: expected the weights as an array of Tensors, got ${weights}`;
  }
  const { numLayers, bidirectional, bias } = options;
  const d = bidirectional ? 2 : 1;
  const least = bias ? 4 : 2;
  const per = weights.length / (numLayers * d);
  if (per !== least && per !== least + 1) {
    const sets = numLayers * d;
    throw rangeError`${op}: expected ${sets} times ${least} or ${least + 1} weights, got ${weights.length}`;
  }
  weights.forEach((w, n) => {
    if (!(w instanceof Tensor) || w.isFreed || w.dtype !== "float32") checkFloat(w, op, `weight ${n}`);
  });
  const [ih, hh] = weights as [Tensor, Tensor];
  if (ih.ndim !== 2 || hh.ndim !== 2 || hh.size(0) % 4 !== 0 || hh.size(0) === 0) {
    throw rangeError`${op}: expected weight_ih [4 h, input] and weight_hh [4 h, h], got ${ih.shape} and ${hh.shape}`;
  }
  const i = ih.size(1);
  const h = hh.size(0) / 4;
  const r = hh.size(1);
  const projected = per > least;
  for (let n = 0; n < weights.length; n++) {
    const { shape } = weights[n] as Tensor;
    const place = n % per;
    const vector = bias && (place === 2 || place === 3);
    const rows = place < 2 || vector ? 4 * h : r;
    let columns = place === 1 && projected ? r : h;
    if (place === 0) columns = n < per * d ? i : d * r;
    if (shape.length === (vector ? 1 : 2) && shape[0] === rows && (vector || shape[1] === columns)) continue;
    checkSize(weights[n] as Tensor, op, `weight ${n}`, vector ? [rows] : [rows, columns]);
  }
  return { i, h, r, projected };
}

/** Checks the width of the input. */
export function checkInput(input: Tensor, op: string, dims: readonly [number, number], width: number): void {
  if (!dims.includes(input.ndim)) {
    const [without, batched] = dims;
    throw rangeError`${op}: expected input of ${batched} or ${without} dims, got the shape ${input.shape}`;
  }
  if (input.size(-1) === width) return;
  throw rangeError`${op}: expected input [..., ${width}], got ${input.shape}`;
}

/** Checks [h, c] against what the input and the weights call for; `rows`: the dims before their widths. */
export function checkState(
  state: unknown,
  op: string,
  rows: Shape,
  { h, r }: Widths,
): asserts state is [Tensor, Tensor] {
  if (!Array.isArray(state) || state.length !== 2) {
    const got = Array.isArray(state) ? `an array of ${state.length}` : String(state);
    throw typeError`${op}: expected the state as [h0, c0], got ${got}`;
  }
  const [h0, c0] = state;
  checkFloat(h0, op, "h0");
  checkFloat(c0, op, "c0");
  const dims = rows.length + 1;
  if (h0.ndim !== dims || c0.ndim !== dims) {
    const kind = dims === 3 || (dims === 2 && op === "lstmCell") ? "batched" : "unbatched";
    throw rangeError`${op}: for ${kind} input h0 and c0 should be ${dims}-D, got ${h0.shape} and ${c0.shape}`;
  }
  checkSize(h0, op, "h0", [...rows, r]);
  checkSize(c0, op, "c0", [...rows, h]);
}
