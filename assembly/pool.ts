// Max pooling of NCHW images, with the place of each maximum. Padding never wins; the first of equal values does, a NaN beats every number.

import { gather4 } from "./lanes";
import { fours, foursWork } from "./pool-fours";
import { lists, listsWork } from "./pool-lists";
import { BAND, quads } from "./pool-quads";
import { small } from "./pool-small";
import { edge, firstInside, lastInside, LOWEST, Pool } from "./pool-windows";

const LANES = memory.data<i32>([0, 1, 2, 3]);
/** Widest row that is done faster with those of three other planes than by itself: at 9 columns both take the same time. */
const NARROW: usize = 8;
/** Widest row that is done faster by fours or with those of three other planes at stride 3, where a vector has four windows. */
const SHORT: usize = 29;

/** Four outputs whose windows lie inside, with their places; x: the first tap of the first, whose last row is `deep` bytes on */
// @ts-expect-error: decorator
@inline
function insideWithIndices(
  x: usize, y: usize, indices: usize, first: i32, deep: usize, cols: usize, row: usize, column: usize, step: usize,
): void {
  let best = v128.load32_splat(LOWEST);
  let at = i32x4.add(i32x4.splat(first), i32x4.mul(v128.load(LANES), i32x4.splat(<i32>step >> 2)));
  let place = at;
  for (const last = x + deep; x <= last; x += row) {
    let i = place;
    const end = x + cols;
    for (let q = x; q < end; q += column) {
      const v = step == 8 ? v128.shuffle<f32>(v128.load(q), v128.load(q, 16), 0, 2, 4, 6) : gather4(q, step);
      const take = v128.or(f32x4.gt(v, best), f32x4.ne(v, v));
      best = v128.bitselect(v, best, take);
      at = v128.bitselect(i, at, take);
      i = i32x4.add(i, i32x4.splat(<i32>column >> 2));
    }
    place = i32x4.add(place, i32x4.splat(<i32>row >> 2));
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
  const dilation = <isize>p.dilationY, tall = <isize>(p.kh - 1) * dilation;
  for (let plane: usize = 0; plane < p.planes; plane++) {
    for (let r: usize = 0; r < p.oh; r++) {
      const row = <isize>(r * p.strideY) - <isize>p.padTop;
      const top = firstInside(row, dilation), bottom = lastInside(row + tall, p.h, dilation);
      const whole = hi - lo < 4 || top > bottom ? lo : hi;
      const left = whole == lo ? p.ow : lo;
      if (left) edge(p, x, y, indices, row, 0, left);
      if (whole > lo) {
        const start = top * <isize>p.w - <isize>p.padLeft, deep = ((bottom - top) * <isize>p.w) << 2;
        for (let c = lo; c < whole; c += 4) {
          // the last four overlap those before
          const at = min(c, whole - 4), first = <i32>start + <i32>(at * p.strideX), from = x + (first << 2), to = at << 2;
          insideWithIndices(from, y + to, indices + to, first, deep, cols, rowBytes, column, step);
        }
        if (whole < p.ow) edge(p, x, y, indices, row, whole, p.ow);
      }
      y += p.ow << 2;
      indices += p.ow << 2;
    }
    x += (p.h * p.w) << 2;
  }
}

/** y of every window. work: see maxPool2dWork */
function plain(p: Pool, x: usize, y: usize, work: usize): void {
  const k = p.kw, stride = p.strideX, dense = p.dilationX === 1 && p.dilationY === 1;
  const square = p.kh === k && p.strideY === stride && (k == 2 ? stride === 2 : k == 3 && stride < 4);
  // `small` makes up for one column on the right that is not there
  const lacks = (p.ow - 1) * stride + k > p.w + p.padLeft + 1;
  const least: usize = stride === 3 ? SHORT : p.planes < 4 ? 1 : NARROW, registers = dense && square && !lacks && p.h > k && p.w > least;
  if (foursWork(p) && !(registers && stride === 3)) fours(p, x, y, work);
  else if (listsWork(p)) lists(p, x, y, work);
  else if (registers) small(p, x, y);
  else quads(p, x, y, work);
}

/** Scratch bytes of maxPool2d without indices. Of `quads`: lines that stay in L1, or one that does not */
export function maxPool2dWork(geometry: usize): usize {
  const p = changetype<Pool>(geometry);
  return foursWork(p) || listsWork(p) || BAND + ((p.ow * p.strideX + 2 * p.kw * p.dilationX + 8) << 4);
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
