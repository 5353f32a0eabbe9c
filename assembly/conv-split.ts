// Moving images for convolution: into padded planes (one for each phase of a stride), into columns, and sums back.
import { Geometry, Plan } from "./conv-shape";

/** y = 0, n floats, and up to three more */
// @ts-ignore: decorator
@inline
function zeros(y: usize, n: i32): void {
  const end = y + (<usize>n << 2);
  while (y < end) {
    v128.store(y, i32x4.splat(0));
    y += 16;
  }
}

/** y = n floats of x, `step` bytes apart; up to three more are written */
// @ts-ignore: decorator
@inline
function take(x: usize, y: usize, n: i32, step: usize): void {
  const end = y + (<usize>n << 2);
  if (step == 4) {
    while (y < end) {
      v128.store(y, v128.load(x));
      x += 16;
      y += 16;
    }
  } else if (step == 8) {
    while (y < end) {
      v128.store(y, v128.shuffle<f32>(v128.load(x), v128.load(x, 16), 0, 2, 4, 6));
      x += 32;
      y += 16;
    }
  } else {
    while (y < end) {
      store<f32>(y, load<f32>(x));
      x += step;
      y += 4;
    }
  }
}

/** First i >= 0 with i * step + phase >= edge */
// @ts-ignore: decorator
@inline
function firstAt(edge: i32, phase: i32, step: i32): i32 {
  return edge > phase ? (edge - phase + step - 1) / step : 0;
}

/**
 * One image into its planes: y[channel, phaseY, phaseX, i, j] = x[channel, i strideY + phaseY - top, ...], 0 outside.
 * Rows are written in order, so what a whole vector writes past the end of one is written over by the next.
 */
export function split(x: usize, y: usize, p: Plan, g: Geometry): void {
  const strideY = p.gradient ? 1 : <i32>g.strideY, strideX = p.gradient ? 1 : <i32>g.strideX;
  const h = <i32>p.h, w = <i32>p.w, planeW = <i32>p.planeW, planeH = <i32>p.planeH;
  const step = <usize>strideX << 2;
  for (let c: usize = 0; c < p.inner; c++) {
    for (let py: i32 = 0; py < <i32>p.phasesY; py++) {
      for (let px: i32 = 0; px < <i32>p.phasesX; px++) {
        const from = min(firstAt(p.left, px, strideX), planeW);
        const to = max(min(firstAt(p.left + w, px, strideX), planeW), from);
        const column = from * strideX + px - p.left;
        for (let i: i32 = 0; i < planeH; i++) {
          const row = i * strideY + py - p.top;
          if (row < 0 || row >= h || from == to) zeros(y, planeW);
          else {
            zeros(y, from);
            take(x + (<usize>(row * w + column) << 2), y + (<usize>from << 2), to - from, step);
            zeros(y + (<usize>to << 2), planeW - to);
          }
          y += <usize>planeW << 2;
        }
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
    for (let r: usize = 0; r < rows; r++) {
      take(from, to, <i32>cols, 4);
      from += xRow;
      to += width;
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
