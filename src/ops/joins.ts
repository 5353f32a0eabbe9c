// Several tensors in one: cat, stack.
import { rangeError, typeError } from "../check.ts";
import { checkTensor, dense, denseAny, empty, kernels as k, record, settle, type Tensor, tracks } from "../op.ts";
import { checkDim, numelOf, type Shape, sameShape } from "../shape.ts";
import { replaced } from "./geometry.ts";

function checkList(tensors: readonly Tensor[], op: string): void {
  if (!Array.isArray(tensors)) throw typeError`${op}: expected an array of tensors, got ${tensors}`;
  if (tensors.length === 0) throw rangeError`${op}: expected at least one tensor, got an empty array`;
  for (const [i, x] of tensors.entries()) checkTensor(x, op, `tensors[${i}]`);
}

/** Rows of pieces side by side; `widths` are the words a row of each piece has. */
function joined(
  tensors: readonly Tensor[],
  shape: Shape,
  outer: number,
  widths: readonly number[],
  op: string,
): Tensor {
  const ints = tensors.every((x) => x.dtype === "int32");
  const pieces = tensors.map((x) => (ints ? denseAny(x, op) : dense(x, op)));
  const y = empty(shape, ints ? "int32" : "float32");
  const total = widths.reduce((a, b) => a + b, 0);
  let at = y.ptr;
  for (const [i, piece] of pieces.entries()) {
    const width = widths[i] as number;
    k.copyRows(piece.ptr, at, outer, width, width, total);
    at += width * 4;
  }
  if (!pieces.some((piece) => tracks(piece))) return settle(y);
  return record(y, pieces, [], (gy, _0, _1, _2, all) => {
    let from = gy;
    for (let i = 0; i < widths.length; i++) {
      const width = widths[i] as number;
      if (all[i] !== 0) k.addRows(from, all[i] as number, outer, width, total, width);
      from += width * 4;
    }
  });
}

/**
 * Tensors one after the other along a dim; they agree in all other dims. Empty vectors are passed over, as in PyTorch.
 * @see https://pytorch.org/docs/stable/generated/torch.cat.html
 */
export function cat(tensors: readonly Tensor[], dim: number = 0): Tensor {
  checkList(tensors, "cat");
  const list = tensors.filter((x) => x.ndim !== 1 || x.numel !== 0);
  const first = list[0] ?? (tensors[0] as Tensor);
  if (first.ndim === 0) throw rangeError`cat: scalars cannot be joined; use stack()`;
  const d = checkDim(dim, first.ndim, "cat");
  for (const x of list) {
    if (x.ndim !== first.ndim || !sameShape(replaced(x.shape, d), replaced(first.shape, d))) {
      throw rangeError`cat: the shapes ${first.shape} and ${x.shape} differ outside dim ${dim}`;
    }
  }
  const inner = numelOf(first.shape.slice(d + 1));
  const widths = tensors.map((x) => (x.numel === 0 ? 0 : (x.shape[d] as number) * inner));
  const size = list.reduce((n, x) => n + (x.shape[d] as number), 0);
  return joined(tensors, replaced(first.shape, d, size), numelOf(first.shape.slice(0, d)), widths, "cat");
}

/**
 * Tensors of one shape side by side along a new dim.
 * @see https://pytorch.org/docs/stable/generated/torch.stack.html
 */
export function stack(tensors: readonly Tensor[], dim: number = 0): Tensor {
  checkList(tensors, "stack");
  const shape = (tensors[0] as Tensor).shape;
  const d = checkDim(dim, shape.length + 1, "stack");
  for (const x of tensors) {
    if (!sameShape(x.shape, shape)) {
      throw rangeError`stack: expected tensors of one shape, got ${shape} and ${x.shape}`;
    }
  }
  const inner = numelOf(shape.slice(d));
  const widths = new Array<number>(tensors.length).fill(inner);
  const stacked = [...shape.slice(0, d), tensors.length, ...shape.slice(d)];
  return joined(tensors, stacked, numelOf(shape.slice(0, d)), widths, "stack");
}
