// PyTorch's figures of the elementwise ops, and how a tensor function is held against them.
import { type Tensor, tensor } from "../../src/index.ts";
import { close, fixtures, type Tolerance } from "../check.ts";

/** Values of the result, then the gradient of every input, weighted by 0.5 + (7 i mod 5) / 4. */
type Figures = readonly (readonly number[])[];

interface Elementwise {
  x: number[];
  unary: Record<string, Figures>;
  options: [name: string, args: unknown[], ...figures: number[][]][];
  a: number[];
  b: number[];
  binary: Record<string, Figures>;
  compare: Record<string, string>;
  base: [base: number, ...figures: number[][]][];
  shapes: [name: string, a: number[], b: number[], x: number[], y: number[], ...figures: number[][]][];
}

export const elementwise: Elementwise = fixtures<Elementwise>("elementwise");

/** Fails unless `fn` of the inputs and its gradients are PyTorch's. */
export function agrees(
  fn: (...inputs: Tensor[]) => Tensor,
  inputs: readonly (readonly [values: readonly number[], shape: readonly number[]])[],
  figures: Figures,
  tolerance: Tolerance = {},
): void {
  const leaves = inputs.map(([values, shape]) => tensor(Float32Array.from(values), { shape, requiresGrad: true }));
  const y = fn(...leaves);
  close(y, figures[0] as number[], tolerance);
  const weights = Float32Array.from({ length: y.numel }, (_, i) => 0.5 + ((i * 7) % 5) / 4);
  y.backward(tensor(weights, { shape: y.shape }));
  leaves.forEach((leaf, i) => {
    close(leaf.grad as Tensor, figures[i + 1] as number[], tolerance);
  });
}
