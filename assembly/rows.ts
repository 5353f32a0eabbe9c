// Few rows times a large row-major matrix: y += four rows of B a pass, read in order as memory likes it. Strides in bytes.
import { firstLanes, fma, storeMasked } from "./lanes";

// y of one block (8 KB) stays in L1 while the rows of B go by.
const BLOCK: usize = 2048;

/** y[n] += a[0] b[0] + ... + a[3] b[3], rows of b bRow apart; reads of b may run 12 bytes past a row */
function four(a: usize, aCol: usize, b: usize, bRow: usize, y: usize, n: usize): void {
  const s0 = v128.load32_splat(a);
  const s1 = v128.load32_splat((a += aCol));
  const s2 = v128.load32_splat((a += aCol));
  const s3 = v128.load32_splat((a += aCol));
  let b1 = b + bRow;
  let b2 = b1 + bRow;
  let b3 = b2 + bRow;
  const end = y + ((n & ~7) << 2);
  while (y < end) {
    let l = fma(s0, v128.load(b), v128.load(y)), r = fma(s0, v128.load(b, 16), v128.load(y, 16));
    l = fma(s1, v128.load(b1), l);
    r = fma(s1, v128.load(b1, 16), r);
    l = fma(s2, v128.load(b2), l);
    r = fma(s2, v128.load(b2, 16), r);
    l = fma(s3, v128.load(b3), l);
    r = fma(s3, v128.load(b3, 16), r);
    v128.store(y, l);
    v128.store(y, r, 16);
    y += 32;
    b += 32;
    b1 += 32;
    b2 += 32;
    b3 += 32;
  }
  for (n &= 7; n > 0; n = n > 4 ? n - 4 : 0) {
    let l = fma(s0, v128.load(b), v128.load(y));
    l = fma(s1, v128.load(b1), l);
    l = fma(s2, v128.load(b2), l);
    l = fma(s3, v128.load(b3), l);
    if (n >= 4) v128.store(y, l);
    else storeMasked(y, l, firstLanes(n));
    y += 16;
    b += 16;
    b1 += 16;
    b2 += 16;
    b3 += 16;
  }
}

/** y[n] += a b */
function single(a: usize, b: usize, y: usize, n: usize): void {
  const s = v128.load32_splat(a);
  const end = y + ((n & ~3) << 2);
  while (y < end) {
    v128.store(y, fma(s, v128.load(b), v128.load(y)));
    y += 16;
    b += 16;
  }
  if (n & 3) storeMasked(y, fma(s, v128.load(b), v128.load(y)), firstLanes(n & 3));
}

/** y[m, n] += A B, rows of B contiguous, any strides of A */
export function rows(
  a: usize, b: usize, y: usize, m: usize, n: usize, k: usize, aRow: usize, aCol: usize, bRow: usize, yRow: usize,
): void {
  for (let j: usize = 0; j < n; j += BLOCK) {
    const width = min(n - j, BLOCK);
    let from = a, by = b + (j << 2), p: usize = 0;
    for (; p + 4 <= k; p += 4) {
      for (let i: usize = 0; i < m; i++) four(from + i * aRow, aCol, by, bRow, y + i * yRow + (j << 2), width);
      from += 4 * aCol;
      by += 4 * bRow;
    }
    for (; p < k; p++) {
      for (let i: usize = 0; i < m; i++) single(from + i * aRow, by, y + i * yRow + (j << 2), width);
      from += aCol;
      by += bRow;
    }
  }
}
