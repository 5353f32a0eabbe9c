// The inner loops of convolution: up to 6 output channels x 8 columns at a time, the input read in place through a table of tap offsets.
import { fma, splatAt } from "./lanes";
import { groupRows, ROWS } from "./tile";

// Columns that all output channels take their turn at, so that what they read stays in L1.
const BLOCK: usize = 16;
const PANEL_ROW: usize = (BLOCK + 8) << 2;
// In the plain build what a block reads is gathered first: 33 GFLOP/s instead of 26 at 576 taps. The relaxed one gains nothing.
const PANELS: bool = !ASC_FEATURE_RELAXED_SIMD;

/**
 * y[m, 0..4 NV] = bias[m] + sum over t of a[t, m] * x[taps[t] + 0..4 NV] for MR rows m, NV vectors wide; STEP, MR and NV are compile-time
 * constants. a: MR floats a tap; taps..end: byte offsets (u32), or with a STEP that of each tap from the last, until a is at end; bias: MR floats, or 0 to add to what y holds; ldy: bytes between rows of y.
 */
// @ts-ignore: decorator
@inline
function tile(STEP: usize, MR: i32, NV: i32, a: usize, x: usize, taps: usize, end: usize, bias: usize, y: usize, ldy: usize): void {
  const y1 = y + ldy, y2 = y1 + ldy, y3 = y2 + ldy, y4 = y3 + ldy, y5 = y4 + ldy;
  let l0 = f32x4.splat(0), r0 = l0, l1 = l0, r1 = l0, l2 = l0, r2 = l0, l3 = l0, r3 = l0, l4 = l0, r4 = l0, l5 = l0, r5 = l0;
  if (bias) {
    l0 = r0 = splatAt(bias, 0);
    if (MR > 1) l1 = r1 = splatAt(bias, 1);
    if (MR > 2) l2 = r2 = splatAt(bias, 2);
    if (MR > 3) l3 = r3 = splatAt(bias, 3);
    if (MR > 4) l4 = r4 = splatAt(bias, 4);
    if (MR > 5) l5 = r5 = splatAt(bias, 5);
  } else {
    l0 = v128.load(y);
    if (MR > 1) l1 = v128.load(y1);
    if (MR > 2) l2 = v128.load(y2);
    if (MR > 3) l3 = v128.load(y3);
    if (MR > 4) l4 = v128.load(y4);
    if (MR > 5) l5 = v128.load(y5);
    if (NV > 1) {
      r0 = v128.load(y, 16);
      if (MR > 1) r1 = v128.load(y1, 16);
      if (MR > 2) r2 = v128.load(y2, 16);
      if (MR > 3) r3 = v128.load(y3, 16);
      if (MR > 4) r4 = v128.load(y4, 16);
      if (MR > 5) r5 = v128.load(y5, 16);
    }
  }
  while ((STEP ? a : taps) < end) {
    const p = STEP ? x : x + load<u32>(taps);
    const left = v128.load(p);
    const right = NV > 1 ? v128.load(p, 16) : left;
    let s = splatAt(a, 0);
    l0 = fma(s, left, l0);
    if (NV > 1) r0 = fma(s, right, r0);
    if (MR > 1) {
      s = splatAt(a, 1);
      l1 = fma(s, left, l1);
      if (NV > 1) r1 = fma(s, right, r1);
    }
    if (MR > 2) {
      s = splatAt(a, 2);
      l2 = fma(s, left, l2);
      if (NV > 1) r2 = fma(s, right, r2);
    }
    if (MR > 3) {
      s = splatAt(a, 3);
      l3 = fma(s, left, l3);
      if (NV > 1) r3 = fma(s, right, r3);
    }
    if (MR > 4) {
      s = splatAt(a, 4);
      l4 = fma(s, left, l4);
      if (NV > 1) r4 = fma(s, right, r4);
    }
    if (MR > 5) {
      s = splatAt(a, 5);
      l5 = fma(s, left, l5);
      if (NV > 1) r5 = fma(s, right, r5);
    }
    a += MR << 2;
    if (STEP) x += STEP;
    else taps += 4;
  }
  v128.store(y, l0);
  if (MR > 1) v128.store(y1, l1);
  if (MR > 2) v128.store(y2, l2);
  if (MR > 3) v128.store(y3, l3);
  if (MR > 4) v128.store(y4, l4);
  if (MR > 5) v128.store(y5, l5);
  if (NV > 1) {
    v128.store(y, r0, 16);
    if (MR > 1) v128.store(y1, r1, 16);
    if (MR > 2) v128.store(y2, r2, 16);
    if (MR > 3) v128.store(y3, r3, 16);
    if (MR > 4) v128.store(y4, r4, 16);
    if (MR > 5) v128.store(y5, r5, 16);
  }
}

/**
 * A row of tiles, cols >= 4. What is left of the last tile is covered by one that overlaps its neighbour and computes the same
 * values again: so where bias is 0 (adding to y), cols must be a multiple of 4.
 */
// @ts-ignore: decorator
@inline
function row(STEP: usize, MR: i32, a: usize, x: usize, taps: usize, end: usize, bias: usize, y: usize, ldy: usize, cols: usize): void {
  const wide = (cols & 7) > 4 && cols > 8 ? cols : cols & ~7;
  let c: usize = 0;
  for (; c < wide; c += 8) {
    const at = min(c, cols - 8) << 2;
    tile(STEP, MR, 2, a, x + at, taps, end, bias, y + at, ldy);
  }
  for (; c < cols; c += 4) {
    const at = min(c, cols - 4) << 2;
    tile(STEP, MR, 1, a, x + at, taps, end, bias, y + at, ldy);
  }
}

// One function each: small enough for V8's optimizing compiler to keep every accumulator in a register.
function row1(a: usize, x: usize, taps: usize, end: usize, bias: usize, y: usize, ldy: usize, cols: usize): void {
  row(0, 1, a, x, taps, end, bias, y, ldy, cols);
}
function row2(a: usize, x: usize, taps: usize, end: usize, bias: usize, y: usize, ldy: usize, cols: usize): void {
  row(0, 2, a, x, taps, end, bias, y, ldy, cols);
}
function row3(a: usize, x: usize, taps: usize, end: usize, bias: usize, y: usize, ldy: usize, cols: usize): void {
  row(0, 3, a, x, taps, end, bias, y, ldy, cols);
}
function row4(a: usize, x: usize, taps: usize, end: usize, bias: usize, y: usize, ldy: usize, cols: usize): void {
  row(0, 4, a, x, taps, end, bias, y, ldy, cols);
}
function row5(a: usize, x: usize, taps: usize, end: usize, bias: usize, y: usize, ldy: usize, cols: usize): void {
  row(0, 5, a, x, taps, end, bias, y, ldy, cols);
}
function row6(a: usize, x: usize, taps: usize, end: usize, bias: usize, y: usize, ldy: usize, cols: usize): void {
  row(0, 6, a, x, taps, end, bias, y, ldy, cols);
}

/** Whole tiles of a gathered panel: in V8 of Node 20, 36 GFLOP/s instead of the 31 of row4 */
function rowOfPanel(a: usize, x: usize, end: usize, bias: usize, y: usize, ldy: usize, cols: usize): void {
  row(PANEL_ROW, <i32>ROWS, a, x, 0, end, bias, y, ldy, cols);
}

/** Bytes that `correlate` wants beside its operands for `count` taps */
// @ts-ignore: decorator
@inline
export function panelBytes(count: usize): usize {
  return PANELS ? (count << 2) + 64 + count * PANEL_ROW + 64 : 0;
}

/** What `width` <= BLOCK + 8 columns read, tap after tap, whole vectors each, and where: tap k at PANEL_ROW k bytes */
function gather(x: usize, taps: usize, end: usize, width: usize, steps: usize, panel: usize): void {
  const stop = width << 2;
  let at: u32 = 0;
  while (taps < end) {
    const from = x + load<u32>(taps);
    for (let c: usize = 0; c < stop; c += 16) v128.store(panel + c, v128.load(from + c));
    store<u32>(steps, at);
    panel += PANEL_ROW;
    at += <u32>PANEL_ROW;
    taps += 4;
    steps += 4;
  }
}

/**
 * y[m, r, c] = bias[m] + the correlation of x with packed weights (packRows: groups of rows, one after the other, `count` taps each).
 * bias 0 adds to what y holds. panel: panelBytes(count) of scratch. xRow, yRow, ldy: bytes between rows of x, rows of y, channels of y.
 */
export function correlate(
  a: usize, x: usize, taps: usize, count: usize, bias: usize, y: usize,
  m: usize, rows: usize, cols: usize, xRow: usize, yRow: usize, ldy: usize, panel: usize,
): void {
  const gathers = PANELS && m >= 24 && count >= 64, own = (panel + (count << 2) + 63) & ~63;
  for (let r: usize = 0; r < rows; r++) {
    for (let c: usize = 0; c < cols; ) {
      const width = cols - c < BLOCK + 8 ? cols - c : BLOCK;
      let from = x + (c << 2), at = taps, to = y + (c << 2), w = a, b = bias;
      if (gathers) {
        gather(from, taps, taps + (count << 2), width, panel, own);
        from = own;
        at = panel;
      }
      const end = at + (count << 2);
      for (let left = m; left > 0; ) {
        const mr = groupRows(left);
        if (PANELS && gathers && mr == ROWS) rowOfPanel(w, from, w + ((mr * count) << 2), b, to, ldy, width);
        else if (ROWS > 5 && mr == 6) row6(w, from, at, end, b, to, ldy, width);
        else if (mr == 4) row4(w, from, at, end, b, to, ldy, width);
        else if (mr == 3) row3(w, from, at, end, b, to, ldy, width);
        else if (ROWS > 4 && mr == 5) row5(w, from, at, end, b, to, ldy, width);
        else if (mr == 2) row2(w, from, at, end, b, to, ldy, width);
        else row1(w, from, at, end, b, to, ldy, width);
        w += (mr * count) << 2;
        if (b) b += mr << 2;
        to += mr * ldy;
        left -= mr;
      }
      c += width;
    }
    x += xRow;
    y += yRow;
  }
}
