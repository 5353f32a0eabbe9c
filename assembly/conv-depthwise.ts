// Depthwise convolution: one input and one output channel a group, each plane by itself.
import { addPlane, clearPlanes, split, splitAtOnce } from "./conv-split";
import { Geometry, lines, listTaps, phaseSize, PLAN } from "./conv-shape";
import { fma, splatAt } from "./lanes";

@unmanaged class Parts {
  taps: usize;
  weights: usize;
  /** weights in the order of the taps */
  packed: usize;
  source: usize;
  out: usize;
  /** where the taps of each phase end, in bytes from the first */
  ends: usize;
}
const PARTS = changetype<Parts>(memory.data(offsetof<Parts>(), 16));

/** Lays out the work area. Gives its size in bytes. */
export function layOutDepthwise(g: Geometry, work: usize): usize {
  const p = PLAN, l = PARTS, taps = lines((g.kh * g.kw) << 2);
  l.taps = work;
  l.weights = l.taps + taps;
  l.packed = l.weights + taps;
  l.source = l.packed + taps;
  l.out = l.source + (p.inPlace ? 0 : lines(splitAtOnce(p) * p.channelBytes));
  l.ends = l.out + (p.gradient || p.outW < 4 ? lines((p.outH * p.outW) << 2) : 0);
  return l.ends + lines((p.stepY * p.stepX) << 2) - work;
}

/** y[0..4] = bias + the 3x3 taps: rows at p0, p1, p2, columns 0, d1, d2 bytes from there */
// @ts-ignore: decorator
@inline
function nine(
  p0: usize, p1: usize, p2: usize, d1: usize, d2: usize, bias: v128,
  w0: v128, w1: v128, w2: v128, w3: v128, w4: v128, w5: v128, w6: v128, w7: v128, w8: v128,
): v128 {
  let s = fma(w0, v128.load(p0), bias);
  s = fma(w1, v128.load(p0 + d1), s);
  s = fma(w2, v128.load(p0 + d2), s);
  s = fma(w3, v128.load(p1), s);
  s = fma(w4, v128.load(p1 + d1), s);
  s = fma(w5, v128.load(p1 + d2), s);
  s = fma(w6, v128.load(p2), s);
  s = fma(w7, v128.load(p2 + d1), s);
  return fma(w8, v128.load(p2 + d2), s);
}

/** A plane of 3x3 taps with all nine weights in registers; cols >= 4, the last vector of a row overlaps the one before. */
function plane3x3(x: usize, taps: usize, w: usize, bias: v128, y: usize, rows: usize, cols: usize, xRow: usize): void {
  const w0 = splatAt(w, 0), w1 = splatAt(w, 1), w2 = splatAt(w, 2), w3 = splatAt(w, 3), w4 = splatAt(w, 4);
  const w5 = splatAt(w, 5), w6 = splatAt(w, 6), w7 = splatAt(w, 7), w8 = splatAt(w, 8);
  const t0: usize = load<u32>(taps), t1: usize = load<u32>(taps, 12), t2: usize = load<u32>(taps, 24);
  const d1 = <usize>load<u32>(taps, 4) - t0, d2 = <usize>load<u32>(taps, 8) - t0;
  const last = (cols - 4) << 2;
  for (let r: usize = 0; r < rows; r++) {
    const p0 = x + t0, p1 = x + t1, p2 = x + t2;
    for (let c: usize = 0; c < last; c += 16) {
      v128.store(y + c, nine(p0 + c, p1 + c, p2 + c, d1, d2, bias, w0, w1, w2, w3, w4, w5, w6, w7, w8));
    }
    v128.store(y + last, nine(p0 + last, p1 + last, p2 + last, d1, d2, bias, w0, w1, w2, w3, w4, w5, w6, w7, w8));
    x += xRow;
    y += cols << 2;
  }
}

// Rows of fewer than 4 columns take a vector each: what it writes too much is written over by the next, so rows go in order.
// @ts-ignore: decorator
@inline
function lastOf(cols: usize): usize {
  return (max<usize>(cols, 4) - 4) << 2;
}

/** The same of four taps, anywhere */
function planeFour(x: usize, taps: usize, w: usize, bias: v128, y: usize, rows: usize, cols: usize, xRow: usize): void {
  const w0 = splatAt(w, 0), w1 = splatAt(w, 1), w2 = splatAt(w, 2), w3 = splatAt(w, 3), last = lastOf(cols);
  const t0: usize = load<u32>(taps), t1: usize = load<u32>(taps, 4), t2: usize = load<u32>(taps, 8), t3: usize = load<u32>(taps, 12);
  for (; rows > 0; rows--) {
    for (let i: usize = 0; i <= last + 12; i += 16) {
      const c = min(i, last), p = x + c;
      let s = fma(w0, v128.load(p + t0), bias);
      s = fma(w1, v128.load(p + t1), s);
      s = fma(w2, v128.load(p + t2), s);
      v128.store(y + c, fma(w3, v128.load(p + t3), s));
    }
    x += xRow;
    y += cols << 2;
  }
}

/** A plane of any taps, four vectors at a time wherever they are; the last vector of a row overlaps the one before. */
function planeAny(
  x: usize, taps: usize, end: usize, w: usize, bias: v128, y: usize, rows: usize, cols: usize, xRow: usize,
): void {
  const last = lastOf(cols);
  let r: usize = 0, c: usize = 0;
  let p0 = x, y0 = y, p1 = x, y1 = y, p2 = x, y2 = y, p3 = x, y3 = y;
  while (r < rows) {
    // after the last row the vectors that are left over repeat the one before
    p0 = x + c, y0 = y + c;
    if (c == last) (r++), (c = 0), (x += xRow), (y += cols << 2);
    else c = min(c + 16, last);
    if (r < rows) (p1 = x + c), (y1 = y + c);
    else (p1 = p0), (y1 = y0);
    if (c == last) (r++), (c = 0), (x += xRow), (y += cols << 2);
    else c = min(c + 16, last);
    if (r < rows) (p2 = x + c), (y2 = y + c);
    else (p2 = p1), (y2 = y1);
    if (c == last) (r++), (c = 0), (x += xRow), (y += cols << 2);
    else c = min(c + 16, last);
    if (r < rows) (p3 = x + c), (y3 = y + c);
    else (p3 = p2), (y3 = y2);
    if (c == last) (r++), (c = 0), (x += xRow), (y += cols << 2);
    else c = min(c + 16, last);
    let a0 = bias, a1 = bias, a2 = bias, a3 = bias;
    for (let t = taps, v = w; t < end; t += 4, v += 4) {
      const o = load<u32>(t), s = splatAt(v, 0);
      a0 = fma(s, v128.load(p0 + o), a0);
      a1 = fma(s, v128.load(p1 + o), a1);
      a2 = fma(s, v128.load(p2 + o), a2);
      a3 = fma(s, v128.load(p3 + o), a3);
    }
    v128.store(y0, a0);
    v128.store(y1, a1);
    v128.store(y2, a2);
    v128.store(y3, a3);
  }
}

/** Kernels of one tap that read planes in place: y = w x + bias of `size` floats each */
export function scalePlanes(g: Geometry, x: usize, w: usize, bias: usize, y: usize, size: usize): void {
  for (let planes = g.n; planes > 0; planes--) {
    for (let group: usize = 0; group < g.groups; group++) {
      const s = splatAt(w, group), b = bias ? splatAt(bias, group) : f32x4.splat(0), end = y + (size << 2);
      for (; y + 32 <= end; y += 32) {
        v128.store(y, fma(s, v128.load(x), b));
        v128.store(y, fma(s, v128.load(x, 16), b), 16);
        x += 32;
      }
      for (; y < end; y += 4) {
        v128.store32_lane(y, fma(s, v128.load32_zero(x), b), 0);
        x += 4;
      }
    }
  }
}

/** y = the plan's correlation of each plane of x with its own kernel: written with its bias (or 0), or added where the plan is a gradient */
export function depthwise(g: Geometry, x: usize, w: usize, bias: usize, y: usize, work: usize): void {
  const p = PLAN, l = PARTS, size = g.kh * g.kw, phases = p.stepY * p.stepX;
  layOutDepthwise(g, work);
  const xPlane = (p.h * p.w) << 2, yPlane = (p.outH * p.outW) << 2;
  // the taps of all phases, one after the other: together they are the whole kernel
  for (let phase: usize = 0, at: usize = 0; phase < phases; phase++) {
    const count = listTaps(g, phase / p.stepX, phase % p.stepX, l.taps + at, l.weights + at) << 2;
    at += count;
    store<u32>(l.ends + (phase << 2), at);
  }
  // the planes of all images follow each other: some are split together
  const planes: usize = g.n * g.groups, most = splitAtOnce(p);
  clearPlanes(l.source, most);
  for (let i: usize = 0; i < planes; i++) {
    const group = i % g.groups, from = x + i * xPlane;
    const b: f32 = bias ? load<f32>(bias + (group << 2)) : 0;
    const part = i % most, source = p.inPlace ? from : l.source + part * p.channelBytes;
    if (!p.inPlace && part == 0) {
      p.inner = min(planes - i, most);
      split(from, source, p, g);
    }
    for (let t: usize = 0; t < load<u32>(l.ends + ((phases - 1) << 2)); t += 4) {
      store<f32>(l.packed + t, load<f32>(w + ((group * size) << 2) + load<u32>(l.weights + t)));
    }
    for (let phase: usize = 0, at: usize = 0; phase < phases; phase++) {
      const py = phase / p.stepX, px = phase % p.stepX, end: usize = load<u32>(l.ends + (phase << 2));
      const to = y + i * yPlane + ((py * p.outW + px) << 2);
      if (!p.gradient) {
        // past the last plane of all nothing may be written
        const exact = p.outW < 4 && (planes - 1 - i) * yPlane < 16;
        plane(g, source, at, end, b, exact ? l.out : to, p.outH, p.outW);
        if (exact) memory.copy(to, l.out, yPlane);
      } else if (at < end) {
        const rows = phaseSize(p.outH, py, p.stepY), cols = phaseSize(p.outW, px, p.stepX);
        plane(g, source, at, end, b, l.out, rows, cols);
        addPlane(l.out, to, rows, cols, cols << 2, (p.stepY * p.outW) << 2, p.stepX);
      }
      at = end;
    }
  }
}

/** y[rows, cols] from the taps at..end of PARTS */
function plane(g: Geometry, x: usize, at: usize, end: usize, bias: f32, y: usize, rows: usize, cols: usize): void {
  const row = PLAN.rowBytes, taps = PARTS.taps + at, w = PARTS.packed + at;
  if (cols << 2 == row) {
    cols *= rows;
    rows = 1;
  }
  if (end - at == 36 && g.kh == 3 && cols >= 4) plane3x3(x, taps, w, f32x4.splat(bias), y, rows, cols, row);
  else if (end - at == 16) planeFour(x, taps, w, f32x4.splat(bias), y, rows, cols, row);
  else if (rows > 0) planeAny(x, taps, PARTS.taps + end, w, f32x4.splat(bias), y, rows, cols, row);
}
