// 3x3 convolution at unit steps by Winograd's F(2x2, 3x3): each 2x2 block of outputs takes 16 products instead of 36.
// Its error against float64 is below that of the sum over taps (0.5x: fewer terms follow each other); an infinity becomes NaN.
// Every 4x4 tile of the source becomes 16 numbers, all channels of which are multiplied as 16 matrix products.
import { addPlane, copyRows, split } from "./conv-split";
import { Geometry, PLAN } from "./conv-shape";
import { correlate, panelBytes } from "./conv-tile";
import { splatAt } from "./lanes";
import { groupRows } from "./tile";

// The transformed source and output of one block of tiles.
const BLOCK_BYTES: usize = 1 << 19;
const HALF = memory.data<f32>([0.5]);

@unmanaged class Parts {
  /** tiles in a column and in a row of the output */
  th: usize;
  tw: usize;
  /** rows of tiles in a block, bytes of a row of columns, bytes of one of the 16 matrices of weights, source and output */
  rows: usize;
  pitch: usize;
  uBytes: usize;
  vBytes: usize;
  mBytes: usize;
  steps: usize;
  zeros: usize;
  u: usize;
  source: usize;
  v: usize;
  m: usize;
  out: usize;
  panel: usize;
}
const PARTS = changetype<Parts>(memory.data(offsetof<Parts>(), 16));

// @ts-ignore: decorator
@inline
function lines(bytes: usize): usize {
  return (bytes + 127) & ~63;
}

/** Whether the geometry allows it and it is estimated to take less time than tiles of the image in place. */
export function winogradPays(g: Geometry, inner: usize, outer: usize, h: usize, w: usize): bool {
  if (g.kh != 3 || g.kw != 3 || g.strideY != 1 || g.strideX != 1 || g.dilationY != 1 || g.dilationX != 1) return false;
  if (w < 7 || inner < 8 || outer < 8) return false;
  const tiles = <f32>(g.n * ((h + 1) >> 1) * ((w + 1) >> 1)), products = <f32>(inner * outer);
  const direct: f32 = <f32>(g.n * h * w) * products * 10.8;
  const product: f32 = 19 + 75 / <f32>inner;
  return tiles * products * product + tiles * <f32>(inner * 85 + outer * 50) + products * 56 < direct;
}

/** Lays out the work area, and the plan's source in whole tiles. Gives the size in bytes. */
export function layOutWinograd(g: Geometry, work: usize): usize {
  const p = PLAN, l = PARTS;
  l.th = (p.outH + 1) >> 1;
  l.tw = (p.outW + 1) >> 1;
  p.planeH = 2 * l.th + 2;
  p.planeW = 2 * l.tw + 2;
  p.inPlace = p.top == 0 && p.left == 0 && p.planeH == p.h && p.planeW == p.w;
  const most = max<usize>(BLOCK_BYTES / ((p.inner + p.outer) << 6), 64);
  l.rows = min(max<usize>(most / l.tw, 1), g.n * l.th);
  l.pitch = (((l.rows * l.tw) << 2) + 63 & ~63) | 64;
  l.uBytes = ((p.inner * p.outer) << 2) + 16;
  // a line more, or at 64 channels all sixteen matrices would fall on the same few sets of the cache
  l.vBytes = p.inner * l.pitch + 64;
  l.mBytes = p.outer * l.pitch + 64;
  l.steps = work;
  l.zeros = l.steps + lines(p.inner << 2);
  l.u = l.zeros + lines(p.outer << 2);
  l.source = l.u + lines(16 * l.uBytes);
  l.v = l.source + (p.inPlace ? 0 : lines(p.sourceBytes));
  l.m = l.v + lines(16 * l.vBytes);
  l.out = l.m + lines(16 * l.mBytes);
  l.panel = l.out + lines(l.tw << 4);
  return l.panel + lines(panelBytes(p.inner)) - work;
}

/** One float of each of four rows, s1, s2 and s3 bytes from the first */
// @ts-ignore: decorator
@inline
function lanes(x: usize, s1: usize, s2: usize, s3: usize): v128 {
  let v = v128.load32_zero(x);
  v = v128.load32_lane(x + s1, v, 1);
  v = v128.load32_lane(x + s2, v, 2);
  return v128.load32_lane(x + s3, v, 3);
}

/** One row of G g: g0, (g0 + g1 + g2) / 2, (g0 - g1 + g2) / 2, g2, each to its matrix */
// @ts-ignore: decorator
@inline
function putFour(y: usize, step: usize, g0: v128, g1: v128, g2: v128, half: v128): void {
  const s = f32x4.mul(f32x4.add(g0, g2), half), d = f32x4.mul(g1, half);
  v128.store(y, g0);
  v128.store(y + step, f32x4.add(s, d));
  v128.store(y + 2 * step, f32x4.sub(s, d));
  v128.store(y + 3 * step, g2);
}

/** U = G g G^T of four rows of a group, in the packed order of their matrices; the taps of g are `tap` bytes apart */
function weightTile(w: usize, s1: usize, s2: usize, s3: usize, tap: usize, y: usize, step: usize): void {
  const half = splatAt(HALF, 0);
  const a0 = lanes(w, s1, s2, s3), a1 = lanes(w + tap, s1, s2, s3), a2 = lanes(w + 2 * tap, s1, s2, s3);
  w += 3 * tap;
  const b0 = lanes(w, s1, s2, s3), b1 = lanes(w + tap, s1, s2, s3), b2 = lanes(w + 2 * tap, s1, s2, s3);
  w += 3 * tap;
  const c0 = lanes(w, s1, s2, s3), c1 = lanes(w + tap, s1, s2, s3), c2 = lanes(w + 2 * tap, s1, s2, s3);
  putFour(y, step, a0, a1, a2, half);
  const s0 = f32x4.mul(f32x4.add(a0, c0), half), d0 = f32x4.mul(b0, half);
  const t1 = f32x4.mul(f32x4.add(a1, c1), half), d1 = f32x4.mul(b1, half);
  const t2 = f32x4.mul(f32x4.add(a2, c2), half), d2 = f32x4.mul(b2, half);
  putFour(y + 4 * step, step, f32x4.add(s0, d0), f32x4.add(t1, d1), f32x4.add(t2, d2), half);
  putFour(y + 8 * step, step, f32x4.sub(s0, d0), f32x4.sub(t1, d1), f32x4.sub(t2, d2), half);
  putFour(y + 12 * step, step, c0, c1, c2, half);
}

/**
 * The weights of a group as 16 matrices [outer, inner], each packed in groups of rows. Whole vectors are written, in order: what a
 * group of fewer than four rows writes too much is written over by the next, or lies past the end of its matrix.
 */
function transformWeights(w: usize, y: usize): void {
  const p = PLAN, l = PARTS;
  const row = p.outerStep << 2;
  // the gradient reads its taps in reverse
  const first: usize = p.gradient ? 32 : 0, tap: usize = p.gradient ? <usize>-4 : 4;
  for (let left: usize = p.outer; left > 0; ) {
    const mr = groupRows(left);
    const s1: usize = mr > 1 ? row : 0, s2: usize = mr > 2 ? 2 * row : 0, s3: usize = mr > 3 ? 3 * row : 0;
    for (let c: usize = 0; c < p.inner; c++) {
      const from = w + ((c * p.innerStep) << 2) + first;
      weightTile(from, s1, s2, s3, tap, y, l.uBytes);
      // five or six rows: the last four once more
      if (mr > 4) weightTile(from + (mr - 4) * row, s1, s2, s3, tap, y + ((mr - 4) << 2), l.uBytes);
      y += mr << 2;
    }
    w += mr * row;
    left -= mr;
  }
}

/** Column j of four tiles side by side: every second float */
// @ts-ignore: decorator
@inline
function even(x: usize): v128 {
  return v128.shuffle<f32>(v128.load(x), v128.load(x, 16), 0, 2, 4, 6);
}
// @ts-ignore: decorator
@inline
function odd(x: usize): v128 {
  return v128.shuffle<f32>(v128.load(x), v128.load(x, 16), 1, 3, 5, 7);
}

/** One row of B^T d: d0 - d2, d1 + d2, d2 - d1, d1 - d3 */
// @ts-ignore: decorator
@inline
function store4(y: usize, step: usize, d0: v128, d1: v128, d2: v128, d3: v128): void {
  v128.store(y, f32x4.sub(d0, d2));
  v128.store(y + step, f32x4.add(d1, d2));
  v128.store(y + 2 * step, f32x4.sub(d2, d1));
  v128.store(y + 3 * step, f32x4.sub(d1, d3));
}

/** V = B^T d B of four tiles side by side at x */
function sourceTiles(x: usize, row: usize, y: usize, step: usize): void {
  const x1 = x + row, x2 = x1 + row, x3 = x2 + row;
  const a0 = even(x), a1 = odd(x), a2 = even(x + 8), a3 = odd(x + 8);
  const c0 = even(x2), c1 = odd(x2), c2 = even(x2 + 8), c3 = odd(x2 + 8);
  store4(y, step, f32x4.sub(a0, c0), f32x4.sub(a1, c1), f32x4.sub(a2, c2), f32x4.sub(a3, c3));
  const b0 = even(x1), b1 = odd(x1), b2 = even(x1 + 8), b3 = odd(x1 + 8);
  store4(y + 4 * step, step, f32x4.add(b0, c0), f32x4.add(b1, c1), f32x4.add(b2, c2), f32x4.add(b3, c3));
  store4(y + 8 * step, step, f32x4.sub(c0, b0), f32x4.sub(c1, b1), f32x4.sub(c2, b2), f32x4.sub(c3, b3));
  const d0 = even(x3), d1 = odd(x3), d2 = even(x3 + 8), d3 = odd(x3 + 8);
  store4(y + 12 * step, step, f32x4.sub(b0, d0), f32x4.sub(b1, d1), f32x4.sub(b2, d2), f32x4.sub(b3, d3));
}

/** Y = A^T m A of four tiles side by side, with a bias: two rows of eight outputs, `row` bytes apart */
function outputTiles(m: usize, step: usize, y: usize, row: usize, bias: v128): void {
  // columns first: m0 + m1 + m2 and m1 - m2 - m3 of each of the four columns
  const a1 = v128.load(m + 4 * step), a2 = v128.load(m + 8 * step);
  const s0 = f32x4.add(f32x4.add(v128.load(m), a1), a2);
  const t0 = f32x4.sub(f32x4.sub(a1, a2), v128.load(m + 12 * step));
  m += step;
  const b1 = v128.load(m + 4 * step), b2 = v128.load(m + 8 * step);
  const s1 = f32x4.add(f32x4.add(v128.load(m), b1), b2);
  const t1 = f32x4.sub(f32x4.sub(b1, b2), v128.load(m + 12 * step));
  m += step;
  const c1 = v128.load(m + 4 * step), c2 = v128.load(m + 8 * step);
  const s2 = f32x4.add(f32x4.add(v128.load(m), c1), c2);
  const t2 = f32x4.sub(f32x4.sub(c1, c2), v128.load(m + 12 * step));
  m += step;
  const d1 = v128.load(m + 4 * step), d2 = v128.load(m + 8 * step);
  const s3 = f32x4.add(f32x4.add(v128.load(m), d1), d2);
  const t3 = f32x4.sub(f32x4.sub(d1, d2), v128.load(m + 12 * step));
  put2(y, f32x4.add(f32x4.add(f32x4.add(s0, s1), s2), bias), f32x4.add(f32x4.sub(f32x4.sub(s1, s2), s3), bias));
  put2(y + row, f32x4.add(f32x4.add(f32x4.add(t0, t1), t2), bias), f32x4.add(f32x4.sub(f32x4.sub(t1, t2), t3), bias));
}

/** y = e0 o0 e1 o1 ... */
// @ts-ignore: decorator
@inline
function put2(y: usize, e: v128, o: v128): void {
  v128.store(y, v128.shuffle<f32>(e, o, 0, 4, 1, 5));
  v128.store(y, v128.shuffle<f32>(e, o, 2, 6, 3, 7), 16);
}

/** Bytes of the transformed weights of all groups. Needs the plan to be laid out, as the next. */
export function transformedBytes(g: Geometry): usize {
  return g.groups * lines(16 * PARTS.uBytes);
}

/** Transforms the weights of all groups, to serve several runs. */
export function transformAll(g: Geometry, w: usize, packed: usize): void {
  const floats = <usize>PLAN.outer * PLAN.inner * 9;
  for (let group: usize = 0; group < g.groups; group++) {
    transformWeights(w + ((group * floats) << 2), packed + group * lines(16 * PARTS.uBytes));
  }
}

/**
 * y = the plan's correlation of x with w: written, with its bias (or 0), or added where the plan is a gradient. packed: what
 * transformAll made of w, or 0.
 */
export function winograd(g: Geometry, x: usize, w: usize, packed: usize, bias: usize, y: usize, work: usize): void {
  const p = PLAN, l = PARTS;
  layOutWinograd(g, work);
  const inner = p.inner, outer = p.outer, th = l.th, tw = l.tw, row = p.rowBytes, pitch = l.pitch;
  const xPlanes = (inner * p.h * p.w) << 2, yPlane = (p.outH * p.outW) << 2, outRow = tw << 3;
  const all = g.n * th;
  memory.fill(l.zeros, 0, outer << 2);
  for (let c: usize = 0; c < inner; c++) store<u32>(l.steps + (c << 2), c * pitch);
  for (let group: usize = 0; group < g.groups; group++) {
    if (packed) l.u = packed + group * lines(16 * l.uBytes);
    else transformWeights(w + ((group * outer * inner * 9) << 2), l.u);
    for (let q: usize = 0; q < all; q += l.rows) {
      const rows = min(all - q, l.rows);
      for (let i: usize = 0; i < rows; i++) {
        const n = (q + i) / th, r = (q + i) % th;
        const from = x + (n * g.groups + group) * xPlanes;
        if (!p.inPlace && (i == 0 || r == 0)) split(from, l.source, p, g);
        let source = (p.inPlace ? from : l.source) + 2 * r * row, to = l.v + ((i * tw) << 2);
        for (let c: usize = 0; c < inner; c++) {
          for (let t: usize = 0; t < tw; t += 4) {
            const at = min(t, tw - 4) << 2;
            sourceTiles(source + 2 * at, row, to + at, l.vBytes);
          }
          source += p.channelBytes;
          to += pitch;
        }
      }
      for (let k: usize = 0; k < 16; k++) {
        const u = l.u + k * l.uBytes;
        correlate(u, l.v + k * l.vBytes, l.steps, inner, l.zeros, l.m + k * l.mBytes, outer, 1, rows * tw, 0, 0, pitch, l.panel);
      }
      for (let i: usize = 0; i < rows; i++) {
        const n = (q + i) / th, r = (q + i) % th;
        let to = y + (n * g.groups + group) * outer * yPlane + 2 * r * (p.outW << 2), from = l.m + ((i * tw) << 2);
        const high = min<usize>(p.outH - 2 * r, 2);
        for (let o: usize = 0; o < outer; o++) {
          const b = f32x4.splat(bias ? load<f32>(bias + ((group * outer + o) << 2)) : 0);
          for (let t: usize = 0; t < tw; t += 4) {
            const at = min(t, tw - 4) << 2;
            outputTiles(from + at, l.mBytes, l.out + 2 * at, outRow, b);
          }
          if (p.gradient) addPlane(l.out, to, high, p.outW, outRow, p.outW << 2, 1);
          else copyRows(l.out, to, high, p.outW, outRow, p.outW << 2);
          to += yPlane;
          from += pitch;
        }
      }
    }
  }
}
