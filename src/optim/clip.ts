// Gradients cut down to a norm or to a value.
import { plainError, rangeError, typeError } from "../check.ts";
import { checkObject, checkTensor, empty, listOf, settle } from "../op.ts";
import { Tensor } from "../tensor.ts";
import { f32, kernels } from "../wasm/index.ts";

/** Gradients of the parameters that have one. */
function gradsOf(params: Tensor | Iterable<Tensor>, op: string): Tensor[] {
  const list = params instanceof Tensor ? [params] : listOf(params, `${op}: expected a Tensor, or the parameters`);
  return list.flatMap((p) => {
    checkTensor(p, op, "each parameter");
    return p.ownGrad ?? [];
  });
}

/** Sum of |v|^p over all gradients, their largest |v| for p = Infinity. */
function powerSum(grads: readonly Tensor[], p: number): number {
  let sum = 0;
  for (const g of grads) {
    if (p === 2) {
      sum += kernels.sumSquares(g.ptr, g.numel);
      continue;
    }
    const from = g.ptr / 4;
    for (let i = from; i < from + g.numel; i++) {
      const v = Math.abs(f32[i] as number);
      sum = p === Infinity ? Math.max(sum, v) : sum + v ** p;
    }
  }
  return sum;
}

/**
 * Scales all gradients together so that their norm, as if they were one vector, is at most `maxNorm`. Gives the norm before, a scalar tensor.
 * `normType`: 2 unless given, Infinity for the largest. `errorIfNonfinite`: throw where the norm is NaN or infinite, instead of scaling by it.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html
 */
export function clipGradNorm(
  params: Tensor | Iterable<Tensor>,
  maxNorm: number,
  options: { normType?: number; errorIfNonfinite?: boolean } = {},
): Tensor {
  checkObject(options, "clipGradNorm", "normType, errorIfNonfinite");
  const { normType = 2, errorIfNonfinite = false } = options;
  const grads = gradsOf(params, "clipGradNorm");
  if (typeof maxNorm !== "number" || Number.isNaN(maxNorm)) {
    throw typeError`clipGradNorm: expected maxNorm to be a number, got ${maxNorm}`;
  }
  if (typeof normType !== "number" || !(normType > 0)) {
    throw rangeError`clipGradNorm: expected normType > 0, got ${normType}`;
  }
  const sum = powerSum(grads, normType);
  const norm = Math.fround(normType === Infinity ? sum : normType === 2 ? Math.sqrt(sum) : sum ** (1 / normType));
  if (errorIfNonfinite && !Number.isFinite(norm)) {
    throw plainError`clipGradNorm: the norm of order ${normType} is ${norm}, it cannot be clipped`;
  }
  const scale = Math.min(Math.fround(maxNorm / Math.fround(norm + 1e-6)), 1);
  if (scale !== 1) {
    for (const g of grads) {
      kernels.scaleBy(g.ptr, g.numel, scale);
      g.storage.version++;
    }
  }
  const result = empty([]);
  f32[result.ptr / 4] = norm;
  return settle(result);
}

/**
 * Cuts every gradient to [-clipValue, clipValue].
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_value_.html
 */
export function clipGradValue(params: Tensor | Iterable<Tensor>, clipValue: number): void {
  const grads = gradsOf(params, "clipGradValue");
  if (typeof clipValue !== "number" || !(clipValue >= 0)) {
    throw rangeError`clipGradValue: expected clipValue >= 0, got ${clipValue}`;
  }
  for (const g of grads) {
    kernels.clampBy(g.ptr, g.numel, clipValue);
    g.storage.version++;
  }
}
