// Matrix products: matmul with PyTorch's rules for 1-D, 2-D and batched factors, and its named special cases.
import { rangeError, typeError } from "../check.ts";
import {
  type Address,
  checkTensor,
  dense,
  empty,
  kernels as k,
  record,
  scratch,
  settle,
  type Tensor,
  tracks,
} from "../op.ts";
import { broadcastShapes, broadcastStrides, type Shape, stridesOf } from "../shape.ts";

/** A factor in memory, in elements: the steps over each batch dim, from row to row, from column to column. */
interface Layout {
  readonly steps: Shape;
  readonly row: number;
  readonly col: number;
}

/** `batch` products of [m, k] and [k, n]. */
interface Sizes {
  readonly batch: Shape;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** Factors with their batch dims spread over `batch`; dims that lie behind each other in all of them become one. */
function joined(batch: Shape, sides: readonly Shape[]): { batch: number[]; sides: number[][] } {
  const sizes: number[] = [];
  const steps: number[][] = sides.map(() => []);
  for (let d = batch.length - 1; d >= 0; d--) {
    const size = batch[d] as number;
    if (size === 1) continue;
    const inner = sizes[0];
    if (inner !== undefined && steps.every((own, i) => sides[i]?.[d] === (own[0] as number) * inner)) {
      sizes[0] = inner * size;
      continue;
    }
    sizes.unshift(size);
    for (const [i, own] of steps.entries()) own.unshift(sides[i]?.[d] as number);
  }
  return { batch: sizes, sides: steps };
}

/** How a product is stored: written, added, or written as int32. */
type Mode = "write" | "add" | "int";

/** y = A B for every pair of the batch. The rows of y are n apart; where its step is 0, mode "add" sums over that dim. */
function multiply(
  { batch, m, n, k: depth }: Sizes,
  [pa, pb, py]: readonly [Address, Address, Address],
  a: Layout,
  b: Layout,
  ySteps: Shape,
  mode: Mode,
): void {
  const work = scratch(k.gemmWork(m, n, depth));
  const all = joined(batch, [a.steps, b.steps, ySteps]);
  const add = mode === "add" ? 1 : 0;
  const run = (d: number, i: Address, j: Address, l: Address): void => {
    const size = all.batch[d] ?? 1;
    const [ta, tb, ty] = all.sides.map((steps) => steps[d] ?? 0) as [number, number, number];
    if (d >= all.batch.length - 1 && mode !== "int") {
      k.batchedGemm(i, j, l, work, size, ta, tb, ty, m, n, depth, a.row, a.col, b.row, b.col, n, add);
    } else if (d >= all.batch.length) k.gemmInt(i, j, l, m, n, depth, a.row, a.col, b.row, b.col);
    else for (let at = 0; at < size; at++) run(d + 1, i + 4 * at * ta, j + 4 * at * tb, l + 4 * at * ty);
  };
  run(0, pa, pb, py);
}

/** Steps over the batch dims of a row-major array of matrices of `size` elements, broadcast to `batch`. */
function denseSteps(own: Shape, size: number, batch: Shape): number[] {
  const steps = stridesOf(own).map((s) => s * size);
  return broadcastStrides(own, steps, batch);
}

/** The storages that the gradients read: each factor where the other requires grad. */
function saved(a: Tensor, b: Tensor): Tensor[] {
  const list: Tensor[] = [];
  if (a.requiresGrad) list.push(b);
  if (b.requiresGrad) list.push(a);
  return list;
}

/** y = A B of matrices; ga += gy B^T, gb += A^T gy. `shape`: what y is called. */
function plain(
  a: Tensor,
  b: Tensor,
  shape: Shape,
  m: number,
  n: number,
  depth: number,
  aRow: number,
  aCol: number,
  bRow: number,
  bCol: number,
): Tensor {
  const y = empty(shape, a.dtype);
  const [pa, pb] = [a.ptr, b.ptr];
  if (a.dtype === "int32") {
    k.gemmInt(pa, pb, y.ptr, m, n, depth, aRow, aCol, bRow, bCol);
    return settle(y);
  }
  k.gemm(pa, pb, y.ptr, scratch(k.gemmWork(m, n, depth)), m, n, depth, aRow, aCol, bRow, bCol, n, 0);
  if (!tracks(a, b)) return settle(y);
  return record(y, [a, b], saved(a, b), (gy, ga, gb) => {
    if (ga !== 0) k.gemm(gy, pb, ga, scratch(k.gemmWork(m, depth, n)), m, depth, n, n, 1, bCol, bRow, depth, 1);
    if (gb !== 0) k.gemm(pa, gy, gb, scratch(k.gemmWork(depth, n, m)), depth, n, m, aCol, aRow, n, 1, n, 1);
  });
}

/** Rows of a tensor seen as one matrix [rows, last dim], if its leading dims lie evenly; their stride, or -1. */
function evenRows(x: Tensor): number {
  const { shape } = x;
  const last = shape.length - 1;
  if (x.isDense) return shape[last] as number;
  const { strides } = x;
  for (let d = last - 2; d >= 0; d--) {
    if (strides[d] !== (strides[d + 1] as number) * (shape[d + 1] as number)) return -1;
  }
  return strides[last - 1] as number;
}

function checkPair(a: Tensor, b: Tensor, op: string): void {
  checkTensor(a, op);
  checkTensor(b, op, "other");
  if (a.dtype !== b.dtype) {
    throw typeError`${op}: expected tensors of one dtype, got ${a.dtype} and ${b.dtype}`;
  }
}

/**
 * Matrix product. 1-D: a row on the left, a column on the right, and their dim is dropped; 2-D: a matrix;
 * more dims: batches of matrices, whose leading dims broadcast. float32, or int32 with int32.
 * @throws RangeError if a tensor has no dim, inner sizes differ, or batch dims do not broadcast.
 * @see https://pytorch.org/docs/stable/generated/torch.matmul.html
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  checkPair(a, b, "matmul");
  return product(a, b, "matmul");
}

function product(a: Tensor, b: Tensor, op: string): Tensor {
  const [da, db] = [a.shape.length, b.shape.length];
  if (da === 0 || db === 0) {
    throw rangeError`${op}: expected tensors of at least 1 dim, got ${a.shape} and ${b.shape}`;
  }
  const m = da === 1 ? 1 : (a.shape[da - 2] as number);
  const depth = a.shape[da - 1] as number;
  const n = db === 1 ? 1 : (b.shape[db - 1] as number);
  if (depth !== (db === 1 ? b.shape[0] : b.shape[db - 2])) {
    throw rangeError`${op}: the inner sizes of ${a.shape} and ${b.shape} differ: expected [..., n, k] x [..., k, m]`;
  }
  // strides of a dense tensor are made at each reading: small products do without them
  const as = a.isDense ? null : a.strides;
  const bs = b.isDense ? null : b.strides;
  const aCol = as === null ? 1 : (as[da - 1] as number);
  const aRow = as === null || da === 1 ? depth : (as[da - 2] as number);
  const bCol = bs === null || db === 1 ? 1 : (bs[db - 1] as number);
  const bRow = db === 1 ? (bs === null ? 1 : (bs[0] as number)) : bs === null ? n : (bs[db - 2] as number);
  if (da === 2 && db === 2) return plain(a, b, [m, n], m, n, depth, aRow, aCol, bRow, bCol);
  if (db <= 2) {
    const shape = db === 1 ? a.shape.slice(0, -1) : [...a.shape.slice(0, -1), n];
    if (da <= 2) return plain(a, b, shape, m, n, depth, aRow, aCol, bRow, bCol);
    const row = evenRows(a);
    if (row >= 0) {
      let rows = 1;
      for (let d = 0; d < da - 1; d++) rows *= a.shape[d] as number;
      return plain(a, b, shape, rows, n, depth, row, aCol, bRow, bCol);
    }
  }
  const [ownA, ownB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const batch = broadcastShapes(ownA, ownB, op);
  const shape = [...batch, ...(da === 1 ? [] : [m]), ...(db === 1 ? [] : [n])];
  const A: Layout = { steps: broadcastStrides(ownA, a.strides.slice(0, -2), batch), row: aRow, col: aCol };
  const B: Layout = { steps: broadcastStrides(ownB, b.strides.slice(0, -2), batch), row: bRow, col: bCol };
  const Y: Layout = { steps: denseSteps(batch, m * n, batch), row: n, col: 1 };
  const y = empty(shape, a.dtype);
  const [pa, pb] = [a.ptr, b.ptr];
  multiply({ batch, m, n, k: depth }, [pa, pb, y.ptr], A, B, Y.steps, a.dtype === "int32" ? "int" : "write");
  if (!tracks(a, b)) return settle(y);
  const [ga, gb] = [denseSteps(ownA, m * depth, batch), denseSteps(ownB, depth * n, batch)];
  const turned = ({ steps, row, col }: Layout): Layout => ({ steps, row: col, col: row });
  return record(y, [a, b], saved(a, b), (gy, g0, g1) => {
    if (g0 !== 0) multiply({ batch, m, n: depth, k: n }, [gy, pb, g0], Y, turned(B), ga, "add");
    if (g1 !== 0) multiply({ batch, m: depth, n, k: m }, [pa, gy, g1], turned(A), Y, gb, "add");
  });
}

function checkDims(x: Tensor, ndim: number, op: string, name: string): void {
  if (x.shape.length !== ndim) {
    throw rangeError`${op}: expected ${name} to have ${ndim} dims, got the shape ${x.shape}`;
  }
}

/** A product of factors of these numbers of dims. */
function named(a: Tensor, b: Tensor, op: string, da: number, db: number): Tensor {
  checkPair(a, b, op);
  checkDims(a, da, op, "input");
  checkDims(b, db, op, "other");
  if (da === 3 && a.shape[0] !== b.shape[0]) {
    throw rangeError`${op}: the batch sizes of ${a.shape} and ${b.shape} differ`;
  }
  return product(a, b, op);
}

/**
 * Product of two matrices: [n, k] x [k, m] gives [n, m].
 * @see https://pytorch.org/docs/stable/generated/torch.mm.html
 */
export function mm(a: Tensor, b: Tensor): Tensor {
  return named(a, b, "mm", 2, 2);
}

/**
 * Products of two batches of matrices: [b, n, k] x [b, k, m] gives [b, n, m]; nothing broadcasts.
 * @see https://pytorch.org/docs/stable/generated/torch.bmm.html
 */
export function bmm(a: Tensor, b: Tensor): Tensor {
  return named(a, b, "bmm", 3, 3);
}

/**
 * Matrix times vector: [n, k] x [k] gives [n].
 * @see https://pytorch.org/docs/stable/generated/torch.mv.html
 */
export function mv(a: Tensor, b: Tensor): Tensor {
  return named(a, b, "mv", 2, 1);
}

/**
 * Inner product of two vectors of one length: a scalar.
 * @see https://pytorch.org/docs/stable/generated/torch.dot.html
 */
export function dot(a: Tensor, b: Tensor): Tensor {
  return named(a, b, "dot", 1, 1);
}

/**
 * Outer product: [n] and [m] give [n, m].
 * @see https://pytorch.org/docs/stable/generated/torch.outer.html
 */
export function outer(a: Tensor, b: Tensor): Tensor {
  checkTensor(a, "outer");
  checkTensor(b, "outer", "other");
  checkDims(a, 1, "outer", "input");
  checkDims(b, 1, "outer", "other");
  const mixed = a.dtype !== b.dtype;
  const x = mixed ? dense(a, "outer") : a;
  const y = mixed ? dense(b, "outer") : b;
  const [m, n] = [x.shape[0] as number, y.shape[0] as number];
  return plain(x, y, [m, n], m, n, 1, x.strides[0] as number, 1, n, y.strides[0] as number);
}
