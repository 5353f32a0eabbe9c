// dropout: zeroes at random and scales the rest, with the mask PyTorch's CPU generator draws.
import {
  checkFloat,
  checkObject,
  checkTensor,
  dense,
  empty,
  layers,
  record,
  settle,
  type Tensor,
  tracks,
} from "../op.ts";
import { checkGenerator, checkProbability, type Generator } from "../random.ts";

/**
 * y = x mask / (1 - p), p being 0.5 unless given, the mask 1 with probability 1 - p; `x` itself if not `training` or p = 0.
 * @throws RangeError unless 0 <= p <= 1.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.dropout.html
 */
export function dropout(
  x: Tensor,
  options: number | { p?: number; training?: boolean; generator?: Generator } = {},
): Tensor {
  if (typeof options !== "number") checkObject(options, "dropout", "p, training, generator");
  const { p = 0.5, training = true, generator } = typeof options === "number" ? { p: options } : options;
  checkTensor(x, "dropout");
  checkProbability(p, "dropout: dropout probability");
  if (!training || p === 0 || x.numel === 0) return x;
  checkFloat(x, "dropout");
  const state = checkGenerator(generator, "dropout").address;
  const a = dense(x, "dropout");
  const n = a.numel;
  const mask = empty(a.shape);
  const y = empty(a.shape);
  const pm = mask.ptr;
  layers().dropout(state, a.ptr, pm, y.ptr, n, 1 - p);
  return tracks(a) ? record(y, [a], [mask], (gy, gx) => layers().dropoutGrad(pm, gy, gx, n)) : settle(y);
}
