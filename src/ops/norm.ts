// Normalisation: batchNorm, layerNorm, groupNorm.
import { plainError, rangeError, typeError } from "../check.ts";
import {
  type Address,
  checkFloat,
  checkObject,
  composite,
  dense,
  dimsTable,
  empty,
  kernels as k,
  layers,
  record,
  scratch,
  settle,
  type Tensor,
  tracks,
} from "../op.ts";
import { numelOf, type Shape, sameShape } from "../shape.ts";
import { add, mul } from "./binary.ts";
import { reshape } from "./movement.ts";

type Optional = Tensor | null | undefined;

export interface AffineOptions {
  /** Multiplies what was normalised. */
  weight?: Tensor | null;
  /** Added last. */
  bias?: Tensor | null;
  /** Added to the variance. Default 1e-5. */
  eps?: number;
}

/** An optional vector of one value a channel. */
function perChannel(x: Optional, c: number, op: string, name: string): Tensor | null {
  if (x === undefined || x === null) return null;
  checkFloat(x, op, name);
  if (x.ndim !== 1) throw rangeError`${op}: expected ${name} to have 1 dim, got the shape ${x.shape}`;
  if (x.numel !== c) throw rangeError`${op}: ${name} should contain ${c} elements not ${x.numel}`;
  return x;
}

function checkOptions(options: unknown, numbers: Record<string, unknown>, op: string): void {
  checkObject(options, op, "momentum" in numbers ? "weight, bias, training, momentum, eps" : "weight, bias, eps");
  for (const [name, value] of Object.entries(numbers)) {
    if (typeof value !== "number") throw typeError`${op}: expected ${name} to be a number, got ${value}`;
  }
}

type Gradient = (gy: Address, gx: Address, gw: Address, gb: Address) => void;

/** Ends a normalisation: the gradients of x, weight and bias are made in one go. */
function finish(y: Tensor, x: Tensor, w: Tensor | null, b: Tensor | null, saved: Tensor[], run: Gradient): Tensor {
  if (!tracks(x, w, b)) return settle(y);
  const inputs = [x, ...(w === null ? [] : [w]), ...(b === null ? [] : [b])];
  const held = [x, ...saved, ...(w === null ? [] : [w])];
  const biasAt = w === null ? 1 : 2;
  const [hasWeight, hasBias] = [w !== null, b !== null];
  return record(y, inputs, held, (gy, gx, g1, _g2, all) =>
    run(gy, gx, hasWeight ? g1 : 0, hasBias ? (all[biasAt] as Address) : 0),
  );
}

/** Puts the changed copy of a strided running statistic back where it came from. */
function putBack(target: Tensor | null, values: Tensor | null): void {
  if (target === null || values === null) return;
  if (values !== target) k.stridedWrite(values.ptr, target.ptr, dimsTable(target.shape, target.strides), 1);
  target.storage.version++;
}

type Pair = readonly [Tensor | null, Tensor | null];

/**
 * `x` of [n, c, l] elements normalised over n and l, times weight plus bias: in training with its own statistics, moving
 * the running mean and variance if there are any, else with those.
 */
function normalise(
  x: Tensor,
  [n, c, l]: readonly [number, number, number],
  affine: Pair,
  running: Pair,
  training: boolean,
  momentum: number,
  eps: number,
): Tensor {
  const op = "batchNorm";
  const a = dense(x, op);
  const [w, b, mean, variance] = [...affine, ...running].map((t) => (t === null ? null : dense(t, op))) as [
    ...Pair,
    ...Pair,
  ];
  const y = empty(a.shape);
  if (a.numel === 0) return finish(y, a, w, b, [], () => {});
  const stats = empty([2, (c + 3) & ~3]);
  const [px, pw, pm] = [a.ptr, w?.ptr ?? 0, stats.ptr];
  const pr = pm + ((c + 3) & ~3) * 4;
  const [pb, rm, rv] = [b?.ptr ?? 0, mean?.ptr ?? 0, variance?.ptr ?? 0];
  const work = scratch(layers().batchNormWork(c));
  if (training) {
    layers().batchNorm(px, pw, pb, y.ptr, pm, pr, rm, rv, work, n, c, l, eps, momentum);
    putBack(running[0], mean);
    putBack(running[1], variance);
  } else {
    layers().batchNormRunning(rm, rv, pm, pr, c, eps);
    layers().batchNormApply(px, pw, pb, pm, pr, y.ptr, work, n, c, l);
  }
  return finish(y, a, w, b, [stats], (gy, gx, gw, gb) =>
    layers().batchNormGrad(px, gy, pm, pr, pw, gx, gw, gb, scratch(layers().batchNormWork(c)), n, c, l, training),
  );
}

/** Each of `c` runs of `l` elements normalised by itself, then times weight plus bias, which broadcast. */
function normaliseRuns(x: Tensor, c: number, l: number, w: Tensor | null, b: Tensor | null, eps: number): Tensor {
  return composite(() => {
    let y = normalise(x, [1, c, l], [null, null], [null, null], true, 0, eps);
    if (w !== null) y = mul(y, w);
    return b === null ? y : add(y, b);
  });
}

/**
 * (x - mean) / sqrt(variance + eps) * weight + bias with the statistics of each channel, of `x` of shape [n, channels, ...].
 * While `training` they are those of `x` (the biased variance), and the running ones become
 * (1 - momentum) * running + momentum * new (the unbiased variance); otherwise they are the running ones.
 * @throws RangeError for vectors that do not fit the channels, or one value per channel while training; Error where running
 * statistics are missing; TypeError for int32.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.batch_norm.html
 */
export function batchNorm(
  x: Tensor,
  runningMean?: Tensor | null,
  runningVar?: Tensor | null,
  options: AffineOptions & {
    /** Whether the statistics are those of `x`. Default false. */
    training?: boolean;
    /** Share of the new statistics in the running ones. Default 0.1. */
    momentum?: number;
  } = {},
): Tensor {
  const op = "batchNorm";
  const { weight, bias, training = false, momentum = 0.1, eps = 1e-5 } = options ?? {};
  checkOptions(options, { momentum, eps }, op);
  checkFloat(x, op, "input");
  if (x.ndim < 2) throw rangeError`${op}: expected input of at least 2 dims, got the shape ${x.shape}`;
  const [n, c] = x.shape as [number, number];
  const l = numelOf(x.shape.slice(2));
  if (training && n * l === 1) {
    throw rangeError`${op}: Expected more than 1 value per channel when training, got ${x.shape}`;
  }
  const mean = perChannel(runningMean, c, op, "running_mean");
  const variance = perChannel(runningVar, c, op, "running_var");
  if (!training && (mean === null || variance === null)) {
    throw plainError`${op}: ${mean === null ? "running_mean" : "running_var"} must be defined in evaluation mode`;
  }
  const [w, b] = [perChannel(weight, c, op, "weight"), perChannel(bias, c, op, "bias")];
  return normalise(x, [n, c, l], [w, b], [mean, variance], training, momentum, eps);
}

/** An optional tensor of the normalised shape. */
function perElement(x: Optional, shape: Shape, op: string, name: string): Tensor | null {
  if (x === undefined || x === null) return null;
  checkFloat(x, op, name);
  if (!sameShape(x.shape, shape)) {
    throw rangeError`${op}: expected ${name} of shape ${shape}, got ${x.shape}`;
  }
  return x;
}

/**
 * Normalises each run of elements over the last dims, whose sizes are `normalizedShape` (a number: the last one);
 * weight and bias have that shape.
 * @throws RangeError if the input does not end in that shape, or weight or bias do not have it; TypeError for int32.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.layer_norm.html
 */
export function layerNorm(x: Tensor, normalizedShape: number | Shape, options: AffineOptions = {}): Tensor {
  const op = "layerNorm";
  const { weight, bias, eps = 1e-5 } = options ?? {};
  checkOptions(options, { eps }, op);
  checkFloat(x, op, "input");
  const shape = typeof normalizedShape === "number" ? [normalizedShape] : normalizedShape;
  if (!Array.isArray(shape) || shape.length === 0) {
    throw typeError`${op}: expected normalizedShape to be sizes, got ${shape}`;
  }
  if (shape.length > x.ndim || !sameShape(x.shape.slice(x.ndim - shape.length), shape)) {
    throw rangeError`${op}: expected input to end in ${shape}, got ${x.shape}`;
  }
  const [w, b] = [perElement(weight, shape, op, "weight"), perElement(bias, shape, op, "bias")];
  const n = numelOf(shape);
  return normaliseRuns(x, n === 0 ? 0 : x.numel / n, n, w, b, eps);
}

/**
 * Normalises each of `numGroups` groups of channels of each sample of `x` [n, channels, ...]; weight and bias: one a channel.
 * @throws RangeError unless the groups divide the channels, for vectors that do not fit, or one value per group; TypeError for int32.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.group_norm.html
 */
export function groupNorm(x: Tensor, numGroups: number, options: AffineOptions = {}): Tensor {
  const op = "groupNorm";
  const { weight, bias, eps = 1e-5 } = options ?? {};
  checkOptions(options, { eps }, op);
  checkFloat(x, op, "input");
  if (x.ndim < 2) throw rangeError`${op}: expected input of at least 2 dims, got the shape ${x.shape}`;
  const [n, c] = x.shape as [number, number];
  const l = numelOf(x.shape.slice(2));
  if (!Number.isInteger(numGroups) || numGroups < 1 || c % numGroups !== 0) {
    throw rangeError`${op}: the channels of ${x.shape} must be divisible by ${numGroups} groups`;
  }
  if ((n * c * l) / numGroups === 1) {
    throw rangeError`${op}: Expected more than 1 value per channel when training, got ${x.shape}`;
  }
  const spread = [c, ...x.shape.slice(2).fill(1)];
  const [w, b] = [perChannel(weight, c, op, "weight"), perChannel(bias, c, op, "bias")];
  return composite(() => {
    const [ws, bs] = [w, b].map((v) => (v === null ? null : reshape(v, spread))) as [...Pair];
    return normaliseRuns(x, n * numGroups, (c * l) / numGroups, ws, bs, eps);
  });
}
