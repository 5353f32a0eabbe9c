// Sums and what is made of them over [outer, n, inner] layouts: mean, norms, variance; and their gradients.
// inner is 1 or at least 16: columns go sixteen at a time.
import { maxDim } from "./extreme";
import { log4 } from "./math";
import { fill } from "./movement";
import { ExpFrom, Magnitude, Plain, Square, SquareFrom, SUMS, strip, sumColumns, sumRow } from "./sums";

// y = sum / c
@unmanaged class Over {
  @inline end(sum: f64, c: f32): f64 {
    return sum / <f64>c;
  }
}

// y = sqrt(sum)
@unmanaged class Root {
  @inline end(sum: f64, c: f32): f64 {
    return sqrt<f64>(sum);
  }
}

// @ts-expect-error: decorator
@inline
function reduceSum<Op, End>(x: usize, y: usize, outer: usize, n: usize, inner: usize, c: f32): void {
  const stride = inner << 2;
  for (; outer; outer--) {
    if (inner === 1) {
      store<f32>(y, <f32>changetype<End>(0).end(sumRow<Op>(x, n, 0), c));
    } else {
      for (let i: usize = 0; i < inner; i += 16) {
        i = strip(i, inner);
        sumColumns<Op>(x + (i << 2), n, stride, SUMS);
        for (let j: usize = 0; j < 16; j++) {
          store<f32>(y + ((i + j) << 2), <f32>changetype<End>(0).end(load<f64>(SUMS + (j << 3)), c));
        }
      }
    }
    x += n * stride;
    y += stride;
  }
}

/** y = (sum of x) / c: c is 1 for a sum, n for a mean */
export function sum(x: usize, y: usize, outer: usize, n: usize, inner: usize, c: f32): void {
  reduceSum<Plain, Over>(x, y, outer, n, inner, c);
}

/** y = sum of |x| */
export function norm1(x: usize, y: usize, outer: usize, n: usize, inner: usize): void {
  reduceSum<Magnitude, Over>(x, y, outer, n, inner, 1);
}

/** y = sqrt(sum of x^2) */
export function norm2(x: usize, y: usize, outer: usize, n: usize, inner: usize): void {
  reduceSum<Square, Root>(x, y, outer, n, inner, 1);
}

// What rounding the mean m to float32 added to the squares q is taken off again: d is mean - m.
// @ts-expect-error: decorator
@inline
function spreadOf(q: f64, d: f64, n: usize, divisor: f32, root: usize): f32 {
  const v = max<f64>(q - d * d * <f64>n, 0) / <f64>divisor;
  return <f32>(root ? sqrt<f64>(v) : v);
}

// mean - m of the sixteen columns at hand
const REST = memory.data(16 * 8, 16);

/** y = sum of (x - mean)^2 / divisor, or its square root; mean is kept for the gradient */
export function variance(
  x: usize, y: usize, mean: usize, outer: usize, n: usize, inner: usize, divisor: f32, root: usize,
): void {
  const stride = inner << 2;
  for (; outer; outer--) {
    if (inner === 1) {
      const exact = sumRow<Plain>(x, n, 0) / <f64>n;
      const m = <f32>exact;
      store<f32>(mean, m);
      store<f32>(y, spreadOf(sumRow<SquareFrom>(x, n, m), exact - <f64>m, n, divisor, root));
    } else {
      for (let i: usize = 0; i < inner; i += 16) {
        i = strip(i, inner);
        const column = x + (i << 2);
        const means = mean + (i << 2);
        sumColumns<Plain>(column, n, stride, SUMS);
        for (let j: usize = 0; j < 16; j++) {
          const exact = load<f64>(SUMS + (j << 3)) / <f64>n;
          store<f32>(means + (j << 2), <f32>exact);
          store<f64>(REST + (j << 3), exact - <f64>(<f32>exact));
        }
        sumColumns<SquareFrom>(column, n, stride, means);
        for (let j: usize = 0; j < 16; j++) {
          const v = spreadOf(load<f64>(SUMS + (j << 3)), load<f64>(REST + (j << 3)), n, divisor, root);
          store<f32>(y + ((i + j) << 2), v);
        }
      }
    }
    x += n * stride;
    y += stride;
    mean += stride;
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

/** y = m + log(sum of e^(x - m)), m being the largest x, or 0 if that is infinite; work holds as much as y */
export function logsumexp(x: usize, y: usize, work: usize, outer: usize, n: usize, inner: usize): void {
  const count = outer * inner;
  if (n === 0) {
    fill(y, count, 0xff800000);
    return;
  }
  const stop = work + (count << 2);
  maxDim(x, work, 0, outer, n, inner, 0);
  for (let m = work; m < stop; m += 4) {
    if (abs<f32>(load<f32>(m)) === Infinity) store<f32>(m, 0);
  }
  const stride = inner << 2;
  for (let m = work, at = y; m < stop; m += stride, at += stride) {
    if (inner === 1) {
      store<f32>(at, <f32>sumRow<ExpFrom>(x, n, load<f32>(m)));
    } else {
      for (let i: usize = 0; i < inner; i += 16) {
        i = strip(i, inner);
        sumColumns<ExpFrom>(x + (i << 2), n, stride, m + (i << 2));
        for (let j: usize = 0; j < 16; j++) store<f32>(at + ((i + j) << 2), <f32>load<f64>(SUMS + (j << 3)));
      }
    }
    x += n * stride;
  }
  for (let m = work; m < stop; m += 16) {
    v128.store(y, f32x4.add(v128.load(m), log4(v128.load(y))));
    y += 16;
  }
}
