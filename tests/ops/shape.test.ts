// Views, joins and indexing against PyTorch's figures, with the gradients of the leaf that the input is a view of.
import { expect, it } from "vitest";
import * as L from "../../src/index.ts";
import { fixtures } from "../check.ts";
import { leaf, views } from "../views.ts";

interface Figures {
  shape: number[];
  data: number[];
}
interface Outcome {
  y: Figures[];
  grad?: number[];
}
type Case = Outcome & { op: string; shape: number[]; view: string; args: unknown[] };
type Join = Figures & { op: "cat" | "stack"; shapes: number[][]; dim: number; grads: number[][] };
type Indexed = Outcome & {
  op: "indexSelect" | "gather";
  shape: number[];
  view: string;
  dim: number;
  index: number[];
  indexShape: number[];
};
type Filled = Outcome & { shape: number[]; view: string; mask: number[] };

const figures = fixtures<{ cases: Case[]; joins: Join[]; indexed: Indexed[]; filled: Filled[] }>("shape");

/** PyTorch's float32 figures have nine digits: rounding them to float32 gives the very value. */
const exactly = (values: readonly number[]) => Array.from(Float32Array.from(values), (v) => v + 0);
const flat = (t: L.Tensor) => Array.from(t.data, (v) => v + 0);

function judge(x: L.Tensor, fn: (x: L.Tensor) => L.Tensor | L.Tensor[], view: string, expected: Outcome): void {
  const out = fn((views[view] as (x: L.Tensor) => L.Tensor)(x));
  const outs = Array.isArray(out) ? out : [out];
  expect(outs.map((y) => y.shape)).toEqual(expected.y.map((y) => y.shape));
  for (const [i, y] of outs.entries()) expect(flat(y)).toEqual(exactly((expected.y[i] as Figures).data));
  if (expected.grad === undefined) return;
  for (const y of outs) if (y.requiresGrad) y.backward(leaf(y.shape, { skip: 3 }), { retainGraph: true });
  const grad = x.grad === null ? [] : flat(x.grad);
  expect(grad.length).toBe(expected.grad.length);
  for (const [i, g] of grad.entries()) expect(g).toBeCloseTo(expected.grad[i] as number, 5);
}

it.each(figures.cases)("$op($args) of $shape, $view", ({ op, shape, view, args, ...expected }) => {
  const fn = L.functional[op as "flatten"] as (x: L.Tensor, ...args: unknown[]) => L.Tensor;
  judge(leaf(shape, { requiresGrad: true }), (x) => fn(x, ...args), view, expected);
});

it.each(figures.joins)("$op of $shapes along $dim", ({ op, shapes, dim, shape, data, grads }) => {
  const xs = shapes.map((s, i) => leaf(s, { skip: i, requiresGrad: true }));
  const y = L.functional[op](xs, dim);
  expect(y.shape).toEqual(shape);
  expect(flat(y)).toEqual(exactly(data));
  y.backward(leaf(y.shape, { skip: 3 }));
  expect(xs.map((x) => flat(x.grad as L.Tensor))).toEqual(grads.map(exactly));
});

it.each(figures.indexed)(
  "$op of $shape by $index, $view",
  ({ op, shape, view, dim, index, indexShape, ...expected }) => {
    const at = L.tensor(Int32Array.from(index), { shape: indexShape });
    judge(leaf(shape, { requiresGrad: true }), (x) => L.functional[op](x, dim, at), view, expected);
  },
);

it.each(figures.filled)("maskedFill of $shape by $mask, $view", ({ shape, view, mask, ...expected }) => {
  const m = L.tensor(
    Int32Array.from(leaf(mask, { skip: 1 }).data, (v) => (v > 0 ? 1 : 0)),
    { shape: mask },
  );
  judge(leaf(shape, { requiresGrad: true }), (x) => x.maskedFill(m, -7.5), view, expected);
});
