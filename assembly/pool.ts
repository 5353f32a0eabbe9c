// Max pooling of NCHW images, with the place of each maximum. Padding never wins; the first of equal values does, a NaN beats every number.

import { maxRow } from "./falls";
import { gather4 } from "./lanes";
import { along, BAND, down, halfWidth, lowest, suspect } from "./pool-rows";
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

// @ts-expect-error: decorator
@inline
function reachOf(p: Pool): usize {
  return (p.kw - 1) * p.dilationX;
}

/** Floats of a row in between: what x and its padding fill, or what the windows read. */
// @ts-expect-error: decorator
@inline
function widthOf(p: Pool): usize {
  return (max(p.padLeft + p.w, p.ow * strideOf(p) + reachOf(p)) + 19) & ~3;
}

/** y of every window. work: see maxPool2dWork */
function plain(p: Pool, x: usize, y: usize, work: usize): void {
  const rowBytes = p.w << 2, outBytes = p.ow << 2, tall = (p.kh - 1) * p.dilationY + 1, deep = p.dilationY * rowBytes;
  let planes = p.planes, h = p.h, oh = p.oh;
  const stepY = oh === 1 ? h : p.strideY, stride = strideOf(p), width = widthOf(p), pad = p.padLeft << 2;
  if (!p.padTop && h === oh * stepY && tall <= stepY) {
    // no window leaves its plane: they are one
    h *= planes;
    oh *= planes;
    planes = 1;
  }
  const dense = p.dilationX === 1 && p.dilationY === 1, all = dense && p.kw === p.w && p.ow === 1 && !pad;
  // columns that the last window lacks
  const lacks = <isize>((p.ow - 1) * stride + p.kw) - <isize>(p.w + p.padLeft);
  const few = dense && stepY === stride && p.kh === p.kw && (p.kw === 2 ? stride === 2 : p.kw === 3 && stride < 3) && pad < 8 && lacks < 2 && p.w > 1;
  // a NaN costs the rows of its band only
  const band = min(max<usize>((few ? 4 * BAND : BAND) / width, 1), oh), lines = work + (halfWidth(p.ow, reachOf(p)) << 3);
  lowest(lines, few ? 0 : band * width);
  const beyond = y + planes * oh * outBytes, kept = v128.load(beyond), kept1 = v128.load(beyond, 16);
  for (; planes; planes--) {
    for (let r: usize = 0; r < oh; ) {
      const last = min(r + band, oh), from = max<isize>(<isize>(r * stepY) - <isize>p.padTop, 0), out = y;
      const to = min(<isize>((last - 1) * stepY + tall) - <isize>p.padTop, <isize>h);
      const slow = !few && suspect(x + from * rowBytes, (to - from) * p.w);
      let line = lines;
      while (r < last) {
        const at = <isize>(r * stepY) - <isize>p.padTop;
        const ky0 = firstTap(at, p.dilationY), taps = <usize>max<isize>(tapsWithin(at, h, p.kh, p.dilationY) - ky0, 0);
        const row = x + <usize>(at + ky0 * <isize>p.dilationY) * rowBytes;
        // of small windows all rows that lack no tap
        const count: usize = few && taps === p.kh ? min(last - r, (h - tall - at) / stepY + 1) : 1;
        let edges = slow || few;
        if (few && taps) edges = small(row - pad, y, count, p.ow, p.w + p.padLeft, p.kw, stride, taps, deep, pad !== 0);
        if (edges) {
          for (let i: usize = 0; i < count; i++) edge(p, x, y + i * outBytes, 0, at + <isize>(i * stepY), ky0, ky0 + taps, 0, p.ow);
        } else if (all) store<f32>(y, maxRow(row, taps * p.w));
        else if (!few) {
          if (taps) down(row, line + pad, p.w, taps, deep);
          else lowest(line, width);
        }
        y += count * outBytes;
        r += count;
        line += width << 2;
      }
      if (few || slow || all) continue;
      line = lines;
      for (let to = out; to < y; to += outBytes) {
        along(line, to, work, p.ow, p.kw, p.dilationX, stride);
        line += width << 2;
      }
    }
    x += h * rowBytes;
  }
  v128.store(beyond, kept);
  v128.store(beyond, kept1, 16);
}

/** Scratch bytes of maxPool2d without indices: both halves of a row, and the rows in between */
export function maxPool2dWork(geometry: usize): usize {
  const p = changetype<Pool>(geometry);
  return (3 * widthOf(p) + BAND) << 2;
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
