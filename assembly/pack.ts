// Packing of both factors of a matrix product into the panels that tile.ts reads. Strides in bytes; reads are exact.
import { COLUMNS, groupRows, ROWS } from "./tile";
import { transpose4 } from "./transpose";

/** Any strides: y[p, i] = x[i, p], with `width` floats a step of y. */
export function packScalar(x: usize, row: usize, col: usize, y: usize, rows: usize, k: usize, width: usize): void {
  for (let p: usize = 0; p < k; p++) {
    for (let i: usize = 0; i < rows; i++) store<f32>(y + (i << 2), load<f32>(x + i * row));
    x += col;
    y += width << 2;
  }
}

/** A[m, k] (strides row, col) into groups of groupRows rows, k steps each */
export function packRows(a: usize, y: usize, m: usize, k: usize, row: usize, col: usize): void {
  for (let left = m; left > 0; ) {
    const rows = groupRows(left);
    if (ROWS == 6 && rows == 6 && col == 4) packSix(a, y, k, row);
    else if (ROWS == 6 && rows == 6 && row == 4) packSixAcross(a, y, k, col);
    else if (rows == 4 && col == 4) packFour(a, y, k, row);
    else if (rows == 4 && row == 4) packFourAcross(a, y, k, col);
    else packScalar(a, row, col, y, rows, k, rows);
    a += rows * row;
    y += (rows * k) << 2;
    left -= rows;
  }
}

/** Six rows that lie along k: transposed as 4x4 and 2x4 blocks */
function packSix(x: usize, y: usize, k: usize, row: usize): void {
  const end = x + ((k & ~3) << 2);
  const low = row << 2;
  while (x < end) {
    transpose4(x, row, y, 24);
    const r4 = v128.load(x + low), r5 = v128.load(x + low + row);
    const a = v128.shuffle<f32>(r4, r5, 0, 4, 1, 5), b = v128.shuffle<f32>(r4, r5, 2, 6, 3, 7);
    v128.store64_lane(y, a, 0, 16);
    v128.store64_lane(y, a, 1, 40);
    v128.store64_lane(y, b, 0, 64);
    v128.store64_lane(y, b, 1, 88);
    x += 16;
    y += 96;
  }
  packScalar(x, row, 4, y, 6, k & 3, 6);
}

export function packFour(x: usize, y: usize, k: usize, row: usize): void {
  const end = x + ((k & ~3) << 2);
  while (x < end) {
    transpose4(x, row, y, 16);
    x += 16;
    y += 64;
  }
  packScalar(x, row, 4, y, 4, k & 3, 4);
}

/** Six rows that lie across k (A transposed): six floats a step */
function packSixAcross(x: usize, y: usize, k: usize, col: usize): void {
  const end = y + k * 24;
  while (y < end) {
    v128.store(y, v128.load(x));
    store<u64>(y, load<u64>(x, 16), 16);
    x += col;
    y += 24;
  }
}

function packFourAcross(x: usize, y: usize, k: usize, col: usize): void {
  const end = y + (k << 4);
  while (y < end) {
    v128.store(y, v128.load(x));
    x += col;
    y += 16;
  }
}

/** B[k, n] (strides row, col) into groups of 8 columns, k steps each; the last group is padded with zeros */
export function packColumns(b: usize, y: usize, k: usize, n: usize, row: usize, col: usize): void {
  for (let j: usize = 0; j < n; j += COLUMNS) {
    const width = n - j;
    if (width < COLUMNS) {
      memory.fill(y, 0, k << 5);
      packScalar(b, col, row, y, width, k, COLUMNS);
    } else if (col == 4) packAcross(b, y, k, row);
    else if (row == 4) packAlong(b, y, k, col);
    else packScalar(b, col, row, y, COLUMNS, k, COLUMNS);
    b += COLUMNS * col;
    y += k << 5;
  }
}

/** Eight columns side by side: copied */
function packAcross(x: usize, y: usize, k: usize, row: usize): void {
  const end = y + (k << 5);
  while (y < end) {
    v128.store(y, v128.load(x));
    v128.store(y, v128.load(x, 16), 16);
    x += row;
    y += 32;
  }
}

/** Eight columns that lie along k (B transposed): two 4x4 blocks at a time */
function packAlong(x: usize, y: usize, k: usize, col: usize): void {
  const end = x + ((k & ~3) << 2);
  const half = col << 2;
  while (x < end) {
    transpose4(x, col, y, 32);
    transpose4(x + half, col, y + 16, 32);
    x += 16;
    y += 128;
  }
  packScalar(x, col, 4, y, COLUMNS, k & 3, COLUMNS);
}
