// Inputs of the shape and reduction tests: views of a leaf as the generators make them, and shapes drawn by fast-check.
import fc from "fast-check";
import { type Tensor, tensor } from "../src/index.ts";
import { numbers } from "./check.ts";

/** How an input is read from the leaf; the same names as in tests/fixtures/figures.py. */
export const views: Record<string, (x: Tensor) => Tensor> = {
  dense: (x) => x,
  turned: (x) => x.permute(x.shape.map((_, d) => x.ndim - 1 - d)),
  stepped: (x) => x.slice(-1, 0, null, 2),
  part: (x) => x.narrow(0, 1, x.size(0) - 1),
  expanded: (x) => x.expand([2, ...x.shape]),
};

/** numbers() in a shape. */
export function leaf(
  shape: readonly number[],
  { skip = 0, requiresGrad = false }: { skip?: number; requiresGrad?: boolean } = {},
): Tensor {
  const n = shape.reduce((a, b) => a * b, 1);
  return tensor(numbers(n + skip).slice(skip), { shape, requiresGrad });
}

/** Shapes of up to `most` dims with sizes up to 5, seldom 0. */
export const shapes = (most: number, least: number = 0): fc.Arbitrary<number[]> =>
  fc.array(
    fc.oneof({ weight: 12, arbitrary: fc.integer({ min: 1, max: 5 }) }, { weight: 1, arbitrary: fc.constant(0) }),
    {
      minLength: least,
      maxLength: most,
    },
  );
