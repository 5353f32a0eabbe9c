// Sums and what is made of them: sum, mean and variance over [outer, n, inner] layouts with an inner of 1 or at least 4, the rest
// over rows.
import { expRow, fall4, log1, logOf, maxRow } from "./falls";
import { gather4 } from "./lanes";
import { columnSum, Magnitude, panelWidth, Plain, Square, SquareFrom, sumColumns, sumRow, sumShort } from "./sums";

/** y = (sum of x) / c: c is 1 for a sum, n for a mean */
export function sum(x: usize, y: usize, outer: usize, n: usize, inner: usize, c: f32): void {
  const stride = inner << 2;
  if (n === 1) {
    memory.copy(y, x, outer * stride);
    return;
  }
  if (inner === 1 && n <= 16 && n && outer >= 4) {
    for (let i: usize = 0; i < outer; i += 4) {
      if (i + 4 > outer) i = outer - 4;
      sumShort(x + i * (n << 2), y + (i << 2), n, n << 2, c);
    }
    return;
  }
  for (; outer; outer--) {
    if (inner === 1) {
      store<f32>(y, <f32>(sumRow<Plain>(x, n, 0) / <f64>c));
    } else {
      for (let i: usize = 0; i < inner; ) {
        const width = panelWidth(inner - i);
        sumColumns<Plain>(x + (i << 2), n, stride, width, 0);
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

/** y = sum of (x - mean)^2 / divisor, or its square root; mean is kept for the gradient */
export function variance(
  x: usize, y: usize, mean: usize, outer: usize, n: usize, inner: usize, divisor: f32, root: usize,
): void {
  const stride = inner << 2, rows = inner === 1;
  for (; outer; outer--) {
    for (let i: usize = 0; i < stride; ) {
      const width: usize = rows ? 1 : panelWidth(inner - (i >> 2)), from = x + i, to = y + i, means = mean + i;
      if (!rows) sumColumns<Plain>(from, n, stride, width, 0);
      for (let j: usize = 0; j < width; j++) {
        const exact = (rows ? sumRow<Plain>(from, n, 0) : columnSum(j, width)) / <f64>n;
        store<f32>(means + (j << 2), <f32>exact);
        // what rounding the mean to float32 will add to the squares
        store<f32>(to + (j << 2), <f32>(exact - <f64><f32>exact));
      }
      if (!rows) sumColumns<SquareFrom>(from, n, stride, width, means);
      for (let j: usize = 0; j < width; j++) {
        const d = <f64>load<f32>(to + (j << 2)), s = rows ? sumRow<SquareFrom>(from, n, load<f32>(means)) : columnSum(j, width);
        const v = max<f64>(s - d * d * <f64>n, 0) / <f64>divisor;
        store<f32>(to + (j << 2), <f32>(root ? sqrt<f64>(v) : v));
      }
      i += width << 2;
    }
    x += n * stride;
    y += stride;
    mean += stride;
  }
}

/** y of four rows of a few floats, as columns. Gives whether none has an infinite maximum, which wants a closer look. */
function logsumexpFour(x: usize, y: usize, row: usize): bool {
  const stop = x + row, infinity = f32x4.splat(Infinity);
  let m = gather4(x, row), s = f32x4.splat(0);
  for (let p = x + 4; p < stop; p += 4) m = f32x4.pmax(gather4(p, row), m);
  for (; x < stop; x += 4) s = f32x4.add(s, fall4(f32x4.sub(gather4(x, row), m)));
  v128.store(y, f32x4.add(m, logOf(s)));
  return !v128.any_true(f32x4.eq(f32x4.abs(m), infinity));
}

/** y = m + log(sum of e^(x - m)) over rows of n, m being the largest x; an infinite m is the result, but for NaN. work: n + 3 floats */
export function logsumexp(x: usize, y: usize, work: usize, m: usize, n: usize): void {
  const row = n << 2;
  while (m) {
    if (n && n < 16 && m >= 4 && logsumexpFour(x, y, row)) {
      m -= 4;
      x += row << 2;
      y += 16;
      continue;
    }
    let v = maxRow(x, n);
    if (abs<f32>(v) === Infinity) {
      for (let i: usize = 0; i < n; i++) {
        const w = load<f32>(x + (i << 2));
        if (w !== w) v = w;
      }
    } else v += log1(expRow(x, work, n, v));
    store<f32>(y, v);
    m--;
    x += row;
    y += 4;
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
