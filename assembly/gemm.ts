// Blocked matrix product: blocks of A packed into L2, columns of B packed as they are needed into L1, then 6x8 tiles.
import { packColumns, packRows } from "./pack";
import { COLUMNS, panel, panelOf } from "./tile";

// A block of A (192 KB) stays in L2, one group of B (8 KB) in L1 while the tiles of a column run.
const KC: usize = 256;
const MC: usize = 192;
// Columns packed at a time: 64 bytes of a row of B, a whole line of the cache.
const NC: usize = 2 * COLUMNS;

/** n split into even parts of at most `most`, each a multiple of `unit`, but the last */
// @ts-ignore: decorator
@inline
function part(n: usize, most: usize, unit: usize): usize {
  const parts = (n + most - 1) / most;
  return ((n + parts - 1) / parts + unit - 1) / unit * unit;
}

/** Scratch bytes of `blocked` */
export function blockedWork(m: usize, k: usize): usize {
  return (min(m, MC) + NC) * min(k, KC) << 2;
}

/** y[m, n] = c + A B; strides in bytes, c as in `panel`. packed: whether B is packed; it must be unless bCol is 4 */
export function blocked(
  packed: bool, a: usize, b: usize, y: usize, c: usize, work: usize, m: usize, n: usize, k: usize,
  aRow: usize, aCol: usize, bRow: usize, bCol: usize, yRow: usize, cRow: usize,
): void {
  const most = part(m, MC, 12), deep = part(k, KC, 4);
  const aPacked = work + ((NC * min(k, KC)) << 2);
  for (let i: usize = 0; i < m; i += most) {
    const height = min(m - i, most);
    let add = c ? c + i * cRow : 0, addRow = cRow;
    for (let p: usize = 0; p < k; p += deep) {
      const depth = min(k - p, deep);
      const to = y + i * yRow;
      let from = b + p * bRow;
      packRows(a + i * aRow + p * aCol, aPacked, height, depth, aRow, aCol);
      if (packed) {
        for (let j: usize = 0; j < n; j += NC) {
          const width = min(n - j, NC);
          packColumns(from, work, depth, width, bRow, bCol);
          panel(aPacked, work, to + (j << 2), yRow, add ? add + (j << 2) : 0, addRow, height, width, depth);
          from += NC * bCol;
        }
      } else panelOf(aPacked, from, bRow, 32, to, yRow, add, addRow, height, n, depth);
      add = to;
      addRow = yRow;
    }
  }
}
