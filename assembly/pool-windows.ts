// Windows of max pooling: their geometry, which taps of them lie inside, and their maxima one by one.

/** What the host writes, in this order: planes = images x channels. */
@unmanaged
export class Pool {
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

export const LOWEST = memory.data<f32>([-Infinity]);

/** The first tap inside of a window that begins at `start` */
// @ts-expect-error: decorator
@inline
export function firstInside(start: isize, dilation: isize): isize {
  while (start < 0) start += dilation;
  return start;
}

/** The last tap inside of one that ends at `end`: before the first where none is */
// @ts-expect-error: decorator
@inline
export function lastInside(end: isize, size: isize, dilation: isize): isize {
  while (end >= size) end -= dilation;
  return end;
}

/** Outputs from..to of the row whose windows begin at `row`, one by one. Of no tap: -Infinity and -1 */
export function edge(p: Pool, x: usize, y: usize, indices: usize, row: isize, from: usize, to: usize): void {
  const w = <isize>p.w, dy = <isize>p.dilationY, dx = <isize>p.dilationX;
  const top = firstInside(row, dy), bottom = lastInside(row + <isize>(p.kh - 1) * dy, p.h, dy);
  for (let c = from; c < to; c++) {
    const column = <isize>(c * p.strideX) - <isize>p.padLeft;
    const left = firstInside(column, dx), right = lastInside(column + <isize>(p.kw - 1) * dx, w, dx);
    let best: f32 = -Infinity, at = left <= right && top <= bottom ? top * w + left : -1;
    for (let r = top; r <= bottom; r += dy) {
      for (let q = left; q <= right; q += dx) {
        const i = r * w + q, v = load<f32>(x + (i << 2));
        if (v > best || v != v) {
          best = v;
          at = i;
        }
      }
    }
    store<f32>(y + (c << 2), best);
    if (indices) store<i32>(indices + (c << 2), <i32>at);
  }
}

/** `rows` whole rows, one by one */
export function edges(p: Pool, x: usize, y: usize, row: isize, rows: usize): void {
  for (; rows; rows--) {
    edge(p, x, y, 0, row, 0, p.ow);
    y += p.ow << 2;
    row += <isize>p.strideY;
  }
}
