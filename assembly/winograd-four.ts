// The tiles of Winograd's F(4x4, 3x3), by the points 0, +-a, +-b and infinity with a = sqrt(1/2), b = sqrt(2): four tiles, or four
// output channels. The usual points 0, +-1, +-2 lose 3 to 6 times the digits of the sum over taps, these 2 to 3.
// Barabasz et al., Error Analysis and Improving the Accuracy of Winograd Convolution for Deep Neural Networks (2020).
import { fma, fnma, splatAt } from "./lanes";
import { transpose4 } from "./transpose";

const C = memory.data<f32>([
  2.5, // 0: a^2 + b^2, where a^2 b^2 = 1
  2, // 1: b^2
  0.5, // 2: a^2
  1.4142135624, // 3: b
  0.7071067812, // 4: a
  // what the outputs of the points +-a and +-b are multiplied by: with p = 1 / (2 a^2 (a^2 - b^2)) and q = 1 / (2 b^2 (b^2 - a^2))
  -0.6666666667, // 5: p
  -0.4714045208, // 6: p a
  -0.3333333333, // 7: p a^2
  -0.2357022604, // 8: p a^3
  0.1666666667, // 9: q
  0.2357022604, // 10: q b
  0.3333333333, // 11: q b^2
  0.4714045208, // 12: q b^3
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
  v128.store(y, fma(splatAt(C, 9), rs, fma(splatAt(C, 5), ps, f32x4.add(m0, bias))));
  v128.store((y += step), fma(splatAt(C, 10), rd, fma(splatAt(C, 6), pd, bias)));
  v128.store((y += step), fma(splatAt(C, 11), rs, fma(splatAt(C, 7), ps, bias)));
  v128.store(y + step, fma(splatAt(C, 12), rd, fma(splatAt(C, 8), pd, f32x4.add(m5, bias))));
}

/** One row of G g but for its factors, which the outputs take: six vectors `step` apart */
// @ts-ignore: decorator
@inline
function weight(y: usize, step: usize, g0: v128, g1: v128, g2: v128): void {
  const a = splatAt(C, 4), b = splatAt(C, 3);
  v128.store(y, g0);
  let s = fma(splatAt(C, 2), g2, g0);
  v128.store((y += step), fma(a, g1, s));
  v128.store((y += step), fnma(a, g1, s));
  s = fma(splatAt(C, 1), g2, g0);
  v128.store((y += step), fma(b, g1, s));
  v128.store((y += step), fnma(b, g1, s));
  v128.store(y + step, g2);
}

/** U = G g G^T of four output channels, in the packed order of their 36 matrices, from the taps g, `tap` bytes apart */
export function weightFour(g: usize, tap: usize, y: usize, step: usize): void {
  for (let to = TILE; to < TILE + 18 * 16; to += 96) {
    weight(to, 16, v128.load(g), v128.load(g + tap), v128.load(g + 2 * tap));
    g += 3 * tap;
  }
  for (let from = TILE; from < TILE + 96; from += 16) {
    weight(y, 6 * step, v128.load(from), v128.load(from, 96), v128.load(from, 192));
    y += step;
  }
}

/** V = B^T d B of four tiles, whose offsets from x `tiles` lists */
export function sourceFour(x: usize, tiles: usize, row: usize, y: usize, step: usize): void {
  let x0 = x + load<u32>(tiles), x1 = x + load<u32>(tiles, 4), x2 = x + load<u32>(tiles, 8), x3 = x + load<u32>(tiles, 12);
  for (let to = TILE; to < TILE + 36 * 16; to += 96) {
    const v0 = v128.load(x0), v1 = v128.load(x1), v2 = v128.load(x2), v3 = v128.load(x3);
    // column by column of all four tiles
    let s = v128.shuffle<f32>(v0, v1, 0, 4, 1, 5), t = v128.shuffle<f32>(v2, v3, 0, 4, 1, 5);
    const d0 = v128.shuffle<f32>(s, t, 0, 1, 4, 5), d1 = v128.shuffle<f32>(s, t, 2, 3, 6, 7);
    s = v128.shuffle<f32>(v0, v1, 2, 6, 3, 7), t = v128.shuffle<f32>(v2, v3, 2, 6, 3, 7);
    const d2 = v128.shuffle<f32>(s, t, 0, 1, 4, 5), d3 = v128.shuffle<f32>(s, t, 2, 3, 6, 7);
    s = v128.load64_lane(x1 + 16, v128.load64_zero(x0, 16), 1), t = v128.load64_lane(x3 + 16, v128.load64_zero(x2, 16), 1);
    source(to, 16, d0, d1, d2, d3, v128.shuffle<f32>(s, t, 0, 2, 4, 6), v128.shuffle<f32>(s, t, 1, 3, 5, 7));
    x0 += row, x1 += row, x2 += row, x3 += row;
  }
  for (let from = TILE; from < TILE + 96; from += 16) {
    const d0 = v128.load(from), d1 = v128.load(from, 96), d2 = v128.load(from, 192);
    const d3 = v128.load(from, 288), d4 = v128.load(from, 384), d5 = v128.load(from, 480);
    source(y, 6 * step, d0, d1, d2, d3, d4, d5);
    y += step;
  }
}

/** Y = A^T m A of four tiles, with a bias: 4 x 4 outputs each, `row` bytes between their rows, at the offsets from y that `tiles` lists */
export function outputFour(m: usize, step: usize, y: usize, tiles: usize, row: usize, bias: v128): void {
  const none = f32x4.splat(0);
  for (let to = TILE; to < TILE + 96; to += 16) {
    output(to, 96, m, 6 * step, none);
    m += step;
  }
  for (let from = TILE; from < TILE + 24 * 16; from += 96) {
    output(OUT, 16, from, 16, bias);
    transpose4(OUT, 16, OUT, 16);
    v128.store(y + load<u32>(tiles), v128.load(OUT));
    v128.store(y + load<u32>(tiles, 4), v128.load(OUT, 16));
    v128.store(y + load<u32>(tiles, 8), v128.load(OUT, 32));
    v128.store(y + load<u32>(tiles, 12), v128.load(OUT, 48));
    y += row;
  }
}
