// Sums over dims and what is made of them: mean, variance, norms, log-sum-exp, products, running sums.
import { typeError } from "../check.ts";
import {
  checkFloat,
  checkObject,
  checkTensor,
  dense,
  denseAny,
  empty,
  kernels as k,
  ops,
  record,
  scratch,
  settle,
  type Tensor,
  tracks,
  zeroed,
} from "../op.ts";
import { checkDim, numelOf } from "../shape.ts";
import { type Dims, grouped, rows } from "./grouping.ts";

/** Bytes of n floats in whole vectors. */
const padded = (n: number): number => Math.ceil(n / 4) * 16;

/**
 * The sum over all elements, a dim, or several. int32 stays int32. Of nothing: 0.
 * @see https://pytorch.org/docs/stable/generated/torch.sum.html
 */
export function sum(x: Tensor, dim?: Dims, keepdim: boolean = false): Tensor {
  return grouped(x, "sum", dim, keepdim, denseAny, (a, outer, n, inner, shape) => {
    const y = empty(shape, a.dtype);
    if (a.dtype === "int32") {
      k.sumInt(a.ptr, y.ptr, outer, n, inner);
      return settle(y);
    }
    const [px, groups, columns] = rows(a, outer, n, inner, 4);
    k.sum(px, y.ptr, groups, n, columns, 1);
    return tracks(a) ? record(y, [a], [], (gy, gx) => k.sumGrad(gy, gx, outer, n, inner, 1)) : settle(y);
  });
}

/**
 * The mean over all elements, a dim, or several. Of nothing: NaN.
 * @throws TypeError for int32.
 * @see https://pytorch.org/docs/stable/generated/torch.mean.html
 */
export function mean(x: Tensor, dim?: Dims, keepdim: boolean = false): Tensor {
  checkFloat(x, "mean");
  return grouped(x, "mean", dim, keepdim, dense, (a, outer, n, inner, shape) => {
    const y = empty(shape);
    const [px, groups, columns] = rows(a, outer, n, inner, 4);
    k.sum(px, y.ptr, groups, n, columns, n);
    return tracks(a) ? record(y, [a], [], (gy, gx) => k.sumGrad(gy, gx, outer, n, inner, 1 / n)) : settle(y);
  });
}

export interface VarianceOptions {
  /** Subtracted from the number of elements in the divisor: 1 for the unbiased variance, 0 for the biased one. */
  correction?: number;
}

function spread(
  x: Tensor,
  op: "var" | "std",
  dim: Dims | undefined,
  keepdim: boolean,
  options: VarianceOptions,
): Tensor {
  checkFloat(x, op);
  checkObject(options, op, "correction");
  const { correction = 1 } = options;
  if (!Number.isFinite(correction)) {
    throw typeError`${op}: expected correction to be a number, got ${correction}`;
  }
  const root = op === "std" ? 1 : 0;
  return grouped(x, op, dim, keepdim, dense, (a, outer, n, inner, shape) => {
    const y = empty(shape);
    const count = y.numel;
    const means = empty([count]);
    const [px, groups, columns] = rows(a, outer, n, inner, 4);
    k.variance(px, y.ptr, means.ptr, groups, n, columns, Math.max(0, n - correction), root);
    if (!tracks(a)) return settle(y);
    const [pa, py, pm] = [a.ptr, y.ptr, means.ptr];
    if (root === 0) {
      const c = 2 / (n - correction);
      return record(y, [a], [a, means], (gy, gx) => k.varianceGrad(pa, pm, gy, gx, outer, n, inner, c));
    }
    return record(y, [a], [a, means, y], (gy, gx) => {
      const ratio = scratch(padded(count));
      ops().ratio(gy, py, ratio, count, 1);
      k.varianceGrad(pa, pm, ratio, gx, outer, n, inner, 1 / (n - correction));
    });
  });
}

/**
 * The variance over all elements, a dim, or several: the sum of squared distances from the mean over n - correction.
 * Also exported as `var`.
 * @throws TypeError for int32.
 * @see https://pytorch.org/docs/stable/generated/torch.var.html
 */
export function variance(x: Tensor, dim?: Dims, keepdim: boolean = false, options: VarianceOptions = {}): Tensor {
  return spread(x, "var", dim, keepdim, options);
}
export { variance as var };

/**
 * The standard deviation: the square root of the variance.
 * @throws TypeError for int32.
 * @see https://pytorch.org/docs/stable/generated/torch.std.html
 */
export function std(x: Tensor, dim?: Dims, keepdim: boolean = false, options: VarianceOptions = {}): Tensor {
  return spread(x, "std", dim, keepdim, options);
}

export interface NormOptions {
  /** Order of the norm: 2 by default, any number, Infinity or -Infinity; "fro" is 2. */
  p?: number | "fro";
}

/**
 * The vector norm (sum of |x|^p)^(1/p) over all elements, a dim, or several: the largest |x| for p = Infinity, the smallest for
 * -Infinity, the number of non-zeros for 0. Of nothing: 0.
 * @throws TypeError for int32.
 * @see https://pytorch.org/docs/stable/generated/torch.norm.html
 */
export function norm(x: Tensor, dim?: Dims, keepdim: boolean = false, options: NormOptions = {}): Tensor {
  checkFloat(x, "norm");
  checkObject(options, "norm", "p");
  const p = options.p === "fro" ? 2 : (options.p ?? 2);
  if (typeof p !== "number" || Number.isNaN(p)) {
    throw typeError`norm: expected p to be a number or "fro", got ${p}`;
  }
  return grouped(x, "norm", dim, keepdim, dense, (a, outer, n, inner, shape) => {
    const y = empty(shape);
    const count = y.numel;
    // columns and short rows: the terms first, for the sum knows them all
    const terms = (p === 1 || p === 2) && (inner > 1 || n < 16) ? empty([a.numel]) : null;
    if (terms !== null) (p === 1 ? k.abs : k.square)(a.ptr, terms.ptr, a.numel);
    const [px, groups, columns] = rows(terms ?? a, outer, n, inner, terms === null ? undefined : 4);
    if (n === 0) k.clear(y.ptr, count * 4);
    else if (terms !== null) {
      k.sum(px, y.ptr, groups, n, columns, 1);
      if (p === 2) k.sqrt(y.ptr, y.ptr, count);
    } else if (p === 1) k.norm1(px, y.ptr, groups, n);
    else if (p === 2) k.norm2(px, y.ptr, groups, n);
    else if (p === 0 || !Number.isFinite(p)) ops().normLimit(px, y.ptr, groups, n, p);
    else ops().normP(px, y.ptr, groups, n, p);
    if (!tracks(a)) return settle(y);
    const [pa, py] = [a.ptr, y.ptr];
    if (p === 0) return record(y, [a], [], () => {});
    if (p === 1) return record(y, [a], [a], (gy, gx) => k.norm1Grad(pa, gy, gx, outer, n, inner));
    if (Number.isFinite(p)) {
      return record(y, [a], [a, y], (gy, gx) => {
        const share = scratch(padded(count));
        ops().ratio(gy, py, share, count, p - 1);
        if (p === 2) k.norm2Grad(pa, share, gx, outer, n, inner);
        else ops().normPGrad(pa, share, gx, outer, n, inner, p - 1);
      });
    }
    return record(y, [a], [a, y], (gy, gx) => ops().evenGrad(pa, py, gy, gx, outer, n, inner, 1));
  });
}

/**
 * log(sum of e^x) over all elements, a dim, or several, safe from overflow. int32 is taken as float32. Of nothing: -Infinity.
 * @see https://pytorch.org/docs/stable/generated/torch.logsumexp.html
 */
export function logsumexp(x: Tensor, dim?: Dims, keepdim: boolean = false): Tensor {
  return grouped(x, "logsumexp", dim, keepdim, dense, (a, outer, n, inner, shape) => {
    const y = empty(shape);
    const [px, groups] = rows(a, outer, n, inner);
    k.logsumexp(px, y.ptr, scratch(padded(n)), groups, n);
    if (!tracks(a)) return settle(y);
    const [pa, py] = [a.ptr, y.ptr];
    return record(y, [a], [a, y], (gy, gx) => k.logsumexpGrad(pa, py, gy, gx, outer, n, inner));
  });
}

/**
 * The product over all elements or a dim. int32 stays int32. Of nothing: 1.
 * @see https://pytorch.org/docs/stable/generated/torch.prod.html
 */
export function prod(x: Tensor, dim?: number | null, keepdim: boolean = false): Tensor {
  checkTensor(x, "prod");
  if (dim !== null && dim !== undefined) checkDim(dim, x.ndim, "prod");
  return grouped(x, "prod", dim, keepdim, denseAny, (a, outer, n, inner, shape) => {
    const y = empty(shape, a.dtype);
    if (a.dtype === "int32") {
      ops().prodInt(a.ptr, y.ptr, outer, n, inner);
      return settle(y);
    }
    const [px, groups, columns] = rows(a, outer, n, inner, 4);
    ops().prod(px, y.ptr, groups, n, columns);
    if (!tracks(a)) return settle(y);
    const pa = a.ptr;
    return record(y, [a], [a], (gy, gx) => ops().prodGrad(pa, gy, gx, outer, n, inner));
  });
}

/**
 * y[j] = x[0] + ... + x[j] along a dim. int32 stays int32.
 * @see https://pytorch.org/docs/stable/generated/torch.cumsum.html
 */
export function cumsum(x: Tensor, dim: number): Tensor {
  checkTensor(x, "cumsum");
  const d = checkDim(dim, x.ndim, "cumsum");
  const a = denseAny(x, "cumsum");
  const outer = numelOf(a.shape.slice(0, d));
  const n = a.shape[d] ?? 1;
  const inner = numelOf(a.shape.slice(d + 1));
  const y = zeroed(a.shape, a.dtype);
  if (a.dtype === "int32") {
    ops().cumsumInt(a.ptr, y.ptr, outer, n, inner);
    return settle(y);
  }
  ops().cumsum(a.ptr, y.ptr, outer, n, inner, 0);
  return tracks(a) ? record(y, [a], [], (gy, gx) => ops().cumsum(gy, gx, outer, n, inner, 1)) : settle(y);
}
