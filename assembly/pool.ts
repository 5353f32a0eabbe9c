// Max pooling of NCHW images, with the place of each maximum. Padding never wins; the first of equal values does, a NaN beats every number.

import { gather4 } from "./lanes";
import { BAND, largest, lowest, suspect } from "./pool-rows";
import { small } from "./pool-small";

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
/** Windows of a plane from which three rows by `small` pay; with padding, which breaks its run, twice as many. */
const FEW: usize = 36;
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

/** Outputs from..to of a row, one by one. ky0, ky1: the taps inside. Of no tap: -Infinity and -1 */
function edge(
  p: Pool, x: usize, y: usize, indices: usize, row: isize, ky0: isize, ky1: isize, from: usize, to: usize,
): void {
  const w = <isize>p.w, dy = <isize>p.dilationY, dx = <isize>p.dilationX;
  for (let c = from; c < to; c++) {
    const column = <isize>(c * p.strideX) - <isize>p.padLeft;
    const kx0 = firstTap(column, p.dilationX), kx1 = tapsWithin(column, p.w, p.kw, p.dilationX);
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
    if (indices) store<i32>(indices + (c << 2), <i32>at);
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
      const v = step == 8 ? v128.shuffle<f32>(v128.load(q), v128.load(q, 16), 0, 2, 4, 6) : gather4(q, step);
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

/** y and indices of every window */
function withIndices(p: Pool, x: usize, y: usize, indices: usize): void {
  const step = p.strideX << 2, column = p.dilationX << 2, rowBytes = (p.w * p.dilationY) << 2, cols = p.kw * column;
  // outputs lo..hi have windows inside the left and right edges
  const lo = min((p.padLeft + p.strideX - 1) / p.strideX, p.ow);
  const reach = <isize>(p.w + p.padLeft) - <isize>((p.kw - 1) * p.dilationX + 1);
  const hi = reach < 0 ? lo : max(lo, min(<usize>reach / p.strideX + 1, p.ow));
  for (let plane: usize = 0; plane < p.planes; plane++) {
    for (let r: usize = 0; r < p.oh; r++) {
      const row = <isize>(r * p.strideY) - <isize>p.padTop;
      const ky0 = firstTap(row, p.dilationY), ky1 = tapsWithin(row, p.h, p.kh, p.dilationY);
      const whole = hi - lo < 4 || ky0 >= ky1 ? lo : hi;
      edge(p, x, y, indices, row, ky0, ky1, 0, whole == lo ? p.ow : lo);
      if (whole > lo) {
        const top = (row + ky0 * <isize>p.dilationY) * <isize>p.w - <isize>p.padLeft;
        for (let c = lo; c < whole; c += 4) {
          // the last four overlap those before
          const at = min(c, whole - 4), first = <i32>top + <i32>(at * p.strideX), from = x + (first << 2), to = at << 2;
          insideWithIndices(from, y + to, indices + to, first, ky1 - ky0, cols, rowBytes, column, step, <i32>(rowBytes >> 2));
        }
        edge(p, x, y, indices, row, ky0, ky1, whole, p.ow);
      }
      y += p.ow << 2;
      indices += p.ow << 2;
    }
    x += (p.h * p.w) << 2;
  }
}

/** With one window in a row the step to the next is all the same. */
// @ts-expect-error: decorator
@inline
function strideOf(p: Pool): usize {
  return p.ow === 1 ? 1 : p.strideX;
}

/** Columns that the first or the last window of a row lacks, the more of both. */
// @ts-expect-error: decorator
@inline
function lackOf(p: Pool): usize {
  const right = <isize>((p.ow - 1) * strideOf(p) + (p.kw - 1) * p.dilationX + 1) - <isize>(p.w + p.padLeft);
  return max(right, <isize>p.padLeft);
}

/** y of every window, by `small`. Planes: those of p or all as one */
function squares(p: Pool, x: usize, y: usize, planes: usize, h: usize, oh: usize, stepY: usize): void {
  const rowBytes = p.w << 2, outBytes = p.ow << 2, pad = p.padLeft << 2;
  // a NaN costs the rows of its band only
  const band = max<usize>(4 * BAND / (p.w + 20), 1);
  for (; planes; planes--) {
    for (let r: usize = 0; r < oh; ) {
      const at = <isize>(r * stepY) - <isize>p.padTop, ky0 = firstTap(at, 1), taps = <usize>(tapsWithin(at, h, p.kh, 1) - ky0);
      // all rows that lack no tap
      const count: usize = taps === p.kh ? min(min(oh - r, band), (h - p.kh - at) / stepY + 1) : 1;
      if (small(x + (at + ky0) * rowBytes - pad, y, count, p.ow, p.w + p.padLeft, p.kw, p.strideX, taps, rowBytes, pad !== 0)) {
        for (let i: usize = 0; i < count; i++) edge(p, x, y + i * outBytes, 0, at + <isize>(i * stepY), ky0, ky0 + taps, 0, p.ow);
      }
      y += count * outBytes;
      r += count;
    }
    x += h * rowBytes;
  }
}

/** y of every window. work: see maxPool2dWork */
function plain(p: Pool, x: usize, y: usize, work: usize): void {
  const w = p.w, rowBytes = w << 2, outBytes = p.ow << 2, tall = (p.kh - 1) * p.dilationY + 1, deep = p.dilationY * rowBytes;
  let planes = p.planes, h = p.h, oh = p.oh;
  const stepY = oh === 1 ? h : p.strideY, stride = strideOf(p), pad = p.padLeft << 2, lack = lackOf(p);
  if (!p.padTop && h === oh * stepY && tall <= stepY) {
    // no window leaves its plane: they are one
    h *= planes;
    oh *= planes;
    planes = 1;
  }
  const beyond = y + planes * oh * outBytes, kept = v128.load(beyond), kept1 = v128.load(beyond, 16);
  const square = p.dilationX === 1 && p.dilationY === 1 && stepY === stride && p.kh === p.kw;
  const pays = planes === 1 || p.kw === 2 || oh * p.ow >= (pad ? 2 * FEW : FEW);
  if (square && pays && (p.kw === 2 ? stride === 2 : p.kw === 3 && stride < 3) && lack < 2 && w > 1) {
    squares(p, x, y, planes, h, oh, stepY);
  } else {
    // a row's padding on the right is that of the next one on the left; where a row is as wide as its windows' steps, or has one window,
    // the windows of all rows are one run
    const steps = p.ow * stride, run = p.ow === 1 || steps >= w + lack, width = max(w + lack, steps);
    const lineBytes = width << 2, planeBytes = h * rowBytes, tap = p.dilationX << 2;
    // as many rows or planes as stay in L1; rows before `whole` lack no tap at the bottom
    const band = max<usize>(BAND / width, 1), rows = min(oh, band), per = max<usize>(band / oh, 1);
    const whole = h + p.padTop < tall ? 0 : (h + p.padTop - tall) / stepY + 1;
    lowest(work, lack && width > w + 4 ? BAND + 2 * width : p.padLeft);
    for (let count: usize = 0; planes; planes -= count) {
      count = min(per, planes);
      for (let r: usize = 0; r < oh; r += rows) {
        const last = min(r + rows, oh), from = max<isize>(<isize>(r * stepY) - <isize>p.padTop, 0), n = count * (last - r);
        const to = min(<isize>((last - 1) * stepY + tall) - <isize>p.padTop, <isize>h);
        // a NaN costs its band only
        const slow = suspect(x + from * rowBytes, ((count - 1) * h + to - from) * w);
        let line = work + pad, plane = x, out = y;
        for (let k = count; k; k--) {
          for (let i = r, some: usize = 1; i < last; i += some) {
            const at = <isize>(i * stepY) - <isize>p.padTop, ky0 = firstTap(at, p.dilationY);
            const taps = <usize>max<isize>(tapsWithin(at, h, p.kh, p.dilationY) - ky0, 0);
            some = taps === p.kh && !slow ? min(last, whole) - i : 1;
            if (slow) edge(p, plane, out, 0, at, ky0, ky0 + taps, 0, p.ow);
            else if (taps) {
              const row = plane + (at + ky0 * <isize>p.dilationY) * rowBytes;
              largest(row, line, some, stepY * rowBytes, lineBytes, w, taps, deep, 1);
            } else lowest(line, w + 4);
            line += some * lineBytes;
            out += some * outBytes;
          }
          plane += planeBytes;
        }
        if (!slow) {
          if (run) largest(work, y, 1, 0, 0, n * p.ow, p.kw, tap, p.ow === 1 ? width : stride);
          else largest(work, y, n, lineBytes, outBytes, p.ow, p.kw, tap, stride);
        }
        y = out;
      }
      x += count * planeBytes;
    }
  }
  v128.store(beyond, kept);
  v128.store(beyond, kept1, 16);
}

/** Scratch bytes of maxPool2d without indices: the rows in between, and what a run reads past them */
export function maxPool2dWork(geometry: usize): usize {
  const p = changetype<Pool>(geometry);
  // no row lacks more columns than a window reaches, or is wider than its windows' steps
  return (BAND + 16 + ((p.w + p.kw * p.dilationX + 2 * p.strideX) << 3)) << 2;
}

/** y[planes, oh, ow] = the largest of each window of x; indices (or 0): its place in the plane, row * w + column */
export function maxPool2d(x: usize, y: usize, indices: usize, work: usize, geometry: usize): void {
  const p = changetype<Pool>(geometry);
  if (indices) withIndices(p, x, y, indices);
  else plain(p, x, y, work);
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
