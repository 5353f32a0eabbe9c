// The tiles of Winograd's F(2x2, 3x3), by the points 0, 1, -1 and infinity: four tiles side by side, or four output channels.
import { splatAt } from "./lanes";

const HALF = memory.data<f32>([0.5]);
/** Three rows of taps after the first of their two transforms */
const TILE = memory.data(12 * 16, 16);

/** One float of each of four rows, s1, s2 and s3 bytes from the first */
// @ts-ignore: decorator
@inline
export function fourRows(x: usize, s1: usize, s2: usize, s3: usize): v128 {
  let v = v128.load32_zero(x);
  v = v128.load32_lane(x + s1, v, 1);
  v = v128.load32_lane(x + s2, v, 2);
  return v128.load32_lane(x + s3, v, 3);
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

/** U = G g G^T of four rows of a group, in the packed order of their matrices; the taps of g are `tap` bytes apart */
export function weightTwo(w: usize, s1: usize, s2: usize, s3: usize, tap: usize, y: usize, step: usize): void {
  const half = splatAt(HALF, 0);
  for (let to = TILE; to < TILE + 192; to += 64) {
    const g0 = fourRows(w, s1, s2, s3), g1 = fourRows(w + tap, s1, s2, s3), g2 = fourRows(w + 2 * tap, s1, s2, s3);
    putFour(to, 16, g0, g1, g2, half);
    w += 3 * tap;
  }
  for (let from = TILE; from < TILE + 64; from += 16) {
    putFour(y, 4 * step, v128.load(from), v128.load(from, 64), v128.load(from, 128), half);
    y += step;
  }
}

/** Column j of four tiles side by side: every second float */
// @ts-ignore: decorator
@inline
function even(x: usize): v128 {
  return v128.shuffle<f32>(v128.load(x), v128.load(x, 16), 0, 2, 4, 6);
}
// @ts-ignore: decorator
@inline
function odd(x: usize): v128 {
  return v128.shuffle<f32>(v128.load(x), v128.load(x, 16), 1, 3, 5, 7);
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

/** V = B^T d B of four tiles side by side at x */
export function sourceTwo(x: usize, row: usize, y: usize, step: usize): void {
  const x1 = x + row, x2 = x1 + row, x3 = x2 + row;
  const a0 = even(x), a1 = odd(x), a2 = even(x + 8), a3 = odd(x + 8);
  const c0 = even(x2), c1 = odd(x2), c2 = even(x2 + 8), c3 = odd(x2 + 8);
  store4(y, step, f32x4.sub(a0, c0), f32x4.sub(a1, c1), f32x4.sub(a2, c2), f32x4.sub(a3, c3));
  const b0 = even(x1), b1 = odd(x1), b2 = even(x1 + 8), b3 = odd(x1 + 8);
  store4(y + 4 * step, step, f32x4.add(b0, c0), f32x4.add(b1, c1), f32x4.add(b2, c2), f32x4.add(b3, c3));
  store4(y + 8 * step, step, f32x4.sub(c0, b0), f32x4.sub(c1, b1), f32x4.sub(c2, b2), f32x4.sub(c3, b3));
  const d0 = even(x3), d1 = odd(x3), d2 = even(x3 + 8), d3 = odd(x3 + 8);
  store4(y + 12 * step, step, f32x4.sub(b0, d0), f32x4.sub(b1, d1), f32x4.sub(b2, d2), f32x4.sub(b3, d3));
}

/** Y = A^T m A of four tiles side by side, with a bias: two rows of eight outputs, `row` bytes apart */
export function outputTwo(m: usize, step: usize, y: usize, row: usize, bias: v128): void {
  // columns first: m0 + m1 + m2 and m1 - m2 - m3 of each of the four columns
  const a1 = v128.load(m + 4 * step), a2 = v128.load(m + 8 * step);
  const s0 = f32x4.add(f32x4.add(v128.load(m), a1), a2);
  const t0 = f32x4.sub(f32x4.sub(a1, a2), v128.load(m + 12 * step));
  m += step;
  const b1 = v128.load(m + 4 * step), b2 = v128.load(m + 8 * step);
  const s1 = f32x4.add(f32x4.add(v128.load(m), b1), b2);
  const t1 = f32x4.sub(f32x4.sub(b1, b2), v128.load(m + 12 * step));
  m += step;
  const c1 = v128.load(m + 4 * step), c2 = v128.load(m + 8 * step);
  const s2 = f32x4.add(f32x4.add(v128.load(m), c1), c2);
  const t2 = f32x4.sub(f32x4.sub(c1, c2), v128.load(m + 12 * step));
  m += step;
  const d1 = v128.load(m + 4 * step), d2 = v128.load(m + 8 * step);
  const s3 = f32x4.add(f32x4.add(v128.load(m), d1), d2);
  const t3 = f32x4.sub(f32x4.sub(d1, d2), v128.load(m + 12 * step));
  put2(y, f32x4.add(f32x4.add(f32x4.add(s0, s1), s2), bias), f32x4.add(f32x4.sub(f32x4.sub(s1, s2), s3), bias));
  put2(y + row, f32x4.add(f32x4.add(f32x4.add(t0, t1), t2), bias), f32x4.add(f32x4.sub(f32x4.sub(t1, t2), t3), bias));
}

/** y = e0 o0 e1 o1 ... */
// @ts-ignore: decorator
@inline
function put2(y: usize, e: v128, o: v128): void {
  v128.store(y, v128.shuffle<f32>(e, o, 0, 4, 1, 5));
  v128.store(y, v128.shuffle<f32>(e, o, 2, 6, 3, 7), 16);
}
