// Moving images for convolution: into padded planes (one for each phase of a stride), into columns, and sums back.
import { Geometry, Plan, PLAN } from "./conv-shape";
import { firstLanes } from "./lanes";

/** Four floats of x, STEP apart, and what lies between them: no more than the heap leaves free at its end */
// @ts-ignore: decorator
@inline
export function four(STEP: i32, x: usize): v128 {
  if (STEP == 1) return v128.load(x);
  if (STEP == 2) return v128.shuffle<f32>(v128.load(x), v128.load(x, 16), 0, 2, 4, 6);
  return v128.shuffle<f32>(v128.load(x), v128.load(x, 24), 0, 3, 4, 7);
}

/** What `take` moves: planes of x, and how far they, their rows and those of y are apart, in bytes */
@unmanaged class Move {
  planes: usize;
  rows: usize;
  cols: usize;
  xPlane: usize;
  yPlane: usize;
  xRow: usize;
  yRow: usize;
}
const MOVE = changetype<Move>(memory.data(offsetof<Move>(), 16));

/** Rows of y: floats of x, STEP apart, then zeros up to a whole vector. STEP is a compile-time constant, 1 to 3. */
// @ts-ignore: decorator
@inline
function take(STEP: i32, x: usize, y: usize): void {
  const move = MOVE, rest = move.cols & 3, whole = (move.cols - rest) << 2, mask = firstLanes(rest);
  const xRow = move.xRow, yRow = move.yRow, size = move.rows * yRow;
  for (let left = move.planes; left > 0; left--) {
    const stop = y + size;
    let from = x, to = y;
    // rows of less than a vector have a loop of their own
    if (!whole) {
      for (; to < stop; to += yRow, from += xRow) v128.store(to, v128.and(four(STEP, from), mask));
    }
    for (; to < stop; to += yRow, from += xRow) {
      const end = to + whole;
      let at = from, i = to;
      while (i < end) {
        v128.store(i, four(STEP, at));
        at += 16 * STEP;
        i += 16;
      }
      if (rest) v128.store(i, v128.and(four(STEP, at), mask));
    }
    x += move.xPlane;
    y += move.yPlane;
  }
}
function takeAll(x: usize, y: usize): void {
  take(1, x, y);
}
function takeSecond(x: usize, y: usize): void {
  take(2, x, y);
}
function takeThird(x: usize, y: usize): void {
  take(3, x, y);
}
/** The same of floats `step` bytes apart: one by one, as past a row of wide steps memory may end */
function takeAny(x: usize, y: usize, step: usize): void {
  const move = MOVE;
  for (let left = move.planes; left > 0; left--) {
    for (let r: usize = 0; r < move.rows; r++) {
      const to = y + r * move.yRow, end = to + (move.cols << 2);
      for (let at = x + r * move.xRow, i = to; i < end; i += 4, at += step) store<f32>(i, load<f32>(at));
    }
    x += move.xPlane;
    y += move.yPlane;
  }
}

/** Where the padded planes are no copy: zeros all over, between which `split` puts images, one after the other */
export function clearPlanes(y: usize, images: usize): void {
  if (!PLAN.inPlace) memory.fill(y, 0, images * PLAN.sourceBytes);
}

/** First i >= 0 with i * step + phase >= edge */
// @ts-ignore: decorator
@inline
function firstAt(edge: i32, phase: i32, step: i32): i32 {
  return edge > phase ? (edge - phase + step - 1) / step : 0;
}

// So much of an image is split phase by phase: it stays in L1, while small planes share one call.
const SPLIT_BYTES: usize = 16384;

/** Channels that are split together */
export function splitAtOnce(p: Plan): usize {
  return max<usize>(SPLIT_BYTES / max<usize>((p.h * p.w) << 2, p.channelBytes), 1);
}

/**
 * One image into its planes, cleared before: y[channel, phaseY, phaseX, i, j] = x[channel, i strideY + phaseY - top, ...].
 * Rows of a channel are written in order, so what a whole vector writes past the end of one is zero or written over by the next.
 */
export function split(x: usize, y: usize, p: Plan, g: Geometry): void {
  const strideY = p.gradient ? 1 : <i32>g.strideY, strideX = p.gradient ? 1 : <i32>g.strideX;
  const h = <i32>p.h, w = <i32>p.w, row = p.rowBytes, move = MOVE;
  move.xPlane = <usize>(h * w) << 2;
  move.yPlane = p.channelBytes;
  move.xRow = <usize>(strideY * w) << 2;
  move.yRow = row;
  for (let left: usize = p.inner; left > 0; left -= move.planes) {
    move.planes = min(left, splitAtOnce(p));
    let plane = y;
    for (let py: i32 = 0; py < <i32>p.phasesY; py++) {
      const top = firstAt(p.top, py, strideY), rows = min(firstAt(p.top + h, py, strideY), <i32>p.planeH) - top;
      for (let px: i32 = 0; px < <i32>p.phasesX; px++) {
        const first = firstAt(p.left, px, strideX), cols = min(firstAt(p.left + w, px, strideX), <i32>p.planeW) - first;
        if (rows > 0 && cols > 0) {
          const from = x + (<usize>((top * strideY + py - p.top) * w + first * strideX + px - p.left) << 2);
          const to = plane + <usize>top * row + (<usize>first << 2);
          move.rows = rows;
          move.cols = cols;
          if (strideX == 1) takeAll(from, to);
          else if (strideX == 2) takeSecond(from, to);
          else if (strideX == 3) takeThird(from, to);
          else takeAny(from, to, <usize>strideX << 2);
        }
        plane += p.planeBytes;
      }
    }
    x += move.planes * move.xPlane;
    y += move.planes * move.yPlane;
  }
}

/**
 * Columns: y[tap, r * cols + c] = x[taps[tap] + r * xRow + c], rows of y `pitch` bytes apart. Written in order, whole vectors at a time:
 * y needs 16 bytes more than its last element.
 */
export function columns(
  x: usize, y: usize, taps: usize, count: usize, rows: usize, cols: usize, xRow: usize, pitch: usize,
): void {
  const end = taps + (count << 2), width = cols << 2;
  while (taps < end) {
    let from = x + load<u32>(taps), to = y;
    const stop = y + rows * width;
    if (cols <= 4) {
      while (to < stop) {
        v128.store(to, v128.load(from));
        from += xRow;
        to += width;
      }
    } else {
      while (to < stop) {
        for (let c: usize = 0; c < width; c += 16) v128.store(to + c, v128.load(from + c));
        from += xRow;
        to += width;
      }
    }
    y += pitch;
    taps += 4;
  }
}

/** y[rows, cols] = x, rows xRow and yRow bytes apart; memory.copy costs more than a short row itself */
export function copyRows(x: usize, y: usize, rows: usize, cols: usize, xRow: usize, yRow: usize): void {
  for (let r: usize = 0; r < rows; r++) {
    let from = x, to = y;
    const end = x + (cols << 2), stop = x + ((cols & ~3) << 2);
    while (from < stop) {
      v128.store(to, v128.load(from));
      from += 16;
      to += 16;
    }
    while (from < end) {
      store<f32>(to, load<f32>(from));
      from += 4;
      to += 4;
    }
    x += xRow;
    y += yRow;
  }
}

const ZEROS = memory.data(16, 16);

/** y[r, stepX c] += x[r, c], rows xRow and yRow bytes apart */
export function addPlane(x: usize, y: usize, rows: usize, cols: usize, xRow: usize, yRow: usize, stepX: usize): void {
  if (stepX == 1) addRows(x, y, rows, cols, xRow, yRow);
  else addApart(x, y, rows, cols, xRow, yRow, stepX);
}

function addRows(x: usize, y: usize, rows: usize, cols: usize, xRow: usize, yRow: usize): void {
  const whole = (cols & ~3) << 2, pair = cols & 2, one = cols & 1;
  for (; rows > 0; rows--) {
    let from = x, to = y;
    const stop = x + whole;
    while (from < stop) {
      v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
      from += 16;
      to += 16;
    }
    if (pair) {
      v128.store64_lane(to, f32x4.add(v128.load64_zero(to), v128.load64_zero(from)), 0);
      from += 8;
      to += 8;
    }
    if (one) store<f32>(to, load<f32>(to) + load<f32>(from));
    x += xRow;
    y += yRow;
  }
}

function addApart(x: usize, y: usize, rows: usize, cols: usize, xRow: usize, yRow: usize, stepX: usize): void {
  const step = stepX << 2, zero = v128.load(ZEROS);
  for (; rows > 0; rows--) {
    let from = x, to = y;
    const end = x + (cols << 2);
    if (stepX == 2) {
      // with zeros in between: all but the last floats, so that nothing is written past the row
      while (from + 16 < end) {
        const v = v128.load(from);
        v128.store(to, f32x4.add(v128.load(to), v128.shuffle<f32>(v, zero, 0, 4, 1, 5)));
        v128.store(to, f32x4.add(v128.load(to, 16), v128.shuffle<f32>(v, zero, 2, 6, 3, 7)), 16);
        from += 16;
        to += 32;
      }
    }
    while (from < end) {
      store<f32>(to, load<f32>(to) + load<f32>(from));
      from += 4;
      to += step;
    }
    x += xRow;
    y += yRow;
  }
}

/** The reverse of split: x += what of its padded planes y lies inside the image. */
export function addSplit(y: usize, x: usize, p: Plan, g: Geometry): void {
  const h = <i32>p.h, w = <i32>p.w, strideY = <i32>g.strideY, strideX = <i32>g.strideX;
  for (let py: i32 = 0; py < <i32>p.phasesY; py++) {
    const top = firstAt(p.top, py, strideY), rows = min(firstAt(p.top + h, py, strideY), <i32>p.planeH) - top;
    for (let px: i32 = 0; px < <i32>p.phasesX; px++) {
      const left = firstAt(p.left, px, strideX), cols = min(firstAt(p.left + w, px, strideX), <i32>p.planeW) - left;
      let to = x + (<usize>((top * strideY + py - p.top) * w + left * strideX + px - p.left) << 2);
      let from = y + <usize>top * p.rowBytes + (<usize>left << 2);
      for (let c: usize = 0; c < p.inner && rows > 0 && cols > 0; c++) {
        addPlane(from, to, rows, cols, p.rowBytes, (strideY * w) << 2, strideX);
        to += <usize>(h * w) << 2;
        from += p.channelBytes;
      }
      y += p.planeBytes;
    }
  }
}
