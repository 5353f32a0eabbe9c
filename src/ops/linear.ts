// The affine map of a linear layer, bias and all in one kernel.
import { rangeError } from "../check.ts";
import { checkFloat, checkObject, dense, empty, kernels as k, record, scratch, settle, Tensor, tracks } from "../op.ts";
import { show } from "../shape.ts";

function checkLinear(x: Tensor, weight: Tensor, bias: Tensor | null | undefined): void {
  checkFloat(x, "linear");
  checkFloat(weight, "linear", "weight");
  const last = weight.shape.length - 1;
  if (last !== 0 && last !== 1) {
    throw rangeError`linear: expected weight [out, in] or [in], got ${weight.shape}`;
  }
  if (x.shape.length === 0 || x.shape[x.shape.length - 1] !== weight.shape[last]) {
    throw rangeError`linear: expected input [..., ${weight.shape[last]}] for weight ${weight.shape}, got ${x.shape}`;
  }
  if (bias === null || bias === undefined) return;
  checkFloat(bias, "linear", "bias");
  if (bias.shape.length !== last || (last === 1 && bias.shape[0] !== weight.shape[0])) {
    const expected = show(weight.shape.slice(0, last));
    throw rangeError`linear: expected bias of shape ${expected}, got ${bias.shape}`;
  }
}

/**
 * y = input weight^T + bias: input [..., in], weight [out, in], bias [out] gives [..., out].
 * A weight [in] with a bias [] gives [...]. The bias may stand alone, as in PyTorch, or in an options object.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.linear.html
 */
export function linear(input: Tensor, weight: Tensor, options?: Tensor | null | { bias?: Tensor | null }): Tensor {
  const alone = options === undefined || options === null || options instanceof Tensor || typeof options !== "object";
  if (!alone) checkObject(options, "linear", "bias");
  const bias = alone ? options : options.bias;
  checkLinear(input, weight, bias);
  const x = dense(input, "linear");
  const w = dense(weight, "linear");
  const b = bias ? dense(bias, "linear") : null;
  const lead = x.shape.length - 1;
  const depth = x.shape[lead] as number;
  const vector = w.shape.length === 1;
  const n = vector ? 1 : (w.shape[0] as number);
  let m = 1;
  for (let d = 0; d < lead; d++) m *= x.shape[d] as number;
  const y = empty(vector ? x.shape.slice(0, lead) : lead === 1 ? [m, n] : [...x.shape.slice(0, lead), n]);
  const [px, pw] = [x.ptr, w.ptr];
  k.linear(px, pw, b === null ? 0 : b.ptr, y.ptr, scratch(k.gemmWork(m, n, depth)), m, n, depth);
  if (!tracks(x, w, b)) return settle(y);
  const saved: Tensor[] = [];
  if (x.requiresGrad) saved.push(w);
  if (w.requiresGrad) saved.push(x);
  return record(y, b === null ? [x, w] : [x, w, b], saved, (gy, gx, gw, gb = 0) => {
    if (gx !== 0) k.linearGradX(gy, pw, gx, scratch(k.gemmWork(m, depth, n)), m, n, depth);
    if (gw !== 0) k.linearGradW(gy, px, gw, scratch(k.gemmWork(n, depth, m)), m, n, depth);
    if (gb !== 0) k.linearGradBias(gy, gb, m, n);
  });
}
