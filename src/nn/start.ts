// How weight and bias of Linear and Conv2d start.
import { uniform_ } from "../ops/random.ts";
import { noGrad } from "../scope.ts";
import type { Tensor } from "../tensor.ts";

/** weight uniform by kaimingUniform_'s default of PyTorch's layers, then bias within 1 / sqrt(fanIn), both from the seeded stream. */
export function start(weight: Tensor, bias: Tensor | null, fanIn: number): void {
  const draw = (x: Tensor, bound: number): Tensor => uniform_(x, { from: -bound, to: bound });
  noGrad(() => {
    // kaimingUniform_ with a = sqrt(5), to the last digit
    const gain = Math.sqrt(2 / (1 + Math.sqrt(5) ** 2));
    if (weight.numel > 0) draw(weight, Math.sqrt(3) * (gain / Math.sqrt(fanIn)));
    if (bias !== null) draw(bias, fanIn > 0 ? 1 / Math.sqrt(fanIn) : 0);
  });
}
