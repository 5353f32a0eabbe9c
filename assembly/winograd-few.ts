// The products of four tiles. Each weight is used once, so reading them is what takes time: three parts of a matrix at a time are
// read faster than one (36 matrices of 512 x 512 from memory: 2.3 ms, in one stream 3.1; two streams 2.5, four 2.3).
import { fma, splatAt } from "./lanes";

/** Rows of a matrix that go by `thirds`: whole groups of four in each of three equal parts */
// @ts-ignore: decorator
@inline
export function thirdRows(m: usize): usize {
  return m / 12 * 12;
}

/** y[i][0..4] += sum over k of u[k, i] v[k, 0..4] for i = 0..4, the same at uGap and yGap bytes and at twice that; v ends at `end` */
function twelve(u: usize, uGap: usize, v: usize, end: usize, y: usize, yGap: usize): void {
  const y1 = y + yGap, y2 = y1 + yGap;
  let a0 = v128.load(y), a1 = v128.load(y, 16), a2 = v128.load(y, 32), a3 = v128.load(y, 48);
  let b0 = v128.load(y1), b1 = v128.load(y1, 16), b2 = v128.load(y1, 32), b3 = v128.load(y1, 48);
  let c0 = v128.load(y2), c1 = v128.load(y2, 16), c2 = v128.load(y2, 32), c3 = v128.load(y2, 48);
  let u1 = u + uGap, u2 = u1 + uGap;
  while (v < end) {
    const x = v128.load(v);
    a0 = fma(splatAt(u, 0), x, a0);
    a1 = fma(splatAt(u, 1), x, a1);
    a2 = fma(splatAt(u, 2), x, a2);
    a3 = fma(splatAt(u, 3), x, a3);
    b0 = fma(splatAt(u1, 0), x, b0);
    b1 = fma(splatAt(u1, 1), x, b1);
    b2 = fma(splatAt(u1, 2), x, b2);
    b3 = fma(splatAt(u1, 3), x, b3);
    c0 = fma(splatAt(u2, 0), x, c0);
    c1 = fma(splatAt(u2, 1), x, c1);
    c2 = fma(splatAt(u2, 2), x, c2);
    c3 = fma(splatAt(u2, 3), x, c3);
    u += 16;
    u1 += 16;
    u2 += 16;
    v += 16;
  }
  v128.store(y, a0), v128.store(y, a1, 16), v128.store(y, a2, 32), v128.store(y, a3, 48);
  v128.store(y1, b0), v128.store(y1, b1, 16), v128.store(y1, b2, 32), v128.store(y1, b3, 48);
  v128.store(y2, c0), v128.store(y2, c1, 16), v128.store(y2, c2, 32), v128.store(y2, c3, 48);
}

/** y[m, 4] += u[m, k] v[k, 4] for m = thirdRows(m) rows, u in groups of four */
export function thirds(u: usize, v: usize, y: usize, m: usize, k: usize): void {
  const rows = m / 3, end = v + (k << 4);
  for (let i: usize = 0; i < rows; i += 4) {
    twelve(u, (rows * k) << 2, v, end, y, rows << 4);
    u += k << 4;
    y += 64;
  }
}
