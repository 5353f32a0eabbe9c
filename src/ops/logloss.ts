// Losses made of logarithms: binaryCrossEntropy, binaryCrossEntropyWithLogits, klDiv.
import { checkBoolean, rangeError } from "../check.ts";
import {
  type Address,
  checkFloat,
  composite,
  dense,
  empty,
  kernels as k,
  layers,
  record,
  scratch,
  settle,
  type Tensor,
  tracks,
} from "../op.ts";
import { broadcastShapes, sameShape } from "../shape.ts";
import { div, mul, sub } from "./binary.ts";
import type { LossOptions } from "./loss.ts";
import { checkOptions, elementWeight, type Reduction } from "./loss-checks.ts";
import { expand } from "./movement.ts";
import { sum } from "./reduce.ts";
import { exp } from "./unary.ts";

/** A loss of dense tensors of one shape, weights already in the kernels' arguments. */
interface Kernels {
  each(x: Address, t: Address, y: Address, n: number): void;
  grad(x: Address, t: Address, gy: Address, gx: Address, n: number, each: boolean, scale: number): void;
  gradTarget(x: Address, t: Address, gy: Address, gt: Address, n: number, each: boolean, scale: number): void;
}

/** The sum over all elements is divided by `divisor`; null: no sum. */
function finish(a: Tensor, b: Tensor, held: readonly Tensor[], divisor: number | null, kernels: Kernels): Tensor {
  const n = a.numel;
  const each = divisor === null;
  const y = empty(each ? a.shape : []);
  const [pa, pb, py] = [a.ptr, b.ptr, y.ptr];
  if (each) kernels.each(pa, pb, py, n);
  else {
    const losses = scratch(n * 4 + 16);
    kernels.each(pa, pb, losses, n);
    k.sum(losses, py, 1, n, 1, divisor);
  }
  if (!tracks(a, b)) return settle(y);
  const scale = each ? 1 : 1 / divisor;
  return record(y, [a, b], [a, b, ...held], (gy, gx, gt) => {
    if (gx !== 0) kernels.grad(pa, pb, gy, gx, n, each, scale);
    if (gt !== 0) kernels.gradTarget(pa, pb, gy, gt, n, each, scale);
  });
}

const divisorOf = (reduction: Reduction, n: number): number | null =>
  reduction === "none" ? null : reduction === "mean" ? n : 1;

function checkPair(input: Tensor, target: Tensor, op: string): void {
  checkFloat(input, op, "input");
  checkFloat(target, op, "target");
  if (!sameShape(input.shape, target.shape)) {
    throw rangeError`${op}: expected target of the shape ${input.shape}, got ${target.shape}`;
  }
}

/**
 * -weight (target log(input) + (1 - target) log(1 - input)) of probabilities, the logarithms at least -100.
 * `target` and `input` of one shape, to which `weight` broadcasts.
 * @throws RangeError for shapes that differ, input outside [0, 1], an unknown reduction; TypeError for int32.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.binary_cross_entropy.html
 */
export function binaryCrossEntropy(
  input: Tensor,
  target: Tensor,
  options: LossOptions & {
    /** Of each element; constant. */
    weight?: Tensor | null;
  } = {},
): Tensor {
  const op = "binaryCrossEntropy";
  const { reduction = "mean", weight } = options ?? {};
  checkOptions(options, "reduction, weight", reduction, op);
  checkPair(input, target, op);
  const w = elementWeight(weight, input.shape, op, "weight");
  const [a, b] = [dense(input, op), dense(target, op)];
  if (!layers().inUnit(a.ptr, a.numel)) throw rangeError`${op}: all elements of input should be between 0 and 1`;
  const pw = w?.ptr ?? 0;
  return finish(a, b, w === null ? [] : [w], divisorOf(reduction, a.numel), {
    each: (x, t, y, n) => layers().binaryCrossEntropy(x, t, pw, y, n),
    grad: (x, t, gy, gx, n, each, scale) => layers().binaryCrossEntropyGrad(x, t, pw, gy, gx, n, each, scale),
    gradTarget: (x, t, gy, gt, n, each, scale) =>
      layers().binaryCrossEntropyGradTarget(x, t, pw, gy, gt, n, each, scale),
  });
}

/**
 * binaryCrossEntropy of sigmoid(input), computed without its loss of digits. `posWeight` multiplies the loss of the target's share.
 * `target` and `input` of one shape, to which both weights broadcast.
 * @throws RangeError for shapes that differ or an unknown reduction; TypeError for int32.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.binary_cross_entropy_with_logits.html
 */
export function binaryCrossEntropyWithLogits(
  input: Tensor,
  target: Tensor,
  options: LossOptions & {
    /** Of each element; constant. */
    weight?: Tensor | null;
    /** Of the positive class; constant. */
    posWeight?: Tensor | null;
  } = {},
): Tensor {
  const op = "binaryCrossEntropyWithLogits";
  const { reduction = "mean", weight, posWeight } = options ?? {};
  checkOptions(options, "reduction, weight, posWeight", reduction, op);
  checkPair(input, target, op);
  const w = elementWeight(weight, input.shape, op, "weight");
  const p = elementWeight(posWeight, input.shape, op, "posWeight");
  const [a, b] = [dense(input, op), dense(target, op)];
  const [pw, pp] = [w?.ptr ?? 0, p?.ptr ?? 0];
  const held = [w, p].filter((t) => t !== null);
  return finish(a, b, held, divisorOf(reduction, a.numel), {
    each: (x, t, y, n) => layers().binaryCrossEntropyWithLogits(x, t, pw, pp, y, n),
    grad: (x, t, gy, gx, n, each, scale) =>
      layers().binaryCrossEntropyWithLogitsGrad(x, t, pw, pp, gy, gx, n, each, scale),
    gradTarget: (x, t, gy, gt, n, each, scale) =>
      layers().binaryCrossEntropyWithLogitsGradTarget(x, t, pw, pp, gy, gt, n, each, scale),
  });
}

/**
 * target (log(target) - input), where 0 log 0 = 0, of log-probabilities `input` and probabilities `target`; with `logTarget`
 * exp(target) (target - input) of log-probabilities. The shapes broadcast.
 * @throws RangeError if the shapes do not broadcast or the reduction is unknown; TypeError for int32.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.kl_div.html
 */
export function klDiv(
  input: Tensor,
  target: Tensor,
  options: {
    /** "mean" over the elements (default), their "sum", "batchmean": the sum / the first size of input, or "none". */
    reduction?: Reduction | "batchmean";
    /** Whether target holds logarithms. Default false. */
    logTarget?: boolean;
  } = {},
): Tensor {
  const { reduction = "mean", logTarget = false } = options ?? {};
  checkOptions(options, "reduction, logTarget", reduction, "klDiv", "batchmean");
  checkBoolean(logTarget, "klDiv", "logTarget");
  checkFloat(input, "klDiv", "input");
  checkFloat(target, "klDiv", "target");
  const shape = broadcastShapes(input.shape, target.shape, "klDiv");
  const n = shape.reduce((product, size) => product * size, 1);
  const divisor = reduction === "batchmean" ? (input.shape[0] ?? 1) : divisorOf(reduction, n);
  if (logTarget) {
    return composite(() => {
      const losses = mul(exp(target), sub(target, input));
      return divisor === null ? losses : div(sum(losses), divisor);
    });
  }
  const { klDiv: each, klDivGrad: grad, klDivGradTarget: gradTarget } = layers();
  const run = (x: Tensor, t: Tensor) =>
    finish(dense(x, "klDiv"), dense(t, "klDiv"), [], divisor, { each, grad, gradTarget });
  if (sameShape(input.shape, target.shape)) return run(input, target);
  return composite(() => run(expand(input, shape), expand(target, shape)));
}
