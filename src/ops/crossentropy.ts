// Losses of classes: crossEntropy against class indices or class probabilities, nllLoss. Classes lie in dim 1, or alone.

import { plainError, rangeError, typeError } from "../check.ts";
import { checkFloat, checkTensor, dense, denseAny, empty, layers, record, settle, type Tensor, tracks } from "../op.ts";
import { checkProbability } from "../random.ts";
import { type Shape, sameShape } from "../shape.ts";
import type { LossOptions } from "./loss.ts";
import { checkConstant, checkOptions, type Reduction } from "./loss-checks.ts";

interface ClassOptions extends LossOptions {
  /** Of each class, shape [classes]; constant. */
  weight?: Tensor | null;
  /** Targets of this value neither count nor get a gradient; it need not be a class. Default -100. */
  ignoreIndex?: number;
}

/** Input [n, c, ...l] or [c], and the shape of its places [n, ...l] or []. */
interface Places {
  readonly n: number;
  readonly c: number;
  readonly l: number;
  readonly shape: Shape;
}

function placesOf(input: Tensor, op: string): Places {
  checkFloat(input, op, "input");
  const { shape } = input;
  if (shape.length === 0) throw rangeError`${op}: expected input of 1 or more dims, got a scalar`;
  if (shape.length === 1) return { n: 1, c: shape[0] as number, l: 1, shape: [] };
  const [n, c, ...rest] = shape as [number, number, ...number[]];
  return { n, c, l: rest.reduce((product, size) => product * size, 1), shape: [n, ...rest] };
}

function checkWeight(weight: Tensor | null | undefined, c: number, op: string): Tensor | null {
  if (weight === undefined || weight === null) return null;
  checkConstant(weight, op, "weight");
  if (weight.ndim !== 1 || weight.numel !== c) {
    throw rangeError`${op}: expected weight of shape [${c}], got ${weight.shape}`;
  }
  return dense(weight, op);
}

function checkIgnored(ignoreIndex: unknown, op: string): asserts ignoreIndex is number {
  if (Number.isInteger(ignoreIndex)) return;
  throw typeError`${op}: expected ignoreIndex to be an integer, got ${ignoreIndex}`;
}

/** Class indices of every place, dense, each a class or `ignored`. */
function checkClasses(target: Tensor, { n, c, l, shape }: Places, input: Tensor, ignored: number, op: string): Tensor {
  if (target.dtype !== "int32") {
    throw typeError`${op}: expected target to be class indices, int32 of shape ${shape}, got float32 of shape ${target.shape}`;
  }
  if (input.ndim > 1 && target.ndim > 0 && target.shape[0] !== n) {
    throw rangeError`${op}: Expected input batch_size (${n}) to match target batch_size (${target.shape[0]})`;
  }
  if (!sameShape(target.shape, shape)) {
    throw rangeError`${op}: expected target of shape ${shape}, got ${target.shape}`;
  }
  const t = denseAny(target, op);
  const at = layers().targetOutside(t.ptr, n * l, c, ignored);
  if (at < n * l) {
    throw rangeError`${op}: Target ${t.data[at]} is out of bounds: expected 0 to ${c - 1}, or ${ignored}`;
  }
  return t;
}

function settings(options: ClassOptions, op: string): { reduction: Reduction; ignoreIndex: number } {
  const { reduction = "mean", ignoreIndex = -100 } = options ?? {};
  const names = "reduction, weight, ignoreIndex";
  checkOptions(options, op === "nllLoss" ? names : `${names}, labelSmoothing`, reduction, op);
  checkIgnored(ignoreIndex, op);
  return { reduction, ignoreIndex };
}

/** A saved block: room for exp(x - max) of all samples, or of one where no gradient is wanted, and what follows it. */
function savedBlock(places: Places, all: boolean, more: number): { saved: Tensor; step: number; rest: number } {
  const sample = places.c * places.l;
  const floats = ((all ? places.n : 1) * sample + 7) & ~3;
  return { saved: empty([floats + more]), step: all ? sample * 4 : 0, rest: floats * 4 };
}

function againstClasses(
  input: Tensor,
  target: Tensor,
  weight: Tensor | null,
  places: Places,
  ignored: number,
  smoothing: number,
  reduction: Reduction,
): Tensor {
  const t = checkClasses(target, places, input, ignored, "crossEntropy");
  const w = weight;
  const x = dense(input, "crossEntropy");
  const { n, c, l } = places;
  const each = reduction === "none";
  const mean = reduction === "mean";
  const recorded = tracks(x);
  const { saved, step, rest } = savedBlock(places, recorded, n * l + 1);
  const y = empty(each ? places.shape : []);
  const [pt, pw, e] = [t.ptr, w?.ptr ?? 0, saved.ptr];
  const inv = e + rest;
  const total = inv + n * l * 4;
  layers().crossEntropy(x.ptr, pt, pw, y.ptr, e, inv, total, n, c, l, step, ignored, smoothing, each, mean);
  if (!recorded) return settle(y);
  return record(y, [x], w === null ? [t, saved] : [t, saved, w], (gy, gx) =>
    layers().crossEntropyGrad(e, inv, total, pt, pw, gy, gx, n, c, l, ignored, smoothing, each, mean),
  );
}

function againstProbabilities(
  input: Tensor,
  target: Tensor,
  weight: Tensor | null,
  places: Places,
  smoothing: number,
  reduction: Reduction,
): Tensor {
  const w = weight;
  const [x, t] = [dense(input, "crossEntropy"), dense(target, "crossEntropy")];
  const { n, c, l } = places;
  const each = reduction === "none";
  const divisor = reduction === "mean" ? n * l : 1;
  const recorded = tracks(x, t);
  const { saved, step, rest } = savedBlock(places, recorded, 4 * n * l);
  const y = empty(each ? places.shape : []);
  const [px, pt, pw, e] = [x.ptr, t.ptr, w?.ptr ?? 0, saved.ptr];
  const stat = e + rest;
  layers().crossEntropySoft(px, pt, pw, y.ptr, e, stat, n, c, l, step, smoothing, each, divisor);
  if (!recorded) return settle(y);
  return record(y, [x, t], w === null ? [x, t, saved] : [x, t, saved, w], (gy, gx, gt) => {
    if (gx !== 0) layers().crossEntropySoftGrad(e, pt, pw, stat, gy, gx, n, c, l, smoothing, each, divisor);
    if (gt !== 0) layers().crossEntropySoftGradTarget(px, pw, stat, gy, gt, n, c, l, smoothing, each, divisor);
  });
}

/**
 * Cross entropy of the unnormalised scores `input` of shape [n, classes], [n, classes, d1, d2, ...] or [classes].
 * `target`: class indices as int32 of shape [n], [n, d1, d2, ...] or []; or class probabilities as float32 of the shape of input.
 * "mean" divides by the sum of the weights of the targets that count, or for probabilities by the number of places.
 * Without any that counts the mean is NaN.
 * @throws RangeError for shapes that do not fit, a class out of range (a target of ignoreIndex is none), labelSmoothing outside
 * [0, 1], an unknown reduction; TypeError for wrong dtypes; Error for an ignoreIndex of probabilities.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.cross_entropy.html
 */
export function crossEntropy(
  input: Tensor,
  target: Tensor,
  options: ClassOptions & {
    /** Share of the target that is spread evenly over all classes. Default 0. */
    labelSmoothing?: number;
  } = {},
): Tensor {
  const op = "crossEntropy";
  const { reduction, ignoreIndex } = settings(options, op);
  const { weight, labelSmoothing = 0 } = options;
  checkProbability(labelSmoothing, `${op}: label_smoothing`);
  const places = placesOf(input, op);
  checkTensor(target, op, "target");
  if (!sameShape(input.shape, target.shape)) {
    const w = checkWeight(weight, places.c, op);
    return againstClasses(input, target, w, places, ignoreIndex, labelSmoothing, reduction);
  }
  if (target.dtype !== "float32") {
    throw typeError`${op}: expected class probabilities to be float32, got int32`;
  }
  if (ignoreIndex >= 0) throw plainError`${op}: ignoreIndex wants class indices as target`;
  return againstProbabilities(input, target, checkWeight(weight, places.c, op), places, labelSmoothing, reduction);
}

/**
 * -weight[target] input[target] of the log-probabilities `input` of shape [n, classes], [n, classes, d1, d2, ...] or [classes],
 * and class indices `target` as int32 of shape [n], [n, d1, d2, ...] or []. "mean" divides by the sum of those weights.
 * @throws RangeError for shapes that do not fit, a class out of range, an unknown reduction; TypeError for wrong dtypes.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.nll_loss.html
 */
export function nllLoss(input: Tensor, target: Tensor, options: ClassOptions = {}): Tensor {
  const op = "nllLoss";
  const { reduction, ignoreIndex: ignored } = settings(options, op);
  const places = placesOf(input, op);
  checkTensor(target, op, "target");
  const w = checkWeight(options.weight, places.c, op);
  const t = checkClasses(target, places, input, ignored, op);
  const x = dense(input, op);
  const { n, c, l } = places;
  const each = reduction === "none";
  const mean = reduction === "mean";
  const y = empty(each ? places.shape : []);
  const total = empty([]);
  const [pt, pw, sum] = [t.ptr, w?.ptr ?? 0, total.ptr];
  layers().nllLoss(x.ptr, pt, pw, y.ptr, sum, n, c, l, ignored, each, mean);
  if (!tracks(x)) return settle(y);
  return record(y, [x], w === null ? [t, total] : [t, total, w], (gy, gx) =>
    layers().nllLossGrad(sum, pt, pw, gy, gx, n, c, l, ignored, each, mean),
  );
}
