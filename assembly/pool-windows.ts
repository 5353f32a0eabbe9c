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

// Most windows have dilation 1, and a division a row is felt in small images.
// @ts-expect-error: decorator
@inline
function ceilDiv(a: isize, b: usize): isize {
  return b === 1 ? a : (a + <isize>b - 1) / <isize>b;
}

/** First tap of a window at `start` that lies inside */
// @ts-expect-error: decorator
@inline
export function firstTap(start: isize, dilation: usize): isize {
  return start < 0 ? ceilDiv(-start, dilation) : 0;
}

/** Number of taps of a window at `start` that do not lie past the end */
// @ts-expect-error: decorator
@inline
export function tapsWithin(start: isize, size: usize, kernel: usize, dilation: usize): isize {
  const room = <isize>size - start;
  return room <= 0 ? 0 : min(ceilDiv(room, dilation), <isize>kernel);
}

/** Outputs from..to of the row whose windows begin at `row`, one by one. Of no tap: -Infinity and -1 */
export function edge(p: Pool, x: usize, y: usize, indices: usize, row: isize, from: usize, to: usize): void {
  const w = <isize>p.w, dy = <isize>p.dilationY, dx = <isize>p.dilationX;
  const ky0 = firstTap(row, p.dilationY), ky1 = tapsWithin(row, p.h, p.kh, p.dilationY);
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
