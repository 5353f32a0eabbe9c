// Blocked matrix product over packed panels: columns of B by NC, depth by KC, rows of A by MC, then 6x8 tiles.

import { packColumns, packRows } from "./pack";
import { COLUMNS, panel } from "./tile";

// A block of A (192 KB) stays in L2, one panel of B (8 KB) in L1 while the tiles of a column run.
const KC: usize = 256;
const MC: usize = 192;
const NC: usize = 1024;

/** Bytes of packed B for n columns of depth k */
// @ts-ignore: decorator
@inline
export function columnsBytes(n: usize, k: usize): usize {
  return (((n + COLUMNS - 1) & ~(COLUMNS - 1)) * k) << 2;
}

/** Scratch bytes of `blocked` */
export function blockedWork(m: usize, n: usize, k: usize): usize {
  const depth = min(k, KC);
  return columnsBytes(min(n, NC), depth) + ((min(m, MC) * depth) << 2);
}

/** y[m, n] = c + A B; strides in bytes, c as in `panel` */
export function blocked(
  a: usize, b: usize, y: usize, c: usize, work: usize, m: usize, n: usize, k: usize,
  aRow: usize, aCol: usize, bRow: usize, bCol: usize, yRow: usize, cRow: usize,
): void {
  const aPacked = work + columnsBytes(min(n, NC), min(k, KC));
  for (let j: usize = 0; j < n; j += NC) {
    const width = min(n - j, NC);
    for (let p: usize = 0; p < k; p += KC) {
      const depth = min(k - p, KC);
      packColumns(b + p * bRow + j * bCol, work, depth, width, bRow, bCol);
      for (let i: usize = 0; i < m; i += MC) {
        const height = min(m - i, MC);
        packRows(a + i * aRow + p * aCol, aPacked, height, depth, aRow, aCol);
        const to = y + i * yRow + (j << 2);
        if (p > 0) panel(aPacked, work, to, yRow, to, yRow, height, width, depth);
        else panel(aPacked, work, to, yRow, c ? c + i * cRow + (j << 2) : 0, cRow, height, width, depth);
      }
    }
  }
}
