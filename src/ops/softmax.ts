// softmax and logSoftmax over one dim.
import { type Address, checkFloat, dense, empty, kernels as k, record, settle, type Tensor, tracks } from "../op.ts";
import { checkDim } from "../shape.ts";

type Forward = (x: Address, y: Address, outer: number, n: number, inner: number) => void;
type Gradient = (y: Address, gy: Address, gx: Address, outer: number, n: number, inner: number) => void;

/** The dim that PyTorch takes where none is given: 0 for tensors of 0, 1 or 3 dims, else 1. */
function usualDim(ndim: number): number {
  return ndim === 0 || ndim === 1 || ndim === 3 ? 0 : 1;
}

/** A dim alone, as in PyTorch, or in an options object; none or null for the usual one. */
export type SoftmaxDim = number | null | { dim?: number | null };

function along(x: Tensor, where: SoftmaxDim | undefined, op: string, forward: Forward, gradient: Gradient): Tensor {
  checkFloat(x, op);
  const dim = typeof where === "object" && where !== null ? where.dim : where;
  const d = dim === undefined || dim === null ? usualDim(x.ndim) : checkDim(dim, x.ndim, op);
  const a = dense(x, op);
  let outer = 1;
  let inner = 1;
  for (let i = 0; i < d; i++) outer *= a.shape[i] as number;
  for (let i = d + 1; i < a.ndim; i++) inner *= a.shape[i] as number;
  const n = a.shape[d] ?? 1;
  const y = empty(a.shape);
  const py = y.ptr;
  forward(a.ptr, py, outer, n, inner);
  return tracks(a) ? record(y, [a], [y], (gy, gx) => gradient(py, gy, gx, outer, n, inner)) : settle(y);
}

/**
 * exp(x) / sum(exp(x)) over `dim`, of any shape; NaN along it where all are -Inf or one is Inf or NaN.
 * Without `dim`: 0 for tensors of 0, 1 or 3 dims, else 1, as PyTorch does.
 * @throws RangeError for a dim out of range, TypeError unless `x` is float32.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.softmax.html
 */
export function softmax(x: Tensor, dim?: SoftmaxDim): Tensor {
  return along(x, dim, "softmax", k.softmax, k.softmaxGrad);
}

/**
 * log(softmax(x)) over `dim`, without its loss of digits. Without `dim`: as softmax.
 * @throws RangeError for a dim out of range, TypeError unless `x` is float32.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.log_softmax.html
 */
export function logSoftmax(x: Tensor, dim?: SoftmaxDim): Tensor {
  return along(x, dim, "logSoftmax", k.logSoftmax, k.logSoftmaxGrad);
}
