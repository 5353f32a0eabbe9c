// What ops of one tensor are made with: a kernel, the kernel of its gradient, and which value that one reads.
import { type Address, checkTensor, dense, denseAny, empty, record, settle, type Tensor, tracks } from "../op.ts";

/** y = f(x), elementwise and differentiable. */
export type Unary = (x: Tensor) => Tensor;
export type MapKernel = (x: Address, y: Address, n: number) => void;
export type ChainKernel = (s: Address, gy: Address, gx: Address, n: number) => void;

/** An op on float32 (int32 is widened) whose gradient reads x or y; with none it is 0 everywhere, as PyTorch's. */
export function unary(op: string, f: MapKernel, df: ChainKernel | null, saved: "x" | "y" = "x"): Unary {
  return (x) => {
    const a = dense(x, op);
    const n = a.numel;
    const y = empty(a.shape);
    f(a.ptr, y.ptr, n);
    if (!tracks(a)) return settle(y);
    if (df === null) return record(y, [a], [], () => {});
    const s = saved === "y" ? y : a;
    const ps = s.ptr;
    return record(y, [a], [s], (gy, gx) => df(ps, gy, gx, n));
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
