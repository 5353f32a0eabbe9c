// Max pooling of NCHW images, with the place of each maximum. Padding never wins; the first of equal values does, a NaN beats every number.

import { knowsPairs, pairs } from "./pool-pairs";

/** What the host writes, in this order: planes = images x channels. */
@unmanaged class Pool {
  planes: usize;
  h: usize;
  w: usize;
  kh: usize;
  kw: usize;
  strideY: usize;
  strideX: usize;
  padTop: usize;
  padLeft: usize;
  dilationY: usize;
  dilationX: usize;
  oh: usize;
  ow: usize;
}

const LOWEST = memory.data<f32>([-Infinity]);
const LANES = memory.data<i32>([0, 1, 2, 3]);

// Most windows have dilation 1, and a division a row is felt in small images.
// @ts-expect-error: decorator
@inline
function ceilDiv(a: isize, b: usize): isize {
  return b === 1 ? a : (a + <isize>b - 1) / <isize>b;
}

/** First tap of a window at `start` that lies inside */
// @ts-expect-error: decorator
@inline
function firstTap(start: isize, dilation: usize): isize {
  return start < 0 ? ceilDiv(-start, dilation) : 0;
}

/** Number of taps of a window at `start` that do not lie past the end */
// @ts-expect-error: decorator
@inline
function tapsWithin(start: isize, size: usize, kernel: usize, dilation: usize): isize {
  const room = <isize>size - start;
  return room <= 0 ? 0 : min(ceilDiv(room, dilation), <isize>kernel);
}

/** Four floats `step` bytes apart */
// @ts-expect-error: decorator
@inline
function four(x: usize, step: usize): v128 {
  if (step == 8) return v128.shuffle<f32>(v128.load(x), v128.load(x, 16), 0, 2, 4, 6);
  if (step == 4) return v128.load(x);
  let v = v128.load32_zero(x);
  v = v128.load32_lane(x + step, v, 1);
  v = v128.load32_lane(x + 2 * step, v, 2);
  return v128.load32_lane(x + 3 * step, v, 3);
}

/** Outputs from..to of a row, one by one: those whose window reaches over an edge. ky0, ky1: the taps inside. Of no tap: -Infinity and -1 */
function edge(
  p: Pool, x: usize, y: usize, indices: usize, row: isize, ky0: isize, ky1: isize, from: usize, to: usize,
): void {
  const w = <isize>p.w, dy = <isize>p.dilationY, dx = <isize>p.dilationX;
  for (let c = from; c < to; c++) {
    const column = <isize>(c * p.strideX) - <isize>p.padLeft;
    const kx0 = firstTap(column, p.dilationX), kx1 = tapsWithin(column, p.w, p.kw, p.dilationX);
    if (!indices) {
      // without a branch on the values
      let most = v128.load32_splat(LOWEST), nan = f32x4.ne(most, most);
      for (let ky = ky0; ky < ky1; ky++) {
        let q = x + (((row + ky * dy) * w + column + kx0 * dx) << 2);
        for (let kx = kx0; kx < kx1; kx++) {
          const v = v128.load32_splat(q);
          most = f32x4.pmax(v, most);
          nan = v128.or(nan, f32x4.ne(v, v));
          q += dx << 2;
        }
      }
      v128.store_lane<f32>(y + (c << 2), v128.or(most, nan), 0);
      continue;
    }
    let best: f32 = -Infinity, at = kx0 < kx1 && ky0 < ky1 ? (row + ky0 * dy) * w + column + kx0 * dx : -1;
    for (let ky = ky0; ky < ky1; ky++) {
      let i = (row + ky * dy) * w + column + kx0 * dx;
      for (let kx = kx0; kx < kx1; kx++) {
        const v = load<f32>(x + (i << 2));
        if (v > best || v != v) {
          best = v;
          at = i;
        }
        i += dx;
      }
    }
    store<f32>(y + (c << 2), best);
    store<i32>(indices + (c << 2), <i32>at);
  }
}

/** Four outputs whose windows lie inside, with their places; x: the first tap of the first */
// @ts-expect-error: decorator
@inline
function insideWithIndices(
  x: usize, y: usize, indices: usize, first: i32, rows: isize, cols: usize, row: usize, column: usize, step: usize, wide: i32,
): void {
  let best = v128.load32_splat(LOWEST);
  let at = i32x4.add(i32x4.splat(first), i32x4.mul(v128.load(LANES), i32x4.splat(<i32>step >> 2)));
  let place = at;
  for (let ky: isize = 0; ky < rows; ky++) {
    let i = place;
    const end = x + cols;
    for (let q = x; q < end; q += column) {
      const v = four(q, step);
      const take = v128.or(f32x4.gt(v, best), f32x4.ne(v, v));
      best = v128.bitselect(v, best, take);
      at = v128.bitselect(i, at, take);
      i = i32x4.add(i, i32x4.splat(<i32>column >> 2));
    }
    x += row;
    place = i32x4.add(place, i32x4.splat(wide));
  }
  v128.store(y, best);
  v128.store(indices, at);
}

/** The same without places */
// @ts-expect-error: decorator
@inline
function inside(x: usize, y: usize, rows: isize, cols: usize, row: usize, column: usize, step: usize): void {
  let best = v128.load32_splat(LOWEST), nan = f32x4.ne(best, best);
  for (let ky: isize = 0; ky < rows; ky++) {
    const end = x + cols;
    for (let q = x; q < end; q += column) {
      const v = four(q, step);
      best = f32x4.pmax(v, best);
      nan = v128.or(nan, f32x4.ne(v, v));
    }
    x += row;
  }
  v128.store(y, v128.or(best, nan));
}

/** y[planes, oh, ow] = the largest of each window of x; indices (or 0): its place in the plane, row * w + column */
export function maxPool2d(x: usize, y: usize, indices: usize, geometry: usize): void {
  const p = changetype<Pool>(geometry);
  const step = p.strideX << 2, column = p.dilationX << 2, rowBytes = (p.w * p.dilationY) << 2, cols = p.kw * column;
  // outputs lo..hi have windows inside the left and right edges
  const lo = min((p.padLeft + p.strideX - 1) / p.strideX, p.ow);
  const reach = <isize>(p.w + p.padLeft) - <isize>((p.kw - 1) * p.dilationX + 1);
  const hi = reach < 0 ? lo : max(lo, min(<usize>reach / p.strideX + 1, p.ow));
  const halving = !indices && p.strideX == 2 && p.dilationX == 1 && knowsPairs(p.kh, p.kw);
  // one column of padding is masked, no edge
  const begin: usize = p.kw == 3 && p.padLeft == 1 ? 0 : lo;
  for (let plane: usize = 0; plane < p.planes; plane++) {
    for (let r: usize = 0; r < p.oh; r++) {
      const row = <isize>(r * p.strideY) - <isize>p.padTop;
      const ky0 = firstTap(row, p.dilationY), ky1 = tapsWithin(row, p.h, p.kh, p.dilationY);
      if (halving && hi - begin >= 4 && ky0 < ky1) {
        const first = x + (((row + ky0 * <isize>p.dilationY) * <isize>p.w + <isize>(begin * 2) - <isize>p.padLeft) << 2);
        if (pairs(first, y + (begin << 2), hi - begin, p.kw, ky1 - ky0, rowBytes, begin < lo)) {
          edge(p, x, y, 0, row, ky0, ky1, 0, p.ow);
        } else {
          if (begin) edge(p, x, y, 0, row, ky0, ky1, 0, begin);
          if (hi < p.ow) edge(p, x, y, 0, row, ky0, ky1, hi, p.ow);
        }
        y += p.ow << 2;
        continue;
      }
      const whole = hi - lo < 4 || ky0 >= ky1 ? lo : hi;
      edge(p, x, y, indices, row, ky0, ky1, 0, whole == lo ? p.ow : lo);
      if (whole > lo) {
        const top = (row + ky0 * <isize>p.dilationY) * <isize>p.w - <isize>p.padLeft;
        for (let c = lo; c < whole; c += 4) {
          // the last four overlap those before
          const at = min(c, whole - 4);
          const first = <i32>top + <i32>(at * p.strideX);
          const from = x + (first << 2), to = at << 2;
          if (indices) insideWithIndices(from, y + to, indices + to, first, ky1 - ky0, cols, rowBytes, column, step, <i32>(rowBytes >> 2));
          else inside(from, y + to, ky1 - ky0, cols, rowBytes, column, step);
        }
        edge(p, x, y, indices, row, ky0, ky1, whole, p.ow);
      }
      y += p.ow << 2;
      if (indices) indices += p.ow << 2;
    }
    x += (p.h * p.w) << 2;
  }
}

/** gx[planes, area] += gy[planes, outputs] at indices; -1 belongs to a window of nothing but padding */
export function maxPool2dGrad(gy: usize, indices: usize, gx: usize, planes: usize, area: usize, outputs: usize): void {
  for (let plane: usize = 0; plane < planes; plane++) {
    const end = gy + (outputs << 2);
    while (gy < end) {
      const i: usize = load<u32>(indices);
      if (i < area) {
        const to = gx + (i << 2);
        store<f32>(to, load<f32>(to) + load<f32>(gy));
      }
      gy += 4;
      indices += 4;
    }
    gx += area << 2;
  }
}
