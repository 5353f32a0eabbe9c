// Losses of the difference of two tensors: l1Loss, mseLoss, smoothL1Loss, huberLoss.
import { rangeError, typeError } from "../check.ts";
import {
  type Address,
  checkTensor,
  composite,
  dense,
  empty,
  kernels as k,
  layers,
  record,
  settle,
  type Tensor,
  tracks,
} from "../op.ts";
import { broadcastShapes, sameShape } from "../shape.ts";
import { checkOptions, type Reduction } from "./loss-checks.ts";
import { expand } from "./movement.ts";

export type { Reduction } from "./loss-checks.ts";

export interface LossOptions {
  /** "mean" over the elements (default), their "sum", or "none": the loss of each element. */
  reduction?: Reduction;
}

interface Kernels {
  each(x: Address, t: Address, y: Address, n: number): void;
  sum(x: Address, t: Address, y: Address, n: number, divisor: number): void;
  grad(x: Address, t: Address, gy: Address, gx: Address, n: number, each: boolean, scale: number): void;
}

/** The gradient of the target is that of the input with the other sign. */
function difference(x: Tensor, t: Tensor, reduction: Reduction, op: string, kernels: Kernels): Tensor {
  checkTensor(x, op);
  checkTensor(t, op, "target");
  if (x.dtype !== "float32" && t.dtype !== "float32") {
    throw typeError`${op}: expected float32 tensors, got int32 twice`;
  }
  if (!sameShape(x.shape, t.shape)) {
    const shape = broadcastShapes(x.shape, t.shape, op);
    return composite(() => difference(expand(x, shape), expand(t, shape), reduction, op, kernels));
  }
  const a = dense(x, op);
  const b = dense(t, op);
  const n = a.numel;
  const each = reduction === "none";
  const y = empty(each ? a.shape : []);
  const [pa, pb] = [a.ptr, b.ptr];
  if (each) kernels.each(pa, pb, y.ptr, n);
  else kernels.sum(pa, pb, y.ptr, n, reduction === "mean" ? n : 1);
  if (!tracks(a, b)) return settle(y);
  const scale = reduction === "mean" ? 1 / n : 1;
  return record(y, [a, b], [a, b], (gy, gx, gt) => {
    if (gx !== 0) kernels.grad(pa, pb, gy, gx, n, each, scale);
    if (gt !== 0) kernels.grad(pa, pb, gy, gt, n, each, -scale);
  });
}

function l1(): Kernels {
  const { l1Loss: each, l1LossSum: sum, l1LossGrad: grad } = layers();
  return { each, sum, grad };
}

/** p d^2 / 2 where |d| < c, else q (|d| - c / 2) */
function huber(c: number, p: number, q: number): Kernels {
  return {
    each: (x, t, y, n) => layers().huberLoss(x, t, y, n, c, p, q),
    sum: (x, t, y, n, divisor) => layers().huberLossSum(x, t, y, n, c, p, q, divisor),
    grad: (x, t, gy, gx, n, each, scale) => layers().huberLossGrad(x, t, gy, gx, n, c, p, q, each, scale),
  };
}

/**
 * |input - target|, the shapes broadcast. Gradient 0 where they are equal.
 * @throws RangeError if the shapes do not broadcast or the reduction is unknown.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.l1_loss.html
 */
export function l1Loss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  const { reduction = "mean" } = options ?? {};
  checkOptions(options, "reduction", reduction, "l1Loss");
  return difference(input, target, reduction, "l1Loss", l1());
}

/**
 * (input - target)^2, the shapes broadcast.
 * @throws RangeError if the shapes do not broadcast or the reduction is unknown.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.mse_loss.html
 */
export function mseLoss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  const { reduction = "mean" } = options ?? {};
  checkOptions(options, "reduction", reduction, "mseLoss");
  return difference(input, target, reduction, "mseLoss", {
    each: k.mseLoss,
    sum: k.mseLossSum,
    grad: k.mseLossGrad,
  });
}

/**
 * (input - target)^2 / (2 beta) where they are closer than `beta` (1), else |input - target| - beta / 2. beta 0: l1Loss.
 * @throws RangeError if beta is negative or NaN, if the shapes do not broadcast, or the reduction is unknown.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.smooth_l1_loss.html
 */
export function smoothL1Loss(
  input: Tensor,
  target: Tensor,
  options: LossOptions & {
    /** Where the square goes over into the line. Default 1. */
    beta?: number;
  } = {},
): Tensor {
  const { reduction = "mean", beta = 1 } = options ?? {};
  checkOptions(options, "reduction, beta", reduction, "smoothL1Loss");
  if (typeof beta !== "number" || !(beta >= 0)) {
    throw rangeError`smoothL1Loss: expected beta to be a number of at least 0, got ${beta}`;
  }
  // below, 1 / beta is Inf in float32
  const kernels = beta < 1e-37 ? l1() : huber(beta, 1 / beta, 1);
  return difference(input, target, reduction, "smoothL1Loss", kernels);
}

/**
 * (input - target)^2 / 2 where they are no further apart than `delta` (1), else delta (|input - target| - delta / 2).
 * @throws RangeError unless delta is positive, if the shapes do not broadcast, or the reduction is unknown.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.huber_loss.html
 */
export function huberLoss(
  input: Tensor,
  target: Tensor,
  options: LossOptions & {
    /** Where the square goes over into the line. Default 1. */
    delta?: number;
  } = {},
): Tensor {
  const { reduction = "mean", delta = 1 } = options ?? {};
  checkOptions(options, "reduction, delta", reduction, "huberLoss");
  if (typeof delta !== "number" || !(delta > 0)) {
    throw rangeError`huberLoss: expected delta to be a positive number, got ${delta}`;
  }
  return difference(input, target, reduction, "huberLoss", huber(delta, 1, delta));
}
