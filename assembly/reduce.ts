// Sums and what is made of them: sum and mean over [outer, n, inner] layouts with an inner of 1 or at least 4, the rest over rows.
import { expRow, log1, maxRow } from "./falls";
import { columnSum, Magnitude, panelWidth, Plain, Square, SquareFrom, sumColumns, sumRow } from "./sums";

/** y = (sum of x) / c: c is 1 for a sum, n for a mean */
export function sum(x: usize, y: usize, outer: usize, n: usize, inner: usize, c: f32): void {
  const stride = inner << 2;
  for (; outer; outer--) {
    if (inner === 1) {
      store<f32>(y, <f32>(sumRow<Plain>(x, n, 0) / <f64>c));
    } else {
      for (let i: usize = 0; i < inner; ) {
        const width = panelWidth(inner - i);
        sumColumns(x + (i << 2), n, stride, width);
        for (let j: usize = 0; j < width; j++) store<f32>(y + ((i + j) << 2), <f32>(columnSum(j, width) / <f64>c));
        i += width;
      }
    }
    x += n * stride;
    y += stride;
  }
}

/** y = sum of |x| over rows of n */
export function norm1(x: usize, y: usize, m: usize, n: usize): void {
  for (; m; m--, x += n << 2, y += 4) store<f32>(y, <f32>sumRow<Magnitude>(x, n, 0));
}

/** y = sqrt(sum of x^2) over rows of n */
export function norm2(x: usize, y: usize, m: usize, n: usize): void {
  for (; m; m--, x += n << 2, y += 4) store<f32>(y, <f32>sqrt<f64>(sumRow<Square>(x, n, 0)));
}

/** y = sum of (x - mean)^2 / divisor over rows of n, or its square root; mean is kept for the gradient */
export function variance(x: usize, y: usize, mean: usize, m: usize, n: usize, divisor: f32, root: usize): void {
  for (; m; m--, x += n << 2, y += 4, mean += 4) {
    const exact = sumRow<Plain>(x, n, 0) / <f64>n;
    const rounded = <f32>exact;
    // what rounding the mean to float32 added to the squares
    const d = exact - <f64>rounded;
    const v = max<f64>(sumRow<SquareFrom>(x, n, rounded) - d * d * <f64>n, 0) / <f64>divisor;
    store<f32>(mean, rounded);
    store<f32>(y, <f32>(root ? sqrt<f64>(v) : v));
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
