// The gradient of 3x3 weights by Winograd: the tiles of the source are those of the forward pass, 2x2 blocks of gy become 4x4 tiles
// the same way, and 16 products over all tiles give the gradient of the 16 transformed weights.
import { dots, setBlock } from "./conv-dot";
import { copyRows, split } from "./conv-split";
import { Geometry, PLAN } from "./conv-shape";
import { even, odd, sourceTiles } from "./conv-winograd";
import { splatAt } from "./lanes";
import { groupRows } from "./tile";

// The tiles of one block, source and gy.
const BLOCK_BYTES: usize = 1 << 20;
const HALF = memory.data<f32>([0.5]);

@unmanaged class Parts {
  /** rows of tiles, vectors of four tiles in a row, rows in a block */
  th: usize;
  vectors: usize;
  rows: usize;
  /** bytes of a channel's tiles in one of the 16 matrices, of one matrix of the source and of gy */
  pitch: usize;
  vBytes: usize;
  dBytes: usize;
  steps: usize;
  u: usize;
  source: usize;
  gy: usize;
  v: usize;
  d: usize;
}
const PARTS = changetype<Parts>(memory.data(offsetof<Parts>(), 16));

// @ts-ignore: decorator
@inline
function lines(bytes: usize): usize {
  return (bytes + 127) & ~63;
}

/** Whether the geometry allows it and it is estimated to take less time than dot products over the image in place. */
export function winogradWeightsPay(g: Geometry): bool {
  if (g.kh != 3 || g.kw != 3 || g.strideY != 1 || g.strideX != 1 || g.dilationY != 1 || g.dilationX != 1) return false;
  const inner = g.c / g.groups, outer = g.o / g.groups;
  if (g.ow < 7 || inner < 8 || outer < 8) return false;
  const tiles = <f32>(g.n * ((g.oh + 1) >> 1) * (((g.ow + 7) >> 3) << 2)), products = <f32>(inner * outer);
  const direct: f32 = <f32>(g.n * g.oh * g.ow) * products * 10.5;
  return tiles * products * 24 + tiles * <f32>(inner * 85 + outer * 60) + products * 1500 < direct;
}

/** Lays out the work area, and the plan's source in whole vectors of tiles. Gives the size in bytes. */
export function layOutWinogradWeights(g: Geometry, work: usize): usize {
  const p = PLAN, l = PARTS;
  l.th = (g.oh + 1) >> 1;
  l.vectors = (g.ow + 7) >> 3;
  p.planeH = 2 * l.th + 2;
  p.planeW = 8 * l.vectors + 2;
  p.inPlace = false;
  const most = max<usize>(BLOCK_BYTES / ((p.inner + p.outer) << 8), 64);
  l.rows = min(max<usize>(most / l.vectors, 1), g.n * l.th);
  const bytes = (l.rows * l.vectors) << 4;
  l.pitch = (bytes + 63 & ~63) | 64;
  l.vBytes = p.inner * l.pitch;
  l.dBytes = p.outer * bytes;
  l.steps = work;
  l.u = l.steps + lines(p.inner << 2);
  l.source = l.u + lines((p.inner * p.outer) << 6);
  l.gy = l.source + lines(p.sourceBytes);
  l.v = l.gy + lines((p.outer * 2 * l.th * 8 * l.vectors) << 2);
  l.d = l.v + lines(16 * l.vBytes);
  return l.d + lines(16 * l.dBytes) - work;
}

/** One row of A g: g0, g0 + g1, g0 - g1, -g1 */
// @ts-ignore: decorator
@inline
function store4(y: usize, step: usize, g0: v128, g1: v128): void {
  v128.store(y, g0);
  v128.store(y + step, f32x4.add(g0, g1));
  v128.store(y + 2 * step, f32x4.sub(g0, g1));
  v128.store(y + 3 * step, f32x4.neg(g1));
}

/** D = A g A^T of four 2x2 blocks side by side at x */
function outputTiles(x: usize, row: usize, y: usize, step: usize): void {
  const a0 = even(x), a1 = odd(x), b0 = even(x + row), b1 = odd(x + row);
  store4(y, step, a0, a1);
  store4(y + 4 * step, step, f32x4.add(a0, b0), f32x4.add(a1, b1));
  store4(y + 8 * step, step, f32x4.sub(a0, b0), f32x4.sub(a1, b1));
  store4(y + 12 * step, step, f32x4.neg(b0), f32x4.neg(b1));
}

/** One tile row of gy, all its channels, packed for dots: groups of channels, vector by vector; `at`: vectors before it in the block */
function packTiles(gy: usize, at: usize, vectors: usize): void {
  const p = PLAN, l = PARTS, row: usize = l.vectors << 5, plane: usize = 2 * l.th * row;
  let group = l.d;
  for (let left: usize = p.outer; left > 0; ) {
    const mr = groupRows(left);
    for (let i: usize = 0; i < mr; i++) {
      let to = group + ((at * mr + i) << 4);
      for (let v: usize = 0; v < l.vectors; v++) {
        outputTiles(gy + (v << 5), row, to, l.dBytes);
        to += mr << 4;
      }
      gy += plane;
    }
    group += (mr * vectors) << 4;
    left -= mr;
  }
}

/** gy of one image into planes of whole tiles, zeros beyond it */
function splitOutput(g: Geometry, gy: usize): void {
  const l = PARTS, width = l.vectors << 3;
  let y = l.gy;
  memory.fill(y, 0, (PLAN.outer * 2 * l.th * width) << 2);
  for (let o: usize = 0; o < PLAN.outer; o++) {
    copyRows(gy, y, g.oh, g.ow, g.ow << 2, width << 2);
    gy += (g.oh * g.ow) << 2;
    y += (2 * l.th * width) << 2;
  }
}

/** lanes of v added to floats 36 bytes apart */
// @ts-ignore: decorator
@inline
function addLanes(y: usize, v: v128, n: usize): void {
  store<f32>(y, load<f32>(y) + f32x4.extract_lane(v, 0));
  if (n > 1) store<f32>(y, load<f32>(y, 36) + f32x4.extract_lane(v, 1), 36);
  if (n > 2) store<f32>(y, load<f32>(y, 72) + f32x4.extract_lane(v, 2), 72);
  if (n > 3) store<f32>(y, load<f32>(y, 108) + f32x4.extract_lane(v, 3), 108);
}

/** One row of e G: e0 + (e1 + e2) / 2, (e1 - e2) / 2, (e1 + e2) / 2 + e3, added to three taps of n kernels */
// @ts-ignore: decorator
@inline
function addRow(y: usize, e0: v128, e1: v128, e2: v128, e3: v128, half: v128, n: usize): void {
  const s = f32x4.mul(f32x4.add(e1, e2), half);
  addLanes(y, f32x4.add(e0, s), n);
  addLanes(y + 4, f32x4.mul(f32x4.sub(e1, e2), half), n);
  addLanes(y + 8, f32x4.add(s, e3), n);
}

/** gw += G^T U G of four kernels side by side */
function addKernels(u: usize, step: usize, gw: usize, n: usize): void {
  const half = splatAt(HALF, 0), row: usize = 4 * step;
  const a1 = v128.load(u + row), a2 = v128.load(u + 2 * row), s0 = f32x4.mul(f32x4.add(a1, a2), half);
  const d0 = f32x4.mul(f32x4.sub(a1, a2), half), a0 = v128.load(u), a3 = v128.load(u + 3 * row);
  u += step;
  const b1 = v128.load(u + row), b2 = v128.load(u + 2 * row), s1 = f32x4.mul(f32x4.add(b1, b2), half);
  const d1 = f32x4.mul(f32x4.sub(b1, b2), half), b0 = v128.load(u), b3 = v128.load(u + 3 * row);
  u += step;
  const c1 = v128.load(u + row), c2 = v128.load(u + 2 * row), s2 = f32x4.mul(f32x4.add(c1, c2), half);
  const d2 = f32x4.mul(f32x4.sub(c1, c2), half), c0 = v128.load(u), c3 = v128.load(u + 3 * row);
  u += step;
  const e1 = v128.load(u + row), e2 = v128.load(u + 2 * row), s3 = f32x4.mul(f32x4.add(e1, e2), half);
  const d3 = f32x4.mul(f32x4.sub(e1, e2), half), e0 = v128.load(u), e3 = v128.load(u + 3 * row);
  addRow(gw, f32x4.add(a0, s0), f32x4.add(b0, s1), f32x4.add(c0, s2), f32x4.add(e0, s3), half, n);
  addRow(gw + 12, d0, d1, d2, d3, half, n);
  addRow(gw + 24, f32x4.add(s0, a3), f32x4.add(s1, b3), f32x4.add(s2, c3), f32x4.add(s3, e3), half, n);
}

/** gw[o, c, 3, 3] += the gradient of the weights, from x and gy. Needs the forward plan. */
export function winogradWeights(g: Geometry, gy: usize, x: usize, gw: usize, work: usize): void {
  const p = PLAN, l = PARTS;
  layOutWinogradWeights(g, work);
  const inner = p.inner, outer = p.outer, th = l.th, all = g.n * th, uBytes = (inner * outer) << 2;
  const xPlanes = (inner * p.h * p.w) << 2, yPlanes = (outer * g.oh * g.ow) << 2;
  const exact = g.ow == l.vectors << 3 && g.oh == 2 * th;
  let dy = l.gy;
  for (let c: usize = 0; c < inner; c++) store<u32>(l.steps + (c << 2), c * l.pitch);
  for (let group: usize = 0; group < g.groups; group++) {
    memory.fill(l.u, 0, 16 * uBytes);
    for (let q: usize = 0; q < all; q += l.rows) {
      const rows = min(all - q, l.rows), vectors = rows * l.vectors;
      for (let i: usize = 0; i < rows; i++) {
        const image = ((q + i) / th) * g.groups + group, r = (q + i) % th;
        if (i == 0 || r == 0) {
          split(x + image * xPlanes, l.source, p, g);
          if (exact) dy = gy + image * yPlanes;
          else splitOutput(g, gy + image * yPlanes);
        }
        let source = l.source + 2 * r * p.rowBytes, to = l.v + ((i * l.vectors) << 4);
        for (let c: usize = 0; c < inner; c++) {
          for (let v: usize = 0; v < l.vectors; v++) sourceTiles(source + (v << 5), p.rowBytes, to + (v << 4), l.vBytes);
          source += p.channelBytes;
          to += l.pitch;
        }
        packTiles(dy + ((2 * r * l.vectors) << 5), i * l.vectors, vectors);
      }
      setBlock(1, 1, vectors << 2, 0, 0);
      for (let k: usize = 0; k < 16; k++) {
        dots(l.d + k * l.dBytes, l.v + k * l.vBytes, l.steps, inner, l.u + k * uBytes, outer, inner << 2);
      }
    }
    for (let o: usize = 0; o < outer; o++) {
      for (let c: usize = 0; c < inner; c += 4) {
        const at = o * inner + c;
        addKernels(l.u + (at << 2), uBytes, gw + (group * outer * inner + at) * 36, min<usize>(inner - c, 4));
      }
    }
  }
}
