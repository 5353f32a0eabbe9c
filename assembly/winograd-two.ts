// The tiles of Winograd's F(2x2, 3x3), by the points 0, 1, -1 and infinity: four tiles, or four output channels.
import { splatAt } from "./lanes";

export const TAPS = memory.data(9 * 16, 16);
const HALF = memory.data<f32>([0.5]);
/** A tile after the first of its two transforms */
const TILE = memory.data(16 * 16, 16);

/** Four floats of each of four rows as four columns, 16 bytes apart */
// @ts-ignore: decorator
@inline
function putColumns(x: usize, s1: usize, s2: usize, s3: usize, y: usize): void {
  const v0 = v128.load(x), v1 = v128.load(x + s1), v2 = v128.load(x + s2), v3 = v128.load(x + s3);
  let s = v128.shuffle<f32>(v0, v1, 0, 4, 1, 5), t = v128.shuffle<f32>(v2, v3, 0, 4, 1, 5);
  v128.store(y, v128.shuffle<f32>(s, t, 0, 1, 4, 5));
  v128.store(y, v128.shuffle<f32>(s, t, 2, 3, 6, 7), 16);
  s = v128.shuffle<f32>(v0, v1, 2, 6, 3, 7), t = v128.shuffle<f32>(v2, v3, 2, 6, 3, 7);
  v128.store(y, v128.shuffle<f32>(s, t, 0, 1, 4, 5), 32);
  v128.store(y, v128.shuffle<f32>(s, t, 2, 3, 6, 7), 48);
}

/** The nine taps of four output channels, s1, s2 and s3 bytes from the first, to TAPS: a vector each */
// @ts-ignore: decorator
@inline
export function loadTaps(w: usize, s1: usize, s2: usize, s3: usize): void {
  putColumns(w, s1, s2, s3, TAPS);
  putColumns(w + 16, s1, s2, s3, TAPS + 64);
  let v = v128.load32_zero(w, 32);
  v = v128.load32_lane(w + s1, v, 1, 32);
  v = v128.load32_lane(w + s2, v, 2, 32);
  v128.store(TAPS, v128.load32_lane(w + s3, v, 3, 32), 128);
}

/** One row of G g: g0, (g0 + g1 + g2) / 2, (g0 - g1 + g2) / 2, g2, each to its matrix */
// @ts-ignore: decorator
@inline
function putFour(y: usize, step: usize, g0: v128, g1: v128, g2: v128, half: v128): void {
  const s = f32x4.mul(f32x4.add(g0, g2), half), d = f32x4.mul(g1, half);
  v128.store(y, g0);
  v128.store(y + step, f32x4.add(s, d));
  v128.store(y + 2 * step, f32x4.sub(s, d));
  v128.store(y + 3 * step, g2);
}

/** U = G g G^T of four output channels, in the packed order of their 16 matrices, from the taps g, `tap` bytes apart */
export function weightTwo(g: usize, tap: usize, y: usize, step: usize): void {
  const half = splatAt(HALF, 0);
  for (let to = TILE; to < TILE + 192; to += 64) {
    putFour(to, 16, v128.load(g), v128.load(g + tap), v128.load(g + 2 * tap), half);
    g += 3 * tap;
  }
  for (let from = TILE; from < TILE + 64; from += 16) {
    putFour(y, 4 * step, v128.load(from), v128.load(from, 64), v128.load(from, 128), half);
    y += step;
  }
}

/** One row of B^T d: d0 - d2, d1 + d2, d2 - d1, d1 - d3 */
// @ts-ignore: decorator
@inline
function store4(y: usize, step: usize, d0: v128, d1: v128, d2: v128, d3: v128): void {
  v128.store(y, f32x4.sub(d0, d2));
  v128.store(y + step, f32x4.add(d1, d2));
  v128.store(y + 2 * step, f32x4.sub(d2, d1));
  v128.store(y + 3 * step, f32x4.sub(d1, d3));
}

/** V = B^T d B of four tiles, whose offsets from x `tiles` lists */
export function sourceTwo(x: usize, tiles: usize, row: usize, y: usize, step: usize): void {
  let x0 = x + load<u32>(tiles), x1 = x + load<u32>(tiles, 4), x2 = x + load<u32>(tiles, 8), x3 = x + load<u32>(tiles, 12);
  for (let to = TILE; to < TILE + 16 * 16; to += 64) {
    const v0 = v128.load(x0), v1 = v128.load(x1), v2 = v128.load(x2), v3 = v128.load(x3);
    // column by column of all four tiles
    let s = v128.shuffle<f32>(v0, v1, 0, 4, 1, 5), t = v128.shuffle<f32>(v2, v3, 0, 4, 1, 5);
    const d0 = v128.shuffle<f32>(s, t, 0, 1, 4, 5), d1 = v128.shuffle<f32>(s, t, 2, 3, 6, 7);
    s = v128.shuffle<f32>(v0, v1, 2, 6, 3, 7), t = v128.shuffle<f32>(v2, v3, 2, 6, 3, 7);
    store4(to, 16, d0, d1, v128.shuffle<f32>(s, t, 0, 1, 4, 5), v128.shuffle<f32>(s, t, 2, 3, 6, 7));
    x0 += row, x1 += row, x2 += row, x3 += row;
  }
  for (let from = TILE; from < TILE + 64; from += 16) {
    store4(y, 4 * step, v128.load(from), v128.load(from, 64), v128.load(from, 128), v128.load(from, 192));
    y += step;
  }
}

/** Y = A^T m A of four tiles, with a bias: 2 x 2 outputs each, `row` bytes between their rows, at the offsets from y that `tiles` lists */
export function outputTwo(m: usize, step: usize, y: usize, tiles: usize, row: usize, bias: v128): void {
  // columns first: m0 + m1 + m2 and m1 - m2 - m3
  for (let to = TILE; to < TILE + 64; to += 16) {
    const m1 = v128.load(m + 4 * step), m2 = v128.load(m + 8 * step);
    v128.store(to, f32x4.add(f32x4.add(v128.load(m), m1), m2));
    v128.store(to, f32x4.sub(f32x4.sub(m1, m2), v128.load(m + 12 * step)), 64);
    m += step;
  }
  for (let from = TILE; from < TILE + 128; from += 64) {
    const m1 = v128.load(from, 16), m2 = v128.load(from, 32);
    const e = f32x4.add(f32x4.add(f32x4.add(v128.load(from), m1), m2), bias);
    const o = f32x4.add(f32x4.sub(f32x4.sub(m1, m2), v128.load(from, 48)), bias);
    const low = v128.shuffle<f32>(e, o, 0, 4, 1, 5), high = v128.shuffle<f32>(e, o, 2, 6, 3, 7);
    v128.store64_lane(y + load<u32>(tiles), low, 0);
    v128.store64_lane(y + load<u32>(tiles, 4), low, 1);
    v128.store64_lane(y + load<u32>(tiles, 8), high, 0);
    v128.store64_lane(y + load<u32>(tiles, 12), high, 1);
    y += row;
  }
}
