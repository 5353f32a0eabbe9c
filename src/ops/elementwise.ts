// What ops of one tensor are made with: a kernel, the kernel of its gradient, and which value that one reads.
import {
  type Address,
  checkTensor,
  dense,
  denseAny,
  empty,
  type Kernels,
  kernels as k,
  type Layers,
  numbersOf,
  record,
  settle,
  type Tensor,
  tracks,
} from "../op.ts";

/** y = f(x), elementwise and differentiable. */
export type Unary = (x: Tensor) => Tensor;
export type MapKernel = (x: Address, y: Address, n: number) => void;
type ChainKernel = (s: Address, gy: Address, gx: Address, n: number) => void;
type Both = Kernels & Layers;
/** Where an op finds its kernels: in the core, or among those of layers, which bundles leave out with their ops. */
export type Source = () => Both;
/** Kernels of one shape, by name. */
type Named<F> = { [K in keyof Both]: Both[K] extends F ? K : never }[keyof Both];
/** Those that have a gradient beside them. */
type Paired<K extends string, G> = { [F in K]: `${F}Grad` extends Named<G> ? F : never }[K];

/** Kernels of one input with a gradient. */
export type Differentiable = Paired<Named<MapKernel>, ChainKernel>;

const core: Source = () => k as Both;

/** The kernel of the gradient. Looked up at the first call: a bundler cannot leave out an op that reads it at import. */
function gradOf<G>(kernel: string, from: Source): G {
  return from()[`${kernel}Grad` as keyof Both] as unknown as G;
}

let spare: Tensor | null = null;

/** From now on an elementwise op of `x`, which nobody else holds and no gradient reads, writes its result over it. null: none does. */
export function spend(x: Tensor | null): void {
  spare = x;
}

/**
 * An op on float32 (int32 is widened) by the kernel of its name, whose gradient reads x or y.
 * Without a kernel of that (`gradient` null) it is 0 everywhere, as PyTorch's.
 */
export function unary(
  kernel: Differentiable,
  saved?: "x" | "y",
  op?: string,
  gradient?: undefined,
  from?: Source,
): Unary;
export function unary(kernel: Named<MapKernel>, saved: "x", op: string, gradient: ChainKernel | null): Unary;
export function unary(
  kernel: Named<MapKernel>,
  saved: "x" | "y" = "x",
  op: string = kernel,
  gradient?: ChainKernel | null,
  from: Source = core,
): Unary {
  let f: MapKernel | undefined;
  let df = gradient;
  return (x) => {
    if (f === undefined) {
      f = from()[kernel] as MapKernel;
      if (df === undefined) df = gradOf<ChainKernel>(kernel, from);
    }
    const a = dense(x, op);
    const n = a.numel;
    if (a === spare) {
      f(a.ptr, a.ptr, n);
      return a;
    }
    const y = empty(a.shape);
    f(a.ptr, y.ptr, n);
    if (!tracks(a)) return settle(y);
    const run = df;
    if (!run) return record(y, [a], [], () => {});
    const s = saved === "y" ? y : a;
    const ps = s.ptr;
    return record(y, [a], [s], (gy, gx) => run(ps, gy, gx, n));
  };
}

/** The same, but int32 stays int32 by a kernel of its own. */
export function keepingInts(op: string, float: Unary, int: MapKernel): Unary {
  return (x) => {
    checkTensor(x, op);
    if (x.dtype !== "int32") return float(x);
    const a = denseAny(x, op);
    const y = empty(a.shape, "int32");
    int(a.ptr, y.ptr, a.numel);
    return settle(y);
  };
}

type Map3 = (x: Address, y: Address, n: number, p: number, q: number, r: number) => void;
type Chain3 = (s: Address, gy: Address, gx: Address, n: number, p: number, q: number, r: number) => void;

type ShapedKernel = Paired<Named<Map3>, Chain3>;

/** An op with up to three parameters whose gradient reads x. A kernel ignores the parameters that it has not. */
export function shaped(
  op: string,
  x: Tensor,
  kernel: ShapedKernel,
  [p, q = 0, r = 0]: readonly [number, number?, number?],
  from: Source = core,
): Tensor {
  const a = dense(x, op);
  const n = a.numel;
  const f = from()[kernel] as Map3;
  if (a === spare) {
    f(a.ptr, a.ptr, n, p, q, r);
    return a;
  }
  const y = empty(a.shape);
  const pa = a.ptr;
  f(pa, y.ptr, n, p, q, r);
  if (!tracks(a)) return settle(y);
  const df = gradOf<Chain3>(kernel, from);
  return record(y, [a], [a], (gy, gx) => df(pa, gy, gx, n, p, q, r));
}

/** y = f(x) with numbers as options. */
export type Shaped<K extends string> = (x: Tensor, options?: { readonly [name in K]?: number }) => Tensor;

/**
 * An op whose options are the parameters of its kernels, in the order of their standards.
 * `parameters` checks them and makes others of them where a kernel wants that.
 */
export function withOptions<K extends string>(
  op: string,
  kernel: ShapedKernel,
  standards: { readonly [name in K]: number },
  parameters: (p: number, q: number) => readonly [number, number?, number?] = (p, q) => [p, q],
  from: Source = core,
): Shaped<K> {
  return (x, options = {}) => {
    const [p, q] = numbersOf(op, standards, options) as [number, number];
    return shaped(op, x, kernel, parameters(p, q), from);
  };
}
