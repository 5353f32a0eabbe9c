// What the tests of matrix products share: PyTorch's figures, inputs as the generator makes them, and views that are not contiguous.
import { expect } from "vitest";
import { type Tensor, tensor } from "../../src/index.ts";
import { settle } from "../../src/scope.ts";
import { viewOf } from "../../src/tensor.ts";
import { close, fixtures, numbers, type Tolerance } from "../check.ts";

export interface Figures {
  shape: number[];
  data: number[];
}
export interface Case {
  y: Figures;
  grads: Figures[];
}
interface Products {
  matmul: (Case & { a: number[]; b: number[] })[];
  linear: (Case & { x: number[]; w: number[]; b: number[] | null })[];
  int32: { a: Figures; b: Figures; y: Figures }[];
}

export const figures: Products = fixtures<Products>("matmul");
export const near: Tolerance = { rtol: 1e-5, atol: 1e-5 };

export const count = (shape: readonly number[]): number => shape.reduce((n, s) => n * s, 1);
/** numbers() without the first `skip`, as the generator makes them. */
export const made = (shape: readonly number[], skip = 0): Tensor =>
  tensor(numbers(count(shape) + skip).slice(skip), { shape, requiresGrad: true });

export function check(fn: (...inputs: Tensor[]) => Tensor, inputs: Tensor[], expected: Case): void {
  const y = fn(...inputs);
  expect(y.shape).toEqual(expected.y.shape);
  close(y, expected.y.data, near);
  y.backward(tensor(numbers(y.numel + 3).slice(3), { shape: y.shape }));
  for (const [i, x] of inputs.entries()) {
    close(x.grad ?? new Float32Array(x.numel), expected.grads[i]?.data as number[], near);
  }
}

/** A view of the same values whose last two dims lie turned in memory, with gaps between the elements. */
export function turned(x: Tensor): Tensor {
  const shape = x.shape;
  const wide = shape.map((s, d) => (d === shape.length - 1 ? 2 * s : s));
  const order = shape.map((_, d) => d);
  if (shape.length > 1) order.splice(-2, 2, shape.length - 1, shape.length - 2);
  const outerShape = order.map((d) => wide[d] as number);
  const steps = outerShape.map((_, d) => count(outerShape.slice(d + 1)));
  const strides = shape.map((_, d) => (steps[order.indexOf(d)] as number) * (d === shape.length - 1 ? 2 : 1));
  const values = new Float32Array(count(wide));
  const from = x.data;
  for (let i = 0; i < x.numel; i++) {
    let rest = i;
    let at = 0;
    for (let d = shape.length - 1; d >= 0; d--) {
      const size = shape[d] as number;
      at += (rest % size) * (strides[d] as number);
      rest = Math.floor(rest / size);
    }
    values[at] = from[i] as number;
  }
  return settle(viewOf(tensor(values), shape, strides, 0));
}
