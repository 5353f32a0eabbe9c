// Few rows times a large row-major matrix: four rows of B a pass, read in order as memory likes it. Strides in bytes.
import { firstLanes, fma, storeMasked } from "./lanes";
import { ZEROS } from "./tile";

// y of one block (8 KB) stays in L1 while the rows of B go by.
const BLOCK: usize = 2048;

/** y[n] = c + a[0] b[0] + ... of DEPTH terms, without c if it is 0; b and c may be read 12 bytes past a row. DEPTH: 1 to 4, a compile-time constant */
// @ts-ignore: decorator
@inline
function pass(DEPTH: usize, a: usize, aCol: usize, b: usize, bRow: usize, y: usize, c: usize, n: usize): void {
  const s0 = v128.load32_splat(a), s1 = DEPTH > 1 ? v128.load32_splat(a + aCol) : s0;
  const s2 = DEPTH > 2 ? v128.load32_splat(a + 2 * aCol) : s0, s3 = DEPTH > 3 ? v128.load32_splat(a + 3 * aCol) : s0;
  let b1 = b + bRow;
  let b2 = b1 + bRow;
  let b3 = b2 + bRow;
  const step: usize = c ? 32 : 0;
  if (!c) c = ZEROS;
  const end = y + ((n & ~7) << 2);
  while (y < end) {
    let l = fma(s0, v128.load(b), v128.load(c)), r = fma(s0, v128.load(b, 16), v128.load(c, 16));
    if (DEPTH > 1) {
      l = fma(s1, v128.load(b1), l);
      r = fma(s1, v128.load(b1, 16), r);
      b1 += 32;
    }
    if (DEPTH > 2) {
      l = fma(s2, v128.load(b2), l);
      r = fma(s2, v128.load(b2, 16), r);
      b2 += 32;
    }
    if (DEPTH > 3) {
      l = fma(s3, v128.load(b3), l);
      r = fma(s3, v128.load(b3, 16), r);
      b3 += 32;
    }
    v128.store(y, l);
    v128.store(y, r, 16);
    y += 32;
    c += step;
    b += 32;
  }
  for (n &= 7; n > 0; n = n > 4 ? n - 4 : 0) {
    let l = fma(s0, v128.load(b), v128.load(c));
    if (DEPTH > 1) l = fma(s1, v128.load(b1), l);
    if (DEPTH > 2) l = fma(s2, v128.load(b2), l);
    if (DEPTH > 3) l = fma(s3, v128.load(b3), l);
    if (n >= 4) v128.store(y, l);
    else storeMasked(y, l, firstLanes(n));
    y += 16;
    c += step >> 1;
    b += 16;
    b1 += 16;
    b2 += 16;
    b3 += 16;
  }
}
function four(a: usize, aCol: usize, b: usize, bRow: usize, y: usize, c: usize, n: usize): void {
  pass(4, a, aCol, b, bRow, y, c, n);
}
function three(a: usize, aCol: usize, b: usize, bRow: usize, y: usize, c: usize, n: usize): void {
  pass(3, a, aCol, b, bRow, y, c, n);
}
function two(a: usize, aCol: usize, b: usize, bRow: usize, y: usize, c: usize, n: usize): void {
  pass(2, a, aCol, b, bRow, y, c, n);
}
function one(a: usize, aCol: usize, b: usize, bRow: usize, y: usize, c: usize, n: usize): void {
  pass(1, a, aCol, b, bRow, y, c, n);
}

/** y[m, n] = c + A B, rows of B contiguous, any strides of A */
export function rows(
  a: usize, b: usize, y: usize, c: usize, m: usize, n: usize, k: usize,
  aRow: usize, aCol: usize, bRow: usize, yRow: usize, cRow: usize,
): void {
  for (let j: usize = 0; j < n; j += BLOCK) {
    const width = min(n - j, BLOCK);
    let from = a, by = b + (j << 2), add = c ? c + (j << 2) : 0, addRow = c ? cRow : 0;
    for (let left = k; left > 0; ) {
      const depth = min<usize>(left, 4);
      let at = from, to = y + (j << 2);
      for (let i: usize = 0; i < m; i++) {
        if (depth == 4) four(at, aCol, by, bRow, to, add, width);
        else if (depth == 3) three(at, aCol, by, bRow, to, add, width);
        else if (depth == 2) two(at, aCol, by, bRow, to, add, width);
        else one(at, aCol, by, bRow, to, add, width);
        at += aRow;
        to += yRow;
        add += addRow;
      }
      from += depth * aCol;
      by += depth * bRow;
      left -= depth;
      add = y + (j << 2);
      addRow = yRow;
    }
  }
}
