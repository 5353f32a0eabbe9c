// Recurrent layers: lstm over all steps, layers and directions, and the single step lstmCell.
import { rangeError } from "../check.ts";
import {
  type Address,
  checkFloat,
  composite,
  dense,
  dimsTable,
  empty,
  kernels as k,
  record,
  recurrence,
  scratch,
  settle,
  type Tensor,
  tracks,
  viewOf,
} from "../op.ts";
import { type Shape, stridesOf } from "../shape.ts";
import { dropout as drop } from "./dropout.ts";
import { cat } from "./joins.ts";
import {
  checkInput,
  checkOptions,
  checkState,
  checkWeights,
  type LstmOptions,
  type Widths,
} from "./recurrent-checks.ts";

export type { LstmOptions } from "./recurrent-checks.ts";

/** What an LSTM gives: the output of every step, and the last hidden and cell state of each layer and direction. */
export type LstmResult = [output: Tensor, state: [hN: Tensor, cN: Tensor]];

/** One layer in numbers, all that its backward keeps. */
interface Layer extends Widths {
  /** Steps, batch, directions. */
  t: number;
  b: number;
  d: number;
  bias: boolean;
  /** Whether h0 and c0 are given, and in which of their rows this layer begins. */
  state: boolean;
  first: number;
}

/** y = the elements of the dense x that `shape`, `strides` and `from` name, each at most once; shares its memory */
function part(x: Tensor, from: number, shape: Shape, strides: Shape | null = null): Tensor {
  const y = viewOf(x, shape, strides, x.offset + from);
  if (!tracks(x)) return settle(y);
  const steps = strides ?? stridesOf(shape);
  return record(y, [x], [], (gy, gx) => k.stridedAdd(gy, gx + from * 4, dimsTable(shape, steps), shape.length));
}

/** y[t, b, i] = x[b, t, i] */
function stepsFirst(x: Tensor): Tensor {
  const [b, t, i] = x.shape as [number, number, number];
  const [sb, st, si] = x.strides as [number, number, number];
  const y = empty([t, b, i]);
  k.stridedCopy(x.ptr, y.ptr, dimsTable(y.shape, [st, sb, si]), 3);
  if (!tracks(x)) return settle(y);
  return record(y, [x], [], (gy, gx) => k.stridedAdd(gy, gx, dimsTable([t, b, i], [i, t * i, 1]), 3));
}

interface Addresses {
  wIh: Address;
  wHh: Address;
  bIh: Address;
  bHh: Address;
  wHr: Address;
  h0: Address;
  c0: Address;
}

/** What direction `j` reads of a layer's inputs [x, weights, h0, c0], or adds to of their gradients; 0 where there is none. */
function pick(all: readonly Address[], j: number, { b, h, r, d, bias, projected, state, first }: Layer): Addresses {
  const per = (bias ? 4 : 2) + (projected ? 1 : 0);
  const at = 1 + j * per;
  const of = (there: boolean, place: number, row = 0): Address => {
    const address = there ? (all[place] as Address) : 0;
    return address === 0 ? 0 : address + (first + j) * row * 4;
  };
  return {
    wIh: of(true, at),
    wHh: of(true, at + 1),
    bIh: of(bias, at + 2),
    bHh: of(bias, at + 3),
    wHr: of(projected, at + per - 1),
    h0: of(state, 1 + d * per, b * r),
    c0: of(state, 2 + d * per, b * h),
  };
}

/** Where direction `j` writes in a layer's result at `y`, or finds its gradient: outputs, last hidden state, last cell state. */
function places(y: Address, j: number, { t, b, h, r, d }: Layer): [output: Address, hN: Address, cN: Address] {
  return [y + j * r * 4, y + (t * d + j) * b * r * 4, y + ((t + 1) * d * r + j * h) * b * 4];
}

/**
 * One layer: [output of t b d r floats | hN of d b r | cN of d b h].
 * `inputs`: x of t b i floats from its start; of each direction weight_ih, weight_hh, bias_ih and bias_hh if `bias`,
 * weight_hr if `projected`; h0 and c0 of all layers if `state`.
 */
function layer(inputs: readonly Tensor[], sizes: Layer): Tensor {
  const { t, b, i, h, r, d } = sizes;
  const held = inputs.map((v) => dense(v, "lstm"));
  const savedBytes = recurrence().lstmSaved(t, b, h, r) >>> 0;
  // The bytes wrap around past 4 GB. No tensor of the size below fits then, so that `empty` says that memory ran out.
  const saved = empty([d, Math.max(savedBytes / 4, t * b * (5 * h + r))]);
  const y = empty([d * b * ((t + 1) * r + h)]);
  const work = scratch(recurrence().lstmWork(t, b, i, h, r));
  const addresses = held.map((v) => v.ptr);
  const x = addresses[0] as Address;
  const from = saved.ptr;
  for (let j = 0; j < d; j++) {
    const a = pick(addresses, j, sizes);
    const [output, hN, cN] = places(y.ptr, j, sizes);
    recurrence().lstm(
      x,
      a.wIh,
      a.wHh,
      a.bIh,
      a.bHh,
      a.wHr,
      a.h0,
      a.c0,
      output,
      hN,
      cN,
      from + j * savedBytes,
      work,
      t,
      b,
      i,
      h,
      r,
      d * r,
      j,
    );
  }
  if (!held.some((v) => tracks(v))) return settle(y);
  return record(y, held, [...held, saved], (gy, gx, _0, _1, all) => {
    const room = scratch(recurrence().lstmGradWork(t, b, i, h, r));
    for (let j = 0; j < d; j++) {
      const a = pick(addresses, j, sizes);
      const g = pick(all, j, sizes);
      const [output, hN, cN] = places(gy, j, sizes);
      recurrence().lstmGrad(
        x,
        a.wIh,
        a.wHh,
        a.wHr,
        output,
        hN,
        cN,
        from + j * savedBytes,
        gx,
        g.wIh,
        g.wHh,
        g.bIh,
        g.bHh,
        g.wHr,
        g.h0,
        g.c0,
        room,
        t,
        b,
        i,
        h,
        r,
        d * r,
        j,
      );
    }
  });
}

/**
 * A long short-term memory network: gates in the order i, f, g, o, c = f c + i g, h = o tanh(c), or W_hr o tanh(c).
 * `input`: [steps, batch, features], with `batchFirst` [batch, steps, features], or [steps, features]. `state`: [h0, c0] of
 * [layers * directions, batch, width], zeros if null; width is the projection's for h0. `weights`: layer by layer, direction
 * by direction weight_ih, weight_hh, bias_ih, bias_hh, weight_hr. Gives [output, [hN, cN]].
 * @throws RangeError where sizes disagree or there are no steps, TypeError for anything but float32 tensors.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LSTM.html
 */
export function lstm(
  input: Tensor,
  state: readonly [h0: Tensor, c0: Tensor] | null | undefined,
  weights: readonly Tensor[],
  options: LstmOptions = {},
): LstmResult {
  checkFloat(input, "lstm", "input");
  const o = checkOptions(options);
  const widths = checkWeights(weights, "lstm", o);
  checkInput(input, "lstm", [2, 3], widths.i);
  const { i, h, r } = widths;
  const batched = input.ndim === 3;
  const turned = batched && o.batchFirst;
  const t = input.size(turned ? 1 : 0);
  const b = batched ? input.size(turned ? 0 : 1) : 1;
  const d = o.bidirectional ? 2 : 1;
  if (t === 0) throw rangeError`lstm: expected at least one step, got the shape ${input.shape}`;
  const given = state !== null && state !== undefined;
  if (given) checkState(state, "lstm", batched ? [o.numLayers * d, b] : [o.numLayers * d], widths);

  const per = weights.length / o.numLayers;
  return composite(() => {
    const results: Tensor[] = [];
    let x = turned ? stepsFirst(input) : input;
    for (let n = 0; n < o.numLayers; n++) {
      const own = weights.slice(n * per, (n + 1) * per);
      const width = n === 0 ? i : d * r;
      const sizes = { ...widths, t, b, i: width, d, bias: o.bias, state: given, first: n * d };
      x = layer([x, ...own, ...(given ? state : [])], sizes);
      results.push(x);
      if (o.training && o.dropout > 0 && n + 1 < o.numLayers) x = drop(part(x, 0, [t, b, d * r]), { p: o.dropout });
    }
    const rows = batched ? [d, b] : [d];
    const hN = results.map((y) => part(y, t * b * d * r, [...rows, r]));
    const cN = results.map((y) => part(y, (t + 1) * b * d * r, [...rows, h]));
    const last = x;
    const output = turned
      ? part(last, 0, [b, t, d * r], [d * r, b * d * r, 1])
      : part(last, 0, batched ? [t, b, d * r] : [t, d * r]);
    const joined = (parts: Tensor[]): Tensor => (parts.length === 1 ? (parts[0] as Tensor) : cat(parts, 0));
    return [output, [joined(hN), joined(cN)]];
  });
}

/**
 * One step of an LSTM: c = f c + i g, h = o tanh(c), the gates i, f, g, o from W_ih input + b_ih + W_hh h + b_hh.
 * `input`: [batch, features] or [features]; `state`: [h, c] of [batch, width] or [width], zeros if null; `weights`:
 * weight_ih, weight_hh, and bias_ih, bias_hh or neither. Gives the next [h, c].
 * @throws RangeError where sizes disagree, TypeError for anything but float32 tensors.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LSTMCell.html
 */
export function lstmCell(
  input: Tensor,
  state: readonly [h: Tensor, c: Tensor] | null | undefined,
  weights: readonly Tensor[],
): [h: Tensor, c: Tensor] {
  checkFloat(input, "lstmCell", "input");
  const bias = Array.isArray(weights) && weights.length > 2;
  const widths = checkWeights(weights, "lstmCell", { ...checkOptions({}), bias });
  if (widths.projected) throw rangeError`lstmCell: expected 2 or 4 weights, got ${weights.length}`;
  checkInput(input, "lstmCell", [1, 2], widths.i);
  const rows = input.shape.slice(0, -1);
  const given = state !== null && state !== undefined;
  if (given) checkState(state, "lstmCell", rows, widths);
  const b = rows[0] ?? 1;
  return composite(() => {
    const sizes = { ...widths, t: 1, b, d: 1, bias, state: given, first: 0 };
    const y = layer([input, ...weights, ...(given ? state : [])], sizes);
    return [part(y, b * widths.r, [...rows, widths.r]), part(y, 2 * b * widths.r, [...rows, widths.h])];
  });
}
