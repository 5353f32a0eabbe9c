// Runs the cases that tests/fixtures/cases.py writes: a call, its result and every gradient, from contiguous and strided inputs.
import { describe, expect, it } from "vitest";
import * as lanegrad from "../src/index.ts";
import { type Tensor, tensor } from "../src/index.ts";
import { close, fixtures, type Tolerance } from "./check.ts";

interface Figures {
  shape: number[];
  data: number[];
  int?: boolean;
}
interface Place {
  t: number;
}
type Value = Place | number | string | boolean | null;

export interface Case {
  op: string;
  args: Value[];
  options?: Record<string, Value>;
  y: Place;
  grads?: (Place | null)[];
  optionGrads?: Record<string, Place>;
  after?: Record<string, Place>;
}

const isPlace = (v: unknown): v is Place => typeof v === "object" && v !== null && "t" in v;

/** The same values in a tensor whose dims lie in memory the other way round, and the leaf it is a view of. */
function scattered(values: Figures, requiresGrad: boolean): { leaf: Tensor; x: Tensor } {
  const { shape, data, int } = values;
  const n = shape.length;
  const back = Array.from(shape, (_, d) => n - 1 - d);
  const plain = int === true ? Int32Array.from(data) : Float32Array.from(data);
  const leaf = tensor(tensor(plain, { shape }).permute(back).contiguous().data, {
    shape: [...shape].reverse(),
    requiresGrad,
  });
  return { leaf, x: leaf.permute(back) };
}

type Op = (...args: unknown[]) => Tensor;

/** Registers a test for each case of a fixture, grouped by op. */
export function runCases(name: string, tolerance: (c: Case) => Tolerance = () => ({})): void {
  const { cases, tensors } = fixtures<{ cases: Case[]; tensors: Figures[] }>(name);
  const figures = (p: Place): Figures => tensors[p.t] as Figures;

  const run = (c: Case, strided: boolean): void => {
    const leaves = new Map<string, Tensor>();
    const open = (v: Value, key: string, grad: boolean): unknown => {
      if (!isPlace(v)) return v;
      const f = figures(v);
      if (strided && f.shape.length > 1) {
        const { leaf, x } = scattered(f, grad);
        leaves.set(key, leaf);
        return x;
      }
      const x = tensor(f.int === true ? Int32Array.from(f.data) : Float32Array.from(f.data), {
        shape: f.shape,
        requiresGrad: grad,
      });
      leaves.set(key, x);
      return x;
    };
    const args = c.args.map((v, i) => open(v, `${i}`, (c.grads?.[i] ?? null) !== null));
    const options = Object.fromEntries(
      Object.entries(c.options ?? {}).map(([k, v]) => [k, open(v, k, c.optionGrads?.[k] !== undefined)]),
    );
    if (c.options !== undefined) args.push(options);
    const y = (lanegrad.functional as unknown as Record<string, Op>)[c.op]?.(...args) as Tensor;
    expect(y.shape).toEqual(figures(c.y).shape);
    close(y, figures(c.y).data, tolerance(c));
    for (const [i, place] of Object.entries(c.after ?? {})) {
      close(leaves.get(i) as Tensor, figures(place).data, tolerance(c));
    }
    expect(y.requiresGrad).toBe(c.grads !== undefined);
    if (c.grads === undefined) return;
    const spread = Float32Array.from({ length: y.numel }, (_, i) => 2 * (((i * 0.618034 + 0.4) % 1) * 2 - 1));
    y.backward(y.ndim === 0 ? null : tensor(spread, { shape: y.shape }));
    const grads = [...c.grads.entries(), ...Object.entries(c.optionGrads ?? {})];
    for (const [key, place] of grads) {
      const leaf = leaves.get(`${key}`);
      if (place === null || leaf === undefined) continue;
      const f = figures(place);
      let grad = leaf.grad ?? lanegrad.zerosLike(leaf);
      if (strided && f.shape.length > 1)
        grad = grad.permute(f.shape.map((_, d) => f.shape.length - 1 - d)).contiguous();
      expect(grad.shape).toEqual(f.shape);
      close(grad, f.data, tolerance(c));
    }
  };

  const title = (c: Case): string => {
    const show = (v: Value): string => (isPlace(v) ? `[${figures(v).shape.join(", ")}]` : String(v));
    const options = Object.entries(c.options ?? {}).map(([k, v]) => `${k} ${show(v)}`);
    return [c.args.map(show).join(" "), ...options].join(", ");
  };
  for (const op of new Set(cases.map((c) => c.op))) {
    const own = cases.filter((c) => c.op === op);
    describe(`${op} has PyTorch's figures`, () => {
      it.each(own.map((c) => [title(c), c] as const))("of %s", (_, c) => run(c, false));
      it("of all of these from strided inputs", () => {
        for (const c of own) run(c, true);
      });
    });
  }
}
