// One layer and direction of an LSTM over all time steps: one product with the inputs, then the time loop.
// Rows are time-major (t, batch). Inside, a gate is `pad` floats wide, so that cells run on whole vectors.
import { addRows, cell, cellGrad, copyRows, sumRows } from "./cell";
import { gemm, gemmWork } from "./matmul";
import { packColumns, packRows } from "./pack";
import { panel } from "./tile";

// Depth of a packed chunk and rows of a block: a panel of 8 columns (8 KB) stays in L1, a block (192 KB) in L2.
const DEPTH: usize = 256;
const ROWS: usize = 192;
const BLOCK: usize = DEPTH * ROWS;

// @ts-expect-error: decorator
@inline
function up8(n: usize): usize {
  return (n + 7) & ~7;
}

// Gates lie together when whole vectors of units fit (H % 4 = 0): one product of 4 H columns. Otherwise four of H.
// @ts-expect-error: decorator
@inline
function padOf(h: usize): usize {
  return h & 3 ? up8(h) : h;
}

/** w[groups len, k] as the right factor w^T of `fold`: a depth chunk after the other, groups padded to 8 columns */
function packForward(w: usize, y: usize, k: usize, groups: usize, len: usize): void {
  for (let p: usize = 0; p < k; p += DEPTH) {
    const depth = min<usize>(k - p, DEPTH);
    for (let g: usize = 0; g < groups; g++) {
      packColumns(w + ((g * len * k + p) << 2), y, depth, len, 4, k << 2);
      y += (up8(len) * depth) << 2;
    }
  }
}

/** w[groups len, n] as the right factor w of `fold`; a depth chunk never crosses a group */
function packBackward(w: usize, y: usize, groups: usize, len: usize, n: usize): void {
  for (let g: usize = 0; g < groups; g++) {
    for (let p: usize = 0; p < len; p += DEPTH) {
      const depth = min<usize>(len - p, DEPTH);
      packColumns(w, y, depth, n, n << 2, 4);
      w += (depth * n) << 2;
      y += (up8(n) * depth) << 2;
    }
  }
}

/** y[m, n] += a w, w packed; the depth is groups of len floats, gap apart in a row of a */
function fold(
  a: usize, aRow: usize, w: usize, y: usize, yRow: usize, work: usize,
  m: usize, n: usize, groups: usize, len: usize, gap: usize,
): void {
  for (let g: usize = 0; g < groups; g++) {
    for (let p: usize = 0; p < len; p += DEPTH) {
      const depth = min<usize>(len - p, DEPTH);
      for (let i: usize = 0; i < m; i += ROWS) {
        const rows = min<usize>(m - i, ROWS), to = y + ((i * yRow) << 2);
        packRows(a + ((i * aRow + g * gap + p) << 2), work, rows, depth, aRow << 2, 4);
        panel(work, w, to, yRow << 2, to, yRow << 2, rows, n, depth);
      }
      w += (n * depth) << 2;
    }
  }
}

/** y[m, groups of len, gap apart] = (accumulate ? y : 0) + x[m, k] w[groups len, k]^T */
function project(
  x: usize, xRow: usize, w: usize, y: usize, yRow: usize, work: usize,
  m: usize, k: usize, groups: usize, len: usize, gap: usize, accumulate: usize,
): void {
  for (let g: usize = 0; g < groups; g++) {
    gemm(x, w + ((g * len * k) << 2), y + ((g * gap) << 2), work, m, len, k, xRow, 1, 1, k, yRow, accumulate);
  }
}

/** gx[m, k] += gy[m, groups of len, gap apart] w[groups len, k] */
function projectGradX(
  gy: usize, gyRow: usize, w: usize, gx: usize, gxRow: usize, work: usize,
  m: usize, k: usize, groups: usize, len: usize, gap: usize,
): void {
  for (let g: usize = 0; g < groups; g++) {
    gemm(gy + ((g * gap) << 2), w + ((g * len * k) << 2), gx, work, m, k, len, gyRow, 1, k, 1, gxRow, 1);
  }
}

/** gw[groups len, k] += gy[m, groups of len, gap apart]^T x[m, k] */
function projectGradW(
  gy: usize, gyRow: usize, x: usize, xRow: usize, gw: usize, work: usize,
  m: usize, k: usize, groups: usize, len: usize, gap: usize,
): void {
  for (let g: usize = 0; g < groups; g++) {
    gemm(gy + ((g * gap) << 2), x, gw + ((g * len * k) << 2), work, len, k, m, 1, gyRow, xRow, 1, k, 1);
  }
}

/** Bytes of what lstm leaves for lstmGrad: gates [t, b, 4 pad], cells [t + 1, b, pad], states [t + 1, b, up8(r)] */
export function lstmSaved(t: usize, b: usize, h: usize, r: usize): usize {
  const pad = padOf(h);
  return (t * b * 4 * pad + (t + 1) * b * (pad + up8(r))) << 2;
}

/** Scratch bytes of lstm: bias, h before its projection, a packed depth chunk, packed weights, the largest product */
export function lstmWork(t: usize, b: usize, i: usize, h: usize, r: usize): usize {
  const pad = padOf(h), wide = up8(max<usize>(h, r));
  const floats = pad * 4 * (1 + r) + b * wide + BLOCK + wide * wide;
  return (floats << 2) + gemmWork(t * b, 4 * h, max<usize>(i, wide));
}

/** Scratch bytes of lstmGrad: gradients of gates, of projections and of h; the rest as lstm */
export function lstmGradWork(t: usize, b: usize, i: usize, h: usize, r: usize): usize {
  const m = t * b, pad = padOf(h), wide = up8(max<usize>(h, r)), most = max<usize>(i, wide);
  const floats = m * (5 * pad + up8(r)) + 2 * b * wide + 8 * pad + BLOCK + 4 * h * up8(r) + wide * wide;
  return (floats << 2) + max<usize>(gemmWork(m, most, 4 * h), gemmWork(4 * h, most, m));
}

/**
 * y[t, b, r] with rows yRow floats apart, hN[b, r], cN[b, h] of an LSTM of x[t, b, i] from h0 and c0 (0: zeros).
 * wIh[4 h, i], wHh[4 h, r], biases[4 h] or 0, wHr[r, h] or 0; gates in the order i, f, g, o.
 */
export function lstm(
  x: usize, wIh: usize, wHh: usize, bIh: usize, bHh: usize, wHr: usize, h0: usize, c0: usize,
  y: usize, hN: usize, cN: usize, saved: usize, work: usize,
  t: usize, b: usize, i: usize, h: usize, r: usize, yRow: usize, reverse: usize,
): void {
  const pad = padOf(h), groups: usize = h & 3 ? 4 : 1, len: usize = (4 * h) / groups;
  const hRow = up8(r), oRow = up8(h);
  const gatesStep = (b * 4 * pad) << 2, cellStep = (b * pad) << 2, hStep = (b * hRow) << 2;
  const cells = saved + t * gatesStep, hidden = cells + (t + 1) * cellStep;
  const bias = work, out = bias + (4 * pad << 2), left = out + ((b * oRow) << 2);
  const packedH = left + (BLOCK << 2), packedR = packedH + ((4 * pad * r) << 2);
  const scratch = packedR + (wHr ? (hRow * h) << 2 : 0);
  // one or two rows of many cells, or a single step, do not repay the packing: 1.2 to 2.8 times faster from 64 cells on
  const direct = t < 2 || (b <= 2 && h >= 32 * b);

  memory.fill(bias, 0, 4 * pad << 2);
  if (bIh) addRows(bIh, h << 2, bias, pad << 2, 4, h);
  if (bHh) addRows(bHh, h << 2, bias, pad << 2, 4, h);
  if (!direct) {
    packForward(wHh, packedH, r, groups, len);
    if (wHr) packForward(wHr, packedR, h, 1, r);
  }
  project(x, i, wIh, saved, 4 * pad, scratch, t * b, i, groups, len, pad, 0);

  const first = reverse ? t : 0;
  memory.fill(hidden + first * hStep, 0, hStep);
  if (h0) copyRows(h0, r << 2, hidden + first * hStep, hRow << 2, b, r);
  memory.fill(cells + first * cellStep, 0, cellStep);
  if (c0) copyRows(c0, h << 2, cells + first * cellStep, pad << 2, b, h);

  for (let s: usize = 0; s < t; s++) {
    const now = reverse ? t - 1 - s : s, from = now + reverse, to = now + 1 - reverse;
    const gates = saved + now * gatesStep, hOld = hidden + from * hStep, hNew = hidden + to * hStep;
    if (s > 0 || h0) {
      if (direct) project(hOld, hRow, wHh, gates, 4 * pad, scratch, b, r, groups, len, pad, 1);
      else fold(hOld, hRow, packedH, gates, 4 * pad, left, b, 4 * pad, 1, r, 0);
    }
    const full = wHr ? out : hNew, fullRow = (wHr ? oRow : hRow) << 2;
    cell(gates, bias, cells + from * cellStep, cells + to * cellStep, full, fullRow, b, pad);
    if (wHr) {
      if (direct) {
        project(out, oRow, wHr, hNew, hRow, scratch, b, h, 1, r, 0, 0);
      } else {
        memory.fill(hNew, 0, hStep);
        fold(out, oRow, packedR, hNew, hRow, left, b, hRow, 1, h, 0);
      }
    }
    copyRows(hNew, hRow << 2, y + ((now * b * yRow) << 2), yRow << 2, b, r);
  }
  const last = t - first;
  copyRows(hidden + last * hStep, hRow << 2, hN, r << 2, b, r);
  copyRows(cells + last * cellStep, pad << 2, cN, h << 2, b, h);
}

/** Gradients of lstm, each added where its address is not 0; gy[t, b, r] with rows yRow floats apart, ghN, gcN */
export function lstmGrad(
  x: usize, wIh: usize, wHh: usize, wHr: usize, gy: usize, ghN: usize, gcN: usize, saved: usize,
  gx: usize, gwIh: usize, gwHh: usize, gbIh: usize, gbHh: usize, gwHr: usize, gh0: usize, gc0: usize, work: usize,
  t: usize, b: usize, i: usize, h: usize, r: usize, yRow: usize, reverse: usize,
): void {
  const pad = padOf(h), groups: usize = h & 3 ? 4 : 1, len: usize = (4 * h) / groups;
  const m = t * b, hRow = up8(r), oRow = up8(h);
  const gatesStep = (b * 4 * pad) << 2, cellStep = (b * pad) << 2, hStep = (b * hRow) << 2;
  const cells = saved + t * gatesStep, hidden = cells + (t + 1) * cellStep;
  const dGates = work, out = dGates + t * gatesStep, dh = out + (wHr ? t * cellStep : 0);
  const dOut = dh + (wHr ? t : 1) * hStep, dc = dOut + ((b * oRow) << 2);
  const bias = dc + cellStep, left = bias + (8 * pad << 2), packedH = left + (BLOCK << 2);
  const packedR = packedH + ((4 * h * hRow) << 2), scratch = packedR + (wHr ? (oRow * r) << 2 : 0);
  const direct = t < 2 || b <= 2;
  if (!direct) {
    packBackward(wHh, packedH, groups, len, r);
    if (wHr) packBackward(wHr, packedR, 1, r, h);
  }

  memory.fill(dc, 0, cellStep);
  copyRows(gcN, h << 2, dc, pad << 2, b, h);
  for (let s = t; s-- > 0; ) {
    const now = reverse ? t - 1 - s : s, from = now + reverse, to = now + 1 - reverse;
    const gates = saved + now * gatesStep, dNow = dh + (wHr ? now * hStep : 0);
    copyRows(gy + ((now * b * yRow) << 2), yRow << 2, dNow, hRow << 2, b, r);
    if (s + 1 === t) {
      addRows(ghN, r << 2, dNow, hRow << 2, b, r);
    } else {
      const later = dGates + (reverse ? now - 1 : now + 1) * gatesStep;
      if (direct) projectGradX(later, 4 * pad, wHh, dNow, hRow, scratch, b, r, groups, len, pad);
      else fold(later, 4 * pad, packedH, dNow, hRow, left, b, hRow, groups, len, pad);
    }
    if (wHr) {
      memory.fill(dOut, 0, (b * oRow) << 2);
      if (direct) projectGradX(dNow, hRow, wHr, dOut, oRow, scratch, b, h, 1, r, 0);
      else fold(dNow, hRow, packedR, dOut, oRow, left, b, oRow, 1, r, 0);
    }
    const keep = wHr ? out + now * cellStep : 0;
    cellGrad(
      gates, cells + from * cellStep, cells + to * cellStep, wHr ? dOut : dNow, (wHr ? oRow : hRow) << 2, dc,
      dGates + now * gatesStep, keep, b, pad,
    );
  }

  const start = dGates + (reverse ? t - 1 : 0) * gatesStep;
  if (gh0) projectGradX(start, 4 * pad, wHh, gh0, r, scratch, b, r, groups, len, pad);
  if (gc0) addRows(dc, pad << 2, gc0, h << 2, b, h);
  if (gx) projectGradX(dGates, 4 * pad, wIh, gx, i, scratch, m, i, groups, len, pad);
  if (gwIh) projectGradW(dGates, 4 * pad, x, i, gwIh, scratch, m, i, groups, len, pad);
  if (gwHh) projectGradW(dGates, 4 * pad, hidden + reverse * hStep, hRow, gwHh, scratch, m, r, groups, len, pad);
  if (gwHr) projectGradW(dh, hRow, out, pad, gwHr, scratch, m, h, 1, r, 0);
  if (gbIh || gbHh) {
    sumRows(dGates, bias, bias + (4 * pad << 2), m, 4 * pad);
    if (gbIh) addRows(bias, pad << 2, gbIh, h << 2, 4, h);
    if (gbHh) addRows(bias, pad << 2, gbHh, h << 2, 4, h);
  }
}
