// Selection by index and by mask, triangles.
import { rangeError, typeError } from "../check.ts";
import { checkTensor, composite, denseAny, empty, ops, record, settle, Tensor, tracks, zeroed } from "../op.ts";
import { checkDim, numelOf, type Shape, show } from "../shape.ts";
import { where } from "./compare.ts";
import { to } from "./copy.ts";
import { replaced } from "./geometry.ts";
import { checkRange } from "./index-checks.ts";
import { narrow } from "./slicing.ts";

function checkIndexDtype(index: Tensor, op: string): void {
  checkTensor(index, op, "index");
  if (index.dtype !== "int32") throw typeError`${op}: expected an int32 index, got ${index.dtype}; use int()`;
}

/** [outer, n, inner] around a dim; [1, 1, 1] for a scalar. */
function around(shape: Shape, d: number): readonly [number, number, number] {
  return [numelOf(shape.slice(0, d)), shape[d] ?? 1, numelOf(shape.slice(d + 1))];
}

/**
 * The entries of a dim that a vector of indices names, in its order: y[.., j, ..] = x[.., index[j], ..].
 * @see https://pytorch.org/docs/stable/generated/torch.index_select.html
 */
export function indexSelect(x: Tensor, dim: number, index: Tensor): Tensor {
  checkTensor(x, "indexSelect");
  const d = checkDim(dim, x.ndim, "indexSelect");
  checkIndexDtype(index, "indexSelect");
  if (index.ndim > 1) {
    throw rangeError`indexSelect: expected indices [n], got ${index.shape}`;
  }
  const m = index.numel;
  if (x.ndim === 0 && m !== 1) {
    throw rangeError`indexSelect: expected one index into a scalar, got ${index.shape}`;
  }
  const a = denseAny(x, "indexSelect");
  const at = denseAny(index, "indexSelect");
  const [outer, n, inner] = around(a.shape, d);
  checkRange(at, n, "indexSelect", `dim ${dim} of ${show(x.shape)}`);
  const y = empty(x.ndim === 0 ? [] : replaced(a.shape, d, m), a.dtype);
  const pi = at.ptr;
  ops().indexSelect(a.ptr, pi, y.ptr, outer, n, m, inner);
  if (!tracks(a)) return settle(y);
  return record(y, [a], [at], (gy, gx) => ops().indexSelectGrad(pi, gy, gx, outer, n, m, inner));
}

/**
 * y[i, j, k] = x[i, index[i, j, k], k] for dim 1, and so on: a position for each element of y, whose shape is the index's.
 * @see https://pytorch.org/docs/stable/generated/torch.gather.html
 */
export function gather(x: Tensor, dim: number, index: Tensor): Tensor {
  checkTensor(x, "gather");
  const d = checkDim(dim, x.ndim, "gather");
  checkIndexDtype(index, "gather");
  if (index.numel === 0) {
    const nothing = empty(index.shape, x.dtype);
    return tracks(x) ? record(nothing, [x], [], () => {}) : settle(nothing);
  }
  const vectors = Math.max(x.ndim, 1) === 1 && Math.max(index.ndim, 1) === 1;
  if (!vectors && (index.ndim !== x.ndim || index.shape.some((size, i) => i !== d && size > (x.shape[i] as number)))) {
    throw rangeError`gather: the index of shape ${index.shape} does not fit ${x.shape} outside dim ${dim}`;
  }
  const larger = vectors ? [] : index.shape.map((_, i) => i).filter((i) => i !== d && index.shape[i] !== x.shape[i]);
  if (larger.length > 0) {
    return composite(() =>
      gather(
        larger.reduce((part, i) => narrow(part, i, 0, index.shape[i] as number), x),
        d,
        index,
      ),
    );
  }
  const a = denseAny(x, "gather");
  const at = denseAny(index, "gather");
  const [outer, n, inner] = around(a.shape, d);
  const m = index.shape[d] ?? 1;
  checkRange(at, n, "gather", `dim ${dim} of ${show(x.shape)}`);
  const y = empty(index.shape, a.dtype);
  const pi = at.ptr;
  ops().gather(a.ptr, pi, y.ptr, outer, n, m, inner);
  if (!tracks(a)) return settle(y);
  return record(y, [a], [at], (gy, gx) => ops().gatherGrad(pi, gy, gx, outer, n, m, inner));
}

/**
 * y = mask ? value : x, where mask (int32, 0 or not) and x broadcast. No gradient reaches the filled places.
 * `value`: a number or a scalar tensor, to which their gradients flow; it takes on the dtype of x.
 * @see https://pytorch.org/docs/stable/generated/torch.Tensor.masked_fill.html
 */
export function maskedFill(x: Tensor, mask: Tensor, value: number | Tensor): Tensor {
  checkTensor(x, "maskedFill");
  checkTensor(mask, "maskedFill", "mask");
  if (mask.dtype !== "int32") {
    throw typeError`maskedFill: expected an int32 mask, got ${mask.dtype}`;
  }
  if (value instanceof Tensor ? value.ndim > 0 : typeof value !== "number") {
    const got = value instanceof Tensor ? value.shape : value;
    throw typeError`maskedFill: expected the value to be a number or a scalar, got ${got}`;
  }
  if (value instanceof Tensor) return composite(() => where(mask, to(value, x.dtype), x));
  return where(mask, x.dtype === "int32" ? Math.trunc(value) : value, x);
}

function triangle(x: Tensor, upper: 0 | 1, diagonal: number, op: string): Tensor {
  checkTensor(x, op);
  if (x.ndim < 2) throw rangeError`${op}: expected at least 2 dims, got the shape ${x.shape}`;
  if (!Number.isInteger(diagonal)) throw typeError`${op}: expected diagonal to be an integer, got ${diagonal}`;
  const a = denseAny(x, op);
  const y = zeroed(a.shape, a.dtype);
  const rows = a.shape[a.ndim - 2] as number;
  const columns = a.shape[a.ndim - 1] as number;
  const batch = numelOf(a.shape.slice(0, -2));
  ops().triangle(a.ptr, y.ptr, batch, rows, columns, upper, diagonal);
  if (!tracks(a)) return settle(y);
  return record(y, [a], [], (gy, gx) => ops().triangleGrad(gy, gx, batch, rows, columns, upper, diagonal));
}

/**
 * Matrices with zeros above a diagonal: 0 the main one, positive above it, negative below.
 * @see https://pytorch.org/docs/stable/generated/torch.tril.html
 */
export function tril(x: Tensor, diagonal: number = 0): Tensor {
  return triangle(x, 0, diagonal, "tril");
}

/**
 * Matrices with zeros below a diagonal: 0 the main one, positive above it, negative below.
 * @see https://pytorch.org/docs/stable/generated/torch.triu.html
 */
export function triu(x: Tensor, diagonal: number = 0): Tensor {
  return triangle(x, 1, diagonal, "triu");
}
