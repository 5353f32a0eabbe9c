// Products of few columns, and small ones, straight from the factors. Strides in bytes.
// B is read up to 28 bytes past a row.
import { fma } from "./lanes";
import { copyEdge, EDGE, ZEROS } from "./tile";

/** y[rows, 8 if wide, else 4] = c + a b, where b's rows are contiguous; rows and wide are compile-time constants */
// @ts-ignore: decorator
@inline
function tile(
  rows: usize, wide: bool, a: usize, aRow: usize, aCol: usize, b: usize, bRow: usize,
  y: usize, yRow: usize, c: usize, cRow: usize, k: usize,
): void {
  let l0 = f32x4.splat(0), r0 = f32x4.splat(0);
  let l1 = f32x4.splat(0), r1 = f32x4.splat(0);
  let l2 = f32x4.splat(0), r2 = f32x4.splat(0);
  let l3 = f32x4.splat(0), r3 = f32x4.splat(0);
  let a1 = a + aRow;
  let a2 = a1 + aRow;
  let a3 = a2 + aRow;
  const end = b + k * bRow;
  while (b < end) {
    const left = v128.load(b);
    let right = left;
    if (wide) right = v128.load(b, 16);
    let s = v128.load32_splat(a);
    l0 = fma(s, left, l0);
    if (wide) r0 = fma(s, right, r0);
    a += aCol;
    if (rows > 1) {
      s = v128.load32_splat(a1);
      l1 = fma(s, left, l1);
      if (wide) r1 = fma(s, right, r1);
      a1 += aCol;
    }
    if (rows > 2) {
      s = v128.load32_splat(a2);
      l2 = fma(s, left, l2);
      if (wide) r2 = fma(s, right, r2);
      a2 += aCol;
    }
    if (rows > 3) {
      s = v128.load32_splat(a3);
      l3 = fma(s, left, l3);
      if (wide) r3 = fma(s, right, r3);
      a3 += aCol;
    }
    b += bRow;
  }
  put(wide, y, c, l0, r0);
  if (rows > 1) put(wide, (y += yRow), (c += cRow), l1, r1);
  if (rows > 2) put(wide, (y += yRow), (c += cRow), l2, r2);
  if (rows > 3) put(wide, (y += yRow), (c += cRow), l3, r3);
}

// @ts-ignore: decorator
@inline
function put(wide: bool, y: usize, c: usize, left: v128, right: v128): void {
  v128.store(y, f32x4.add(left, v128.load(c)));
  if (wide) v128.store(y, f32x4.add(right, v128.load(c, 16)), 16);
}

/** All rows of 8 columns if wide, else 4. over: whether rows of fewer may run over into the next one */
// @ts-ignore: decorator
@inline
function strip(
  wide: bool, a: usize, aRow: usize, aCol: usize, b: usize, bRow: usize,
  y: usize, yRow: usize, c: usize, cRow: usize, m: usize, n: usize, k: usize, over: bool,
): void {
  const whole = over || n == (wide ? 8 : 4);
  const toRow = whole ? yRow : 32, addRow = whole ? cRow : 0;
  while (m > 0) {
    const rows = m >= 4 ? (4 as usize) : m >= 2 ? (2 as usize) : (1 as usize);
    const to = whole ? y : EDGE, add = whole ? c : ZEROS;
    if (rows == 4) tile(4, wide, a, aRow, aCol, b, bRow, to, toRow, add, addRow, k);
    else if (rows == 2) tile(2, wide, a, aRow, aCol, b, bRow, to, toRow, add, addRow, k);
    else tile(1, wide, a, aRow, aCol, b, bRow, to, toRow, add, addRow, k);
    if (!whole) copyEdge(y, yRow, c, cRow, rows, n);
    a += rows * aRow;
    y += rows * yRow;
    c += rows * cRow;
    m -= rows;
  }
}

function wideStrip(
  a: usize, aRow: usize, aCol: usize, b: usize, bRow: usize,
  y: usize, yRow: usize, c: usize, cRow: usize, m: usize, n: usize, k: usize, over: bool,
): void {
  strip(true, a, aRow, aCol, b, bRow, y, yRow, c, cRow, m, n, k, over);
}
function narrowStrip(
  a: usize, aRow: usize, aCol: usize, b: usize, bRow: usize,
  y: usize, yRow: usize, c: usize, cRow: usize, m: usize, n: usize, k: usize, over: bool,
): void {
  strip(false, a, aRow, aCol, b, bRow, y, yRow, c, cRow, m, n, k, over);
}

// Depth of a pass: 8 columns of it stay in L1, and no float sums up more terms in a row.
const DEPTH: usize = 512;

/** y[m, n] = c + A B, rows of B contiguous, any strides of A; wants bRow > 0 */
export function direct(
  a: usize, b: usize, y: usize, c: usize, m: usize, n: usize, k: usize,
  aRow: usize, aCol: usize, bRow: usize, yRow: usize, cRow: usize,
): void {
  // Rows that follow each other may run over: into what is written later, if the columns go from the last to the first and nothing is
  // added that lies in y. What the last row runs over is put back.
  const over = k <= DEPTH && yRow == n << 2 && (!c || !cRow);
  const beyond = y + m * yRow, kept = v128.load(beyond);
  while (true) {
    const depth = min(k, DEPTH), addRow = c ? cRow : 0;
    for (let j = (n - 1) & ~7; ; j -= 8) {
      const width = min<usize>(n - j, 8), at = j << 2, add = c ? c + at : ZEROS;
      if (width > 4) wideStrip(a, aRow, aCol, b + at, bRow, y + at, yRow, add, addRow, m, width, depth, over);
      else narrowStrip(a, aRow, aCol, b + at, bRow, y + at, yRow, add, addRow, m, width, depth, over);
      if (!j) break;
    }
    k -= depth;
    if (!k) break;
    a += depth * aCol;
    b += depth * bRow;
    c = y;
    cRow = yRow;
  }
  if (over) v128.store(beyond, kept);
}
