// What stands for Tensor's methods in programs that do without them.
import { plainError } from "../check.ts";
import { Tensor } from "../tensor.ts";

/** The names of tensor-ops.ts, whose code this must not bring along. */
const NAMES =
  "abs add add_ all amax amin any argmax argmin bernoulli bernoulli_ bmm ceil chunk clamp clamp_ clone contiguous copy_ cos " +
  "cumsum div div_ dot eq erf exp exp2 expand expandAs expm1 exponential_ fill_ flatten flip float floor gather ge gt " +
  "hardshrink indexSelect int le log log10 log1p log2 logSoftmax logsumexp lt maskedFill matmul max maximum mean min " +
  "minimum mm movedim mul mul_ mv narrow ne neg norm normal_ outer permute pow prod reciprocal relu repeat reshape round " +
  "rsqrt select sigmoid sign sin slice softmax split sqrt square squeeze std sub sub_ sum swapaxes t tan tanh tile to " +
  "transpose tril triu trunc unbind unflatten unfold uniform_ unsqueeze var variance view where zero_";

/** Errors that say where the methods are, unless they are there. */
export function missMethods(): void {
  const prototype = Tensor.prototype as unknown as Record<string, unknown>;
  for (const name of NAMES.split(" ")) {
    prototype[name] ??= () => {
      throw plainError`Tensor.${name}: tensors have methods where "lanegrad" itself is imported; here call ${name} of "lanegrad/functional"`;
    };
  }
}
