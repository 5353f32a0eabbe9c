// Which kernel computes a product: by its size and by how its factors lie in memory.
import { direct } from "./direct";
import { dots } from "./dots";
import { blocked } from "./gemm";
import { rows } from "./rows";

// Where the measured crossings of the two builds differ: rows of A up to which `rows` wins, rows up to which `dots` wins
// though B is large, columns that a packed tile fills well enough.
const FEW: usize = ASC_FEATURE_RELAXED_SIMD ? 2 : 1;
const MANY: usize = ASC_FEATURE_RELAXED_SIMD ? 32 : 6;
const NARROW: usize = ASC_FEATURE_RELAXED_SIMD ? 6 : 8;
// depth up to which few columns are turned first, one that dot products of a few take better
const SHALLOW: usize = ASC_FEATURE_RELAXED_SIMD ? 32 : 64;

/**
 * y[m, n] = c + A B, strides in elements. c = 0 adds nothing, c = y accumulates, cRow = 0 adds one row (a bias) to all.
 * Writes exactly m x n; reads may run 28 bytes past the factors. Scratch: gemmWork(m, n, k) bytes.
 */
export function product(
  a: usize, b: usize, y: usize, c: usize, work: usize, m: usize, n: usize, k: usize,
  aRow: usize, aCol: usize, bRow: usize, bCol: usize, yRow: usize, cRow: usize,
): void {
  if (m == 0 || n == 0) return;
  if (k == 0) {
    if (c != y) fill(y, c, m, n, yRow, cRow);
    return;
  }
  // a column is a row of the transposed product, which `rows` and `dots` compute
  if (n == 1 && m > 1 && yRow == 1 && (!c || cRow == 1) && (aRow == 1 || (aCol == 1 && bRow == 1))) {
    const t = a;
    a = b;
    b = t;
    n = m;
    m = 1;
    const row = aRow, col = aCol;
    aCol = bRow;
    bRow = col;
    bCol = row;
  }
  // strides that are never stepped over
  if (k == 1) {
    aCol = 1;
    bRow = bCol == 1 ? n : 1;
  }
  if (n == 1) bCol = bRow == 1 ? k : 1;
  aRow <<= 2;
  aCol <<= 2;
  bRow <<= 2;
  bCol <<= 2;
  yRow <<= 2;
  cRow <<= 2;
  // rows of B a multiple of 512 bytes apart fall on few sets of the caches
  const across = bCol == 4 && bRow > 0, crowded = (bRow & 511) == 0 && k > 32;
  if (across) {
    const large = n * k > 65536;
    if (((m <= FEW || (m == 2 && large)) && n >= 16) || (k <= 4 && n >= 64) || (crowded && m <= 6 && large)) {
      return rows(a, b, y, c, m, n, k, aRow, aCol, bRow, yRow, cRow);
    }
    if (n <= (aCol == 4 ? 24 : 16) || n * k <= 512 || m * n * k <= 8192) {
      return direct(a, b, y, c, m, n, k, aRow, aCol, bRow, yRow, cRow);
    }
  } else if (bRow == 4 && aCol == 4) {
    // a B so small is turned in no time, and then its rows are contiguous: 1.5 to 5 times faster
    if (k <= 4 && n >= 64 && m >= 8) {
      const row = turned(b, work, n, k, bCol);
      return rows(a, work, y, c, m, n, k, aRow, aCol, row, yRow, cRow);
    }
    if (m >= 16 && m >= 2 * n && (n < 16 || (n <= 24 && n & 7)) && k <= (n > 4 ? 64 : SHALLOW)) {
      const row = turned(b, work, n, k, bCol);
      return direct(a, work, y, c, m, n, k, aRow, aCol, row, yRow, cRow);
    }
    if (m <= 6 || n <= 6 || (n <= 12 && n > NARROW) || m * n * k <= 512 || (m <= MANY && n * k > 65536)) {
      return dots(a, b, y, c, m, n, k, aRow, bCol, yRow, cRow);
    }
  }
  const packed = !across || (crowded ? n * k > 4096 : m > 64);
  blocked(packed, a, b, y, c, work, m, n, k, aRow, aCol, bRow, bCol, yRow, cRow);
}

/** Scratch bytes of a B that is turned, which few rows of A are not worth */
export function turnedWork(m: usize, n: usize, k: usize): usize {
  return m >= 8 && (k <= 4 || n <= 24) ? ((n + 8) * min<usize>(k, 64)) << 2 : 0;
}

/** y[k, n] = the columns of b, which are bCol bytes apart. Gives how far its rows are apart: whole vectors */
function turned(b: usize, y: usize, n: usize, k: usize, bCol: usize): usize {
  const row = ((n + 3) & ~3) << 2;
  for (let j: usize = 0; j < n; j++) {
    for (let p: usize = 0; p < k; p++) store<f32>(y + p * row + (j << 2), load<f32>(b + (p << 2)));
    b += bCol;
  }
  return row;
}

/** y[m, n] = c, or 0 without c */
function fill(y: usize, c: usize, m: usize, n: usize, yRow: usize, cRow: usize): void {
  for (let i: usize = 0; i < m; i++) {
    if (c) memory.copy(y, c + ((i * cRow) << 2), n << 2);
    else memory.fill(y, 0, n << 2);
    y += yRow << 2;
  }
}
