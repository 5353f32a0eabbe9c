// Sums and what is made of them over [outer, n, inner] layouts with an inner of 1 or at least 4; logsumexp over rows.
import { expRow, log1, maxRow } from "./falls";
import { columnSum, Magnitude, panelWidth, Plain, Square, SquareFrom, sumColumns, sumRow, SUMS, sumShort } from "./sums";

// Of shorter rows four are summed at a time: their ends cost more than all the rest.
const SHORT: usize = 16;

/** y = (sum of f(x)) / c, or the root of that */
// @ts-ignore: decorator
@inline
function total<Op>(x: usize, y: usize, outer: usize, n: usize, inner: usize, c: f64, root: bool): void {
  const stride = inner << 2;
  if (inner === 1 && n < SHORT && outer >= 4) {
    const by = f64x2.splat(c);
    for (let i: usize = 0; i < outer; i += 4) {
      if (i + 4 > outer) i = outer - 4;
      sumShort<Op>(x + i * (n << 2), n, n << 2);
      let a = f64x2.div(v128.load(SUMS), by), b = f64x2.div(v128.load(SUMS, 16), by);
      if (root) a = f64x2.sqrt(a), b = f64x2.sqrt(b);
      v128.store(y + (i << 2), v128.shuffle<u32>(f32x4.demote_f64x2_zero(a), f32x4.demote_f64x2_zero(b), 0, 1, 4, 5));
    }
    return;
  }
  for (; outer; outer--) {
    if (inner === 1) {
      const s = sumRow<Op>(x, n, 0) / c;
      store<f32>(y, <f32>(root ? sqrt<f64>(s) : s));
    } else {
      for (let i: usize = 0; i < inner; ) {
        const width = panelWidth(inner - i);
        sumColumns<Op>(x + (i << 2), n, stride, width, 0);
        for (let j: usize = 0; j < width; j++) {
          const s = columnSum(j, width) / c;
          store<f32>(y + ((i + j) << 2), <f32>(root ? sqrt<f64>(s) : s));
        }
        i += width;
      }
    }
    x += n * stride;
    y += stride;
  }
}

/** y = (sum of x) / c: c is 1 for a sum, n for a mean */
export function sum(x: usize, y: usize, outer: usize, n: usize, inner: usize, c: f32): void {
  total<Plain>(x, y, outer, n, inner, <f64>c, false);
}

/** y = sum of |x| */
export function norm1(x: usize, y: usize, outer: usize, n: usize, inner: usize): void {
  total<Magnitude>(x, y, outer, n, inner, 1, false);
}

/** y = sqrt(sum of x^2) */
export function norm2(x: usize, y: usize, outer: usize, n: usize, inner: usize): void {
  total<Square>(x, y, outer, n, inner, 1, true);
}

/** The float64 means of a panel of columns. */
const MEANS = memory.data(1024 * 8, 16);

/** y = sum of (x - mean)^2 / divisor, or its square root; mean is kept for the gradient */
export function variance(
  x: usize, y: usize, mean: usize, outer: usize, n: usize, inner: usize, divisor: f32, root: usize,
): void {
  const stride = inner << 2;
  for (; outer; outer--) {
    for (let i: usize = 0; i < inner; ) {
      const width: usize = inner === 1 ? 1 : panelWidth(inner - i), from = x + (i << 2), to = mean + (i << 2);
      if (inner === 1) store<f64>(MEANS, sumRow<Plain>(x, n, 0) / <f64>n);
      else {
        sumColumns<Plain>(from, n, stride, width, 0);
        for (let j: usize = 0; j < width; j++) store<f64>(MEANS + (j << 3), columnSum(j, width) / <f64>n);
      }
      for (let j: usize = 0; j < width; j++) store<f32>(to + (j << 2), <f32>load<f64>(MEANS + (j << 3)));
      if (inner > 1) sumColumns<SquareFrom>(from, n, stride, width, to);
      for (let j: usize = 0; j < width; j++) {
        const rounded = load<f32>(to + (j << 2));
        // what rounding the mean to float32 added to the squares
        const d = load<f64>(MEANS + (j << 3)) - <f64>rounded;
        const squares = inner === 1 ? sumRow<SquareFrom>(x, n, rounded) : columnSum(j, width);
        const v = max<f64>(squares - d * d * <f64>n, 0) / <f64>divisor;
        store<f32>(y + ((i + j) << 2), <f32>(root ? sqrt<f64>(v) : v));
      }
      i += width;
    }
    x += n * stride;
    y += stride;
    mean += stride;
  }
}

/** y = m + log(sum of e^(x - m)) over rows of n, m being the largest x; an infinite m is the result, but for NaN. work: n + 3 floats */
export function logsumexp(x: usize, y: usize, work: usize, m: usize, n: usize): void {
  for (; m; m--, x += n << 2, y += 4) {
    let v = maxRow(x, n);
    if (abs<f32>(v) === Infinity) {
      for (let i: usize = 0; i < n; i++) {
        const w = load<f32>(x + (i << 2));
        if (w !== w) v = w;
      }
    } else v += log1(expRow(x, work, n, v));
    store<f32>(y, v);
  }
}

/** y = sum of int32 x, wrapping */
export function sumInt(x: usize, y: usize, outer: usize, n: usize, inner: usize): void {
  const row = inner << 2;
  memory.fill(y, 0, outer * row);
  for (; outer; outer--) {
    for (let j = n; j; j--) {
      for (let i: usize = 0; i < row; i += 4) store<i32>(y + i, load<i32>(y + i) + load<i32>(x + i));
      x += row;
    }
    y += row;
  }
}
