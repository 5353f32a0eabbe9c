// The 6x8 microkernel of every matrix product, and the driver that runs it over packed panels.
// Packed A: groups of `groupRows` rows, each group k x rows. Packed B: groups of 8 columns,
// each k x 8, padded with zeros.
import { firstLanes, fma, storeMasked } from "./lanes";

/** Columns of a tile */
export const COLUMNS: usize = 8;
/** Rows of a tile */
export const ROWS: usize = ASC_FEATURE_RELAXED_SIMD ? 6 : 4;
// What is added where nothing is, and where a tile goes that is wider than y: rows of 8.
export const ZEROS = memory.data(32, 16);
export const EDGE = memory.data(6 * 32, 16);

/** Rows of the next group when `left` are left: whole tiles, but even halves where one or two rows would stay alone. */
// @ts-ignore: decorator
@inline
export function groupRows(left: usize): usize {
  if (left > ROWS + 2 || left == ROWS) return ROWS;
  return left > ROWS ? (left + 1) >> 1 : left;
}

/** y[rows, 8] = c[rows, 8] + a b over k steps of packed a; rows is a compile-time constant, row strides are in bytes */
// @ts-ignore: decorator
@inline
function tile(
  rows: usize, a: usize, b: usize, bRow: usize, y: usize, yRow: usize, c: usize, cRow: usize, k: usize,
): void {
  let l0 = f32x4.splat(0), r0 = f32x4.splat(0);
  let l1 = f32x4.splat(0), r1 = f32x4.splat(0);
  let l2 = f32x4.splat(0), r2 = f32x4.splat(0);
  let l3 = f32x4.splat(0), r3 = f32x4.splat(0);
  let l4 = f32x4.splat(0), r4 = f32x4.splat(0);
  let l5 = f32x4.splat(0), r5 = f32x4.splat(0);
  const end = b + k * bRow;
  while (b < end) {
    const left = v128.load(b), right = v128.load(b, 16);
    let s = v128.load32_splat(a);
    l0 = fma(s, left, l0);
    r0 = fma(s, right, r0);
    if (rows > 1) {
      s = v128.load32_splat(a, 4);
      l1 = fma(s, left, l1);
      r1 = fma(s, right, r1);
    }
    if (rows > 2) {
      s = v128.load32_splat(a, 8);
      l2 = fma(s, left, l2);
      r2 = fma(s, right, r2);
    }
    if (rows > 3) {
      s = v128.load32_splat(a, 12);
      l3 = fma(s, left, l3);
      r3 = fma(s, right, r3);
    }
    if (rows > 4) {
      s = v128.load32_splat(a, 16);
      l4 = fma(s, left, l4);
      r4 = fma(s, right, r4);
    }
    if (rows > 5) {
      s = v128.load32_splat(a, 20);
      l5 = fma(s, left, l5);
      r5 = fma(s, right, r5);
    }
    a += rows << 2;
    b += bRow;
  }
  put(y, c, l0, r0);
  if (rows > 1) put((y += yRow), (c += cRow), l1, r1);
  if (rows > 2) put((y += yRow), (c += cRow), l2, r2);
  if (rows > 3) put((y += yRow), (c += cRow), l3, r3);
  if (rows > 4) put((y += yRow), (c += cRow), l4, r4);
  if (rows > 5) put((y += yRow), (c += cRow), l5, r5);
}

// @ts-ignore: decorator
@inline
function put(y: usize, c: usize, left: v128, right: v128): void {
  v128.store(y, f32x4.add(left, v128.load(c)));
  v128.store(y, f32x4.add(right, v128.load(c, 16)), 16);
}

/** The tile of most calls: a function of its own, which the optimizing compiler finishes long before all of them */
function whole(a: usize, b: usize, bRow: usize, y: usize, yRow: usize, c: usize, cRow: usize, k: usize): void {
  tile(ROWS, a, b, bRow, y, yRow, c, cRow, k);
}

function pick(
  rows: usize, a: usize, b: usize, bRow: usize, y: usize, yRow: usize, c: usize, cRow: usize, k: usize,
): void {
  if (rows == ROWS) whole(a, b, bRow, y, yRow, c, cRow, k);
  else if (ROWS > 4 && rows == 4) tile(4, a, b, bRow, y, yRow, c, cRow, k);
  else if (rows == 3) tile(3, a, b, bRow, y, yRow, c, cRow, k);
  else if (ROWS > 4 && rows == 5) tile(5, a, b, bRow, y, yRow, c, cRow, k);
  else if (rows == 2) tile(2, a, b, bRow, y, yRow, c, cRow, k);
  else tile(1, a, b, bRow, y, yRow, c, cRow, k);
}

/**
 * y[m, n] = c[m, n] + A B from packed panels (packRows, packColumns); writes exactly m x n.
 * yRow and cRow are row strides in bytes; c = 0 adds nothing, c = y accumulates, cRow = 0 adds one row of bias to all.
 */
export function panel(
  aPacked: usize, bPacked: usize, y: usize, yRow: usize, c: usize, cRow: usize, m: usize, n: usize, k: usize,
): void {
  panelOf(aPacked, bPacked, 32, k << 5, y, yRow, c, cRow, m, n, k);
}

/**
 * The same with rows of B bRow bytes apart and groups of 8 columns bNext: B may lie unpacked,
 * and is then read up to 28 bytes past a row.
 */
export function panelOf(
  aPacked: usize, b: usize, bRow: usize, bNext: usize,
  y: usize, yRow: usize, c: usize, cRow: usize, m: usize, n: usize, k: usize,
): void {
  const step: usize = c ? 32 : 0;
  if (!c) {
    c = ZEROS;
    cRow = 0;
  }
  for (; n > 0; n -= COLUMNS) {
    let a = aPacked, row = y, add = c;
    for (let left = m; left > 0; ) {
      const rows = groupRows(left);
      if (n >= COLUMNS) {
        if (rows == ROWS) whole(a, b, bRow, row, yRow, add, cRow, k);
        else pick(rows, a, b, bRow, row, yRow, add, cRow, k);
      } else {
        pick(rows, a, b, bRow, EDGE, 32, ZEROS, 0, k);
        copyEdge(row, yRow, add, cRow, rows, n);
      }
      a += (rows * k) << 2;
      row += rows * yRow;
      add += rows * cRow;
      left -= rows;
    }
    if (n < COLUMNS) return;
    b += bNext;
    y += 32;
    c += step;
  }
}

/** y[rows, n] = c + EDGE, for the last n < 8 columns; c and y are read up to 12 bytes past a row */
export function copyEdge(y: usize, yRow: usize, c: usize, cRow: usize, rows: usize, n: usize): void {
  const wide = n > 4, mask = firstLanes(wide ? n - 4 : n), at: usize = wide ? 16 : 0;
  for (let from = EDGE, end = EDGE + (rows << 5); from < end; from += 32) {
    if (wide) v128.store(y, f32x4.add(v128.load(c), v128.load(from)));
    storeMasked(y + at, f32x4.add(v128.load(c + at), v128.load(from + at)), mask);
    y += yRow;
    c += cRow;
  }
}
