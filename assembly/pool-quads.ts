// Max pooling without places, any windows, four planes at a time: first down the columns of the windows, in whole vectors of each plane.
// What that leaves is turned, so that a vector has one column of all four planes: along these any stride costs the same, and no row
// is too short for a vector. Four outputs of each plane are turned back.
// A NaN would be lost in the maxima. Sums beside them notice it: of products, since a fused multiply-add takes two values at once.

import { fma } from "./lanes";
import { edges, firstInside, lastInside, LOWEST, Pool } from "./pool-windows";
import { turn } from "./transpose";

/** Bytes of lines that stay in L1. A line: what is left of a row of windows, column by column, with -Infinity around it. */
export const BAND: usize = 4096;

/**
 * Lines of `rows` rows of windows, the first of which begin at `row` of x. A tap that a window lacks is another one again.
 * Gives whether there may be a NaN; infinities look like one.
 */
// @ts-ignore: decorator
@inline
function down(p: Pool, x: usize, row: isize, rows: usize, line: usize, cols: usize, width: usize, apart: usize): bool {
  const h = <isize>p.h, step = <isize>p.dilationY, tall = <isize>(p.kh - 1) * step;
  const rowBytes = p.w << 2, tap = step * rowBytes;
  let met = f32x4.splat(0), met1 = met, met2 = met, met3 = met;
  for (; rows; rows--) {
    const top = firstInside(row, step), bottom = lastInside(row + tall, h, step);
    const deep: usize = (bottom - top) * rowBytes, second = min<usize>(tap, deep);
    // of windows of nothing but padding all is -Infinity
    const stop = line + (top > bottom ? 0 : cols << 4);
    let q = x + top * rowBytes, z = line;
    for (; z < stop; z += 64) {
      const q1 = q + apart, q2 = q1 + apart, q3 = q2 + apart;
      let e = v128.load(q + second), f = v128.load(q1 + second), g = v128.load(q2 + second), h = v128.load(q3 + second);
      let v0 = f32x4.pmax(v128.load(q), e), v1 = f32x4.pmax(v128.load(q1), f);
      let v2 = f32x4.pmax(v128.load(q2), g), v3 = f32x4.pmax(v128.load(q3), h);
      met = fma(e, f, met);
      met1 = fma(g, h, met1);
      for (let t = second; t < deep; ) {
        t += tap;
        e = v128.load(q + t), f = v128.load(q1 + t), g = v128.load(q2 + t), h = v128.load(q3 + t);
        v0 = f32x4.pmax(v0, e);
        v1 = f32x4.pmax(v1, f);
        v2 = f32x4.pmax(v2, g);
        v3 = f32x4.pmax(v3, h);
        met = fma(e, f, met);
        met1 = fma(g, h, met1);
      }
      met2 = fma(v0, v1, met2);
      met3 = fma(v2, v3, met3);
      turn(v0, v1, v2, v3, z, 16);
      q += 16;
    }
    line += width;
    for (z = stop; z < line; z += 16) v128.store(z, v128.load32_splat(LOWEST));
    row += <isize>p.strideY;
  }
  met = f32x4.add(f32x4.add(met, met1), f32x4.add(met2, met3));
  return v128.any_true(f32x4.ne(met, met));
}

// @ts-ignore: decorator
@inline
function larger(a: usize, b: usize): v128 {
  return f32x4.pmax(v128.load(a), v128.load(b));
}

/**
 * `rows` rows of n outputs of four planes, which are `apart` bytes from each other. In a line windows are `step` bytes from each
 * other, their first and last taps `wide`.
 */
// @ts-ignore: decorator
@inline
function along(
  line: usize, width: usize, rows: usize, y: usize, n: usize, apart: usize, step: usize, tap: usize, wide: usize,
): void {
  const second = min(tap, wide);
  for (; rows; rows--) {
    let q = line;
    const stop = y + (n << 2);
    for (; y + 16 <= stop; y += 16) {
      const q1 = q + step, q2 = q1 + step, q3 = q2 + step;
      let v0 = larger(q, q + second), v1 = larger(q1, q1 + second), v2 = larger(q2, q2 + second), v3 = larger(q3, q3 + second);
      for (let t = second; t < wide; ) {
        t += tap;
        v0 = f32x4.pmax(v0, v128.load(q + t));
        v1 = f32x4.pmax(v1, v128.load(q1 + t));
        v2 = f32x4.pmax(v2, v128.load(q2 + t));
        v3 = f32x4.pmax(v3, v128.load(q3 + t));
      }
      turn(v0, v1, v2, v3, y, apart);
      q = q3 + step;
    }
    for (; y < stop; y += 4) {
      let v = larger(q, q + second);
      for (let t = second; t < wide; ) v = f32x4.pmax(v, v128.load(q + (t += tap)));
      v128.store_lane<f32>(y, v, 0);
      v128.store_lane<f32>(y + apart, v, 1);
      v128.store_lane<f32>(y + 2 * apart, v, 2);
      v128.store_lane<f32>(y + 3 * apart, v, 3);
      q += step;
    }
    line += width;
  }
}

/**
 * `rows` rows of windows, the first of which begin at `row`, of each of four planes or more, or of each of four parts of one: `apart`
 * bytes from each other in x, `apartY` in y.
 */
function quad(
  p: Pool, x: usize, y: usize, work: usize, row: isize, rows: usize, planes: usize, apart: usize, apartY: usize,
): void {
  const tap = p.dilationX << 4, wide = (p.kw - 1) * tap, step = p.ow === 1 ? wide + 16 : p.strideX << 4;
  // where windows do not overlap, those of all rows are one run
  const run = wide < step, width = run ? p.ow * step : (p.ow - 1) * step + wide + 16, band = max<usize>(BAND / width, 1);
  const cols = min(p.w, (((p.ow - 1) * step + wide) >> 4) + 1 - p.padLeft), line = work + (p.padLeft << 4);
  for (let z = work; z < line; z += 16) v128.store(z, v128.load32_splat(LOWEST));
  for (let i: usize = 0; i < planes; i += 4) {
    // the last four may be some of those before
    const plane = min(i, planes - 4), base = x + plane * apart;
    let out = y + plane * apartY, at = row;
    for (let left = rows, count: usize = 0; left; left -= count) {
      count = min(band, left);
      if (down(p, base, at, count, line, cols, width, apart)) {
        for (let k: usize = 0; k < 4; k++) edges(p, base + k * apart, out + k * apartY, at, count);
      } else along(work, width, run ? 1 : count, out, run ? count * p.ow : p.ow, apartY, step, tap, wide);
      out += (count * p.ow) << 2;
      at += <isize>(count * p.strideY);
    }
  }
}

/** y of every window. work: scratch */
export function quads(p: Pool, x: usize, y: usize, work: usize): void {
  const rowBytes = p.w << 2, outBytes = p.ow << 2, planeBytes = p.h * rowBytes, outPlane = p.oh * outBytes;
  if (p.planes > 3) return quad(p, x, y, work, -<isize>p.padTop, p.oh, p.planes, planeBytes, outPlane);
  for (let planes = p.planes; planes; planes--) {
    for (let r: usize = 0, count: usize = 0; r < p.oh; r += count) {
      // a quarter of the rows that lack no tap, or one, which is all four of them
      const row = <isize>(r * p.strideY) - <isize>p.padTop;
      const room = <isize>p.h - row - <isize>((p.kh - 1) * p.dilationY + 1);
      const inside: usize = row < 0 || room < 0 ? 0 : min(<usize>room / p.strideY + 1, p.oh - r) >> 2;
      quad(p, x, y + r * outBytes, work, row, max<usize>(inside, 1), 4, inside * p.strideY * rowBytes, inside * outBytes);
      count = max<usize>(4 * inside, 1);
    }
    x += planeBytes;
    y += outPlane;
  }
}
