// Moving images for convolution: into padded planes (one for each phase of a stride), into columns, and sums back.
import { Geometry, Plan, PLAN } from "./conv-shape";
import { firstLanes } from "./lanes";

/** Four floats of x, STEP apart, and what lies between them: no more than the heap leaves free at its end */
// @ts-ignore: decorator
@inline
function four(STEP: i32, x: usize): v128 {
  if (STEP == 1) return v128.load(x);
  if (STEP == 2) return v128.shuffle<f32>(v128.load(x), v128.load(x, 16), 0, 2, 4, 6);
  return v128.shuffle<f32>(v128.load(x), v128.load(x, 24), 0, 3, 4, 7);
}

/**
 * Rows of y, yRow bytes apart: `cols` floats of x, STEP apart, then zeros up to a whole vector. Rows of x are xRow bytes apart. STEP is a
 * compile-time constant, 1 to 3.
 */
// @ts-ignore: decorator
@inline
function take(STEP: i32, x: usize, y: usize, rows: i32, cols: usize, yRow: usize, xRow: usize): void {
  const whole = (cols & ~3) << 2, rest = cols & 3, mask = firstLanes(rest);
  for (; rows > 0; rows--) {
    const end = y + whole;
    let at = x, i = y;
    while (i < end) {
      v128.store(i, four(STEP, at));
      at += 16 * STEP;
      i += 16;
    }
    if (rest) v128.store(i, v128.and(four(STEP, at), mask));
    x += xRow;
    y += yRow;
  }
}
function takeAll(x: usize, y: usize, rows: i32, cols: usize, yRow: usize, xRow: usize): void {
  take(1, x, y, rows, cols, yRow, xRow);
}
function takeSecond(x: usize, y: usize, rows: i32, cols: usize, yRow: usize, xRow: usize): void {
  take(2, x, y, rows, cols, yRow, xRow);
}
function takeThird(x: usize, y: usize, rows: i32, cols: usize, yRow: usize, xRow: usize): void {
  take(3, x, y, rows, cols, yRow, xRow);
}
/** The same of floats `step` bytes apart: one by one, as past a row of wide steps memory may end */
function takeAny(x: usize, y: usize, rows: i32, cols: usize, yRow: usize, xRow: usize, step: usize): void {
  for (; rows > 0; rows--) {
    const end = y + (cols << 2);
    for (let at = x, i = y; i < end; i += 4, at += step) store<f32>(i, load<f32>(at));
    x += xRow;
    y += yRow;
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

/**
 * One image into its planes, cleared before: y[channel, phaseY, phaseX, i, j] = x[channel, i strideY + phaseY - top, ...].
 * Rows are written in order, so what a whole vector writes past the end of one is zero or written over by the next.
 */
export function split(x: usize, y: usize, p: Plan, g: Geometry): void {
  const strideY = p.gradient ? 1 : <i32>g.strideY, strideX = p.gradient ? 1 : <i32>g.strideX;
  const h = <i32>p.h, w = <i32>p.w, planeW = <i32>p.planeW, planeH = <i32>p.planeH, row = p.rowBytes;
  const xRow = <usize>(strideY * w) << 2, step = <usize>strideX << 2;
  for (let c: usize = 0; c < p.inner; c++) {
    for (let py: i32 = 0; py < <i32>p.phasesY; py++) {
      const first = firstAt(p.top, py, strideY), rows = min(firstAt(p.top + h, py, strideY), planeH) - first;
      for (let px: i32 = 0; px < <i32>p.phasesX; px++) {
        const left = firstAt(p.left, px, strideX), cols = min(firstAt(p.left + w, px, strideX), planeW) - left;
        const from = x + (<usize>((first * strideY + py - p.top) * w + left * strideX + px - p.left) << 2);
        const to = y + <usize>first * row + (<usize>left << 2);
        if (cols > 0) {
          if (strideX == 1) takeAll(from, to, rows, cols, row, xRow);
          else if (strideX == 2) takeSecond(from, to, rows, cols, row, xRow);
          else if (strideX == 3) takeThird(from, to, rows, cols, row, xRow);
          else takeAny(from, to, rows, cols, row, xRow, step);
        }
        y += planeH * row;
      }
    }
    x += <usize>(h * w) << 2;
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
  const whole = stepX == 1 ? (cols & ~3) << 2 : 0, step = stepX << 2, zero = v128.load(ZEROS);
  for (let r: usize = 0; r < rows; r++) {
    let from = x, to = y;
    const end = x + (cols << 2), stop = x + whole;
    while (from < stop) {
      v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
      from += 16;
      to += 16;
    }
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
  for (let c: usize = 0; c < p.inner; c++) {
    for (let py: i32 = 0; py < <i32>p.phasesY; py++) {
      for (let px: i32 = 0; px < <i32>p.phasesX; px++) {
        const r = firstAt(p.top, py, strideY), q = firstAt(p.left, px, strideX);
        const rows = min(firstAt(p.top + h, py, strideY), <i32>p.planeH) - r;
        const cols = min(firstAt(p.left + w, px, strideX), <i32>p.planeW) - q;
        if (rows > 0 && cols > 0) {
          const to = x + (<usize>((r * strideY + py - p.top) * w + q * strideX + px - p.left) << 2);
          const from = y + <usize>r * p.rowBytes + (<usize>q << 2);
          addPlane(from, to, rows, cols, p.rowBytes, (strideY * w) << 2, strideX);
        }
        y += p.planeH * p.rowBytes;
      }
    }
    x += <usize>(h * w) << 2;
  }
}
