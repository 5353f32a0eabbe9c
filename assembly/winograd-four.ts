// The tiles of Winograd's F(4x4, 3x3), by the points 0, +-a, +-b and infinity with a = sqrt(1/2), b = sqrt(2): four tiles side by
// side, or four output channels. The usual points 0, +-1, +-2 lose 3 to 6 times the digits of the sum over taps, these 2 to 3.
// Barabasz et al., Error Analysis and Improving the Accuracy of Winograd Convolution for Deep Neural Networks (2020).
import { fma, fnma, splatAt } from "./lanes";
import { transpose4 } from "./transpose";
import { fourRows } from "./winograd-two";

const C = memory.data<f32>([
  2.5, // 0: a^2 + b^2, where a^2 b^2 = 1
  2, // 1: b^2
  0.5, // 2: a^2
  1.4142135624, // 3: b
  0.7071067812, // 4: a
  2.8284271247, // 5: b^3
  0.3535533906, // 6: a^3
  -0.6666666667, // 7: 1 / (2 a^2 (a^2 - b^2))
  -0.4714045208, // 8: that times a
  0.1666666667, // 9: 1 / (2 b^2 (b^2 - a^2))
  0.2357022604, // 10: that times b
]);

/** A tile after the first of its two transforms: vector [i][j] at 16 (6 i + j) */
const TILE = memory.data(36 * 16, 16);
/** Four columns of outputs */
const OUT = memory.data(4 * 16, 16);

/** One row of B^T d, six vectors `step` apart */
// @ts-ignore: decorator
@inline
function source(y: usize, step: usize, d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128): void {
  const sum = splatAt(C, 0), bb = splatAt(C, 1), aa = splatAt(C, 2);
  v128.store(y, fnma(sum, d2, f32x4.add(d0, d4)));
  let s = fnma(bb, d2, d4), t = f32x4.mul(splatAt(C, 4), fnma(bb, d1, d3));
  v128.store((y += step), f32x4.add(s, t));
  v128.store((y += step), f32x4.sub(s, t));
  s = fnma(aa, d2, d4), t = f32x4.mul(splatAt(C, 3), fnma(aa, d1, d3));
  v128.store((y += step), f32x4.add(s, t));
  v128.store((y += step), f32x4.sub(s, t));
  v128.store(y + step, fnma(sum, d3, f32x4.add(d1, d5)));
}

/** One row of A^T m, four vectors `step` apart: m0 + the rest by the powers of its point, and m5 in the last */
// @ts-ignore: decorator
@inline
function output(y: usize, step: usize, m: usize, gap: usize, bias: v128): void {
  const m0 = v128.load(m), p = v128.load((m += gap)), q = v128.load((m += gap));
  const r = v128.load((m += gap)), s = v128.load((m += gap)), m5 = v128.load(m + gap);
  const ps = f32x4.add(p, q), pd = f32x4.sub(p, q), rs = f32x4.add(r, s), rd = f32x4.sub(r, s);
  v128.store(y, f32x4.add(f32x4.add(m0, f32x4.add(ps, rs)), bias));
  v128.store((y += step), fma(splatAt(C, 3), rd, fma(splatAt(C, 4), pd, bias)));
  v128.store((y += step), fma(splatAt(C, 1), rs, fma(splatAt(C, 2), ps, bias)));
  v128.store(y + step, fma(splatAt(C, 5), rd, fma(splatAt(C, 6), pd, f32x4.add(m5, bias))));
}

/** One row of G g, six vectors `step` apart */
// @ts-ignore: decorator
@inline
function weight(y: usize, step: usize, g0: v128, g1: v128, g2: v128): void {
  v128.store(y, g0);
  let s = f32x4.mul(splatAt(C, 7), fma(splatAt(C, 2), g2, g0)), d = f32x4.mul(splatAt(C, 8), g1);
  v128.store((y += step), f32x4.add(s, d));
  v128.store((y += step), f32x4.sub(s, d));
  s = f32x4.mul(splatAt(C, 9), fma(splatAt(C, 1), g2, g0)), d = f32x4.mul(splatAt(C, 10), g1);
  v128.store((y += step), f32x4.add(s, d));
  v128.store((y += step), f32x4.sub(s, d));
  v128.store(y + step, g2);
}

/** U = G g G^T of four rows of a group, in the packed order of their 36 matrices; the taps of g are `tap` bytes apart */
export function weightFour(w: usize, s1: usize, s2: usize, s3: usize, tap: usize, y: usize, step: usize): void {
  for (let to = TILE; to < TILE + 18 * 16; to += 96) {
    const g0 = fourRows(w, s1, s2, s3), g1 = fourRows(w + tap, s1, s2, s3), g2 = fourRows(w + 2 * tap, s1, s2, s3);
    weight(to, 16, g0, g1, g2);
    w += 3 * tap;
  }
  for (let from = TILE; from < TILE + 96; from += 16) {
    weight(y, 6 * step, v128.load(from), v128.load(from, 96), v128.load(from, 192));
    y += step;
  }
}

/** V = B^T d B of four tiles side by side at x, each four columns after the last */
export function sourceFour(x: usize, row: usize, y: usize, step: usize): void {
  for (let to = TILE; to < TILE + 36 * 16; to += 96) {
    const v0 = v128.load(x), v1 = v128.load(x, 16), v2 = v128.load(x, 32), v3 = v128.load(x, 48), v4 = v128.load(x, 64);
    // column by column of all four tiles: their columns 4 and 5 are 0 and 1 of the next
    let s = v128.shuffle<f32>(v0, v1, 0, 4, 1, 5), t = v128.shuffle<f32>(v2, v3, 0, 4, 1, 5);
    const d0 = v128.shuffle<f32>(s, t, 0, 1, 4, 5), d1 = v128.shuffle<f32>(s, t, 2, 3, 6, 7);
    s = v128.shuffle<f32>(v0, v1, 2, 6, 3, 7), t = v128.shuffle<f32>(v2, v3, 2, 6, 3, 7);
    const d2 = v128.shuffle<f32>(s, t, 0, 1, 4, 5), d3 = v128.shuffle<f32>(s, t, 2, 3, 6, 7);
    source(to, 16, d0, d1, d2, d3, v128.shuffle<f32>(d0, v4, 1, 2, 3, 4), v128.shuffle<f32>(d1, v4, 1, 2, 3, 5));
    x += row;
  }
  for (let from = TILE; from < TILE + 96; from += 16) {
    const d0 = v128.load(from), d1 = v128.load(from, 96), d2 = v128.load(from, 192);
    const d3 = v128.load(from, 288), d4 = v128.load(from, 384), d5 = v128.load(from, 480);
    source(y, 6 * step, d0, d1, d2, d3, d4, d5);
    y += step;
  }
}

/** Y = A^T m A of four tiles side by side, with a bias: four rows of sixteen outputs, `row` bytes apart */
export function outputFour(m: usize, step: usize, y: usize, row: usize, bias: v128): void {
  const none = f32x4.splat(0);
  for (let to = TILE; to < TILE + 96; to += 16) {
    output(to, 96, m, 6 * step, none);
    m += step;
  }
  for (let from = TILE; from < TILE + 24 * 16; from += 96) {
    output(OUT, 16, from, 16, bias);
    transpose4(OUT, 16, y, 16);
    y += row;
  }
}
