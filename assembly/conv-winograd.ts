// 3x3 convolution at unit steps by Winograd's F(n x n, 3x3), n = 2 or 4: each block of n x n outputs takes (n + 2)^2 products
// instead of 9 n^2. Every tile of (n + 2)^2 of the source becomes as many numbers, all channels of which are multiplied as that many
// matrix products. Its error against float64, beside that of the sum over taps: 0.5 to 1 times for 2, 1.5 to 3.2 times for 4. An
// infinity becomes NaN.
import { addPlane, copyRows, split } from "./conv-split";
import { Geometry, lines, PLAN } from "./conv-shape";
import { correlate, panelBytes } from "./conv-tile";
import { groupRows } from "./tile";
import { outputFour, sourceFour, weightFour } from "./winograd-four";
import { outputTwo, sourceTwo, weightTwo } from "./winograd-two";

// The transformed source and output of one block of tiles.
const BLOCK_BYTES: usize = 1 << 19;

@unmanaged class Parts {
  /** outputs along a side of a tile, and matrices */
  size: usize;
  count: usize;
  /** tiles in a column and in a row of the output */
  th: usize;
  tw: usize;
  /** rows of tiles in a block, bytes of a row of columns, bytes of one of the matrices of weights, source and output */
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

/** Estimated time, in units of about 4 picoseconds, with tiles of `size`: the products, the transforms of tiles and of weights */
// @ts-ignore: decorator
@inline
function estimate(g: Geometry, inner: usize, outer: usize, h: usize, w: usize, size: usize): f32 {
  const tiles = <f32>(g.n * ((h + size - 1) / size) * ((w + size - 1) / size)), products = <f32>(inner * outer);
  if (size == 2) {
    return tiles * products * (19 + 75 / <f32>inner) + tiles * <f32>(inner * 85 + outer * 50) + products * 56;
  }
  return tiles * products * (43 + 170 / <f32>inner) + tiles * <f32>(inner * 200 + outer * 140) + products * 130;
}

/** Size of the tiles, 2 or 4, that the geometry allows and that are estimated to take the least time; 0 for none. */
export function winogradSize(g: Geometry, inner: usize, outer: usize, h: usize, w: usize): usize {
  if (g.kh != 3 || g.kw != 3 || g.strideY != 1 || g.strideX != 1 || g.dilationY != 1 || g.dilationX != 1) return 0;
  if (w < 7 || inner < 8 || outer < 8) return 0;
  let best: f32 = <f32>(g.n * h * w) * <f32>(inner * outer) * 10.8, size: usize = 0;
  const two = estimate(g, inner, outer, h, w, 2);
  if (two < best) {
    best = two;
    size = 2;
  }
  // of fewer channels the larger tiles gain less, and their error shows more
  return w >= 13 && inner >= 64 && estimate(g, inner, outer, h, w, 4) < best ? 4 : size;
}

/** Lays out the work area, and the plan's source in whole tiles. Gives the size in bytes. */
export function layOutWinograd(g: Geometry, work: usize): usize {
  const p = PLAN, l = PARTS;
  const size = winogradSize(g, p.inner, p.outer, p.outH, p.outW), count = (size + 2) * (size + 2);
  l.size = size;
  l.count = count;
  l.th = (p.outH + size - 1) / size;
  l.tw = (p.outW + size - 1) / size;
  p.planeH = size * l.th + 2;
  p.planeW = size * l.tw + 2;
  p.inPlace = p.top == 0 && p.left == 0 && p.planeH == p.h && p.planeW == p.w;
  const most = max<usize>(BLOCK_BYTES / (((p.inner + p.outer) * count) << 2), 64);
  l.rows = min(max<usize>(most / l.tw, 1), g.n * l.th);
  l.pitch = (((l.rows * l.tw) << 2) + 63 & ~63) | 64;
  l.uBytes = ((p.inner * p.outer) << 2) + 16;
  // a line more, or at 64 channels all matrices would fall on the same few sets of the cache
  l.vBytes = p.inner * l.pitch + 64;
  l.mBytes = p.outer * l.pitch + 64;
  l.steps = work;
  l.zeros = l.steps + lines(p.inner << 2);
  l.u = l.zeros + lines(p.outer << 2);
  l.source = l.u + lines(count * l.uBytes);
  l.v = l.source + (p.inPlace ? 0 : lines(p.sourceBytes));
  l.m = l.v + lines(count * l.vBytes);
  l.out = l.m + lines(count * l.mBytes);
  l.panel = l.out + lines((l.tw * size * size) << 2);
  return l.panel + lines(panelBytes(p.inner)) - work;
}

// @ts-ignore: decorator
@inline
function weightTile(w: usize, s1: usize, s2: usize, s3: usize, tap: usize, y: usize): void {
  if (PARTS.size == 2) weightTwo(w, s1, s2, s3, tap, y, PARTS.uBytes);
  else weightFour(w, s1, s2, s3, tap, y, PARTS.uBytes);
}

/**
 * The weights of a group as matrices [outer, inner], each packed in groups of rows. Whole vectors are written, in order: what a
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
      weightTile(from, s1, s2, s3, tap, y);
      // five or six rows: the last four once more
      if (mr > 4) weightTile(from + (mr - 4) * row, s1, s2, s3, tap, y + ((mr - 4) << 2));
      y += mr << 2;
    }
    w += mr * row;
    left -= mr;
  }
}

/** Bytes of the transformed weights of a group. Needs the plan to be laid out, as the next two. */
// @ts-ignore: decorator
@inline
function transformedGroup(): usize {
  return lines(PARTS.count * PARTS.uBytes);
}

/** Bytes of the transformed weights of all groups */
export function transformedBytes(g: Geometry): usize {
  return g.groups * transformedGroup();
}

/** Transforms the weights of all groups, to serve several runs. */
export function transformAll(g: Geometry, w: usize, packed: usize): void {
  const floats = <usize>PLAN.outer * PLAN.inner * 9;
  for (let group: usize = 0; group < g.groups; group++) {
    transformWeights(w + ((group * floats) << 2), packed + group * transformedGroup());
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
  const xPlanes = (inner * p.h * p.w) << 2, yPlane = (p.outH * p.outW) << 2, size = l.size, outRow = (tw * size) << 2;
  const all = g.n * th;
  memory.fill(l.zeros, 0, outer << 2);
  for (let c: usize = 0; c < inner; c++) store<u32>(l.steps + (c << 2), c * pitch);
  for (let group: usize = 0; group < g.groups; group++) {
    if (packed) l.u = packed + group * transformedGroup();
    else transformWeights(w + ((group * outer * inner * 9) << 2), l.u);
    for (let q: usize = 0; q < all; q += l.rows) {
      const rows = min(all - q, l.rows);
      for (let i: usize = 0; i < rows; i++) {
        const n = (q + i) / th, r = (q + i) % th;
        const from = x + (n * g.groups + group) * xPlanes;
        if (!p.inPlace && (i == 0 || r == 0)) split(from, l.source, p, g);
        let source = (p.inPlace ? from : l.source) + size * r * row, to = l.v + ((i * tw) << 2);
        for (let c: usize = 0; c < inner; c++) {
          for (let t: usize = 0; t < tw; t += 4) {
            const at = min(t, tw - 4) << 2;
            if (size == 2) sourceTwo(source + 2 * at, row, to + at, l.vBytes);
            else sourceFour(source + 4 * at, row, to + at, l.vBytes);
          }
          source += p.channelBytes;
          to += pitch;
        }
      }
      for (let k: usize = 0; k < l.count; k++) {
        const u = l.u + k * l.uBytes;
        correlate(u, l.v + k * l.vBytes, l.steps, inner, l.zeros, l.m + k * l.mBytes, outer, 1, rows * tw, 0, 0, pitch, l.panel);
      }
      for (let i: usize = 0; i < rows; i++) {
        const n = (q + i) / th, r = (q + i) % th;
        let to = y + (n * g.groups + group) * outer * yPlane + size * r * (p.outW << 2), from = l.m + ((i * tw) << 2);
        const high = min<usize>(p.outH - size * r, size);
        for (let o: usize = 0; o < outer; o++) {
          const b = f32x4.splat(bias ? load<f32>(bias + ((group * outer + o) << 2)) : 0);
          for (let t: usize = 0; t < tw; t += 4) {
            const at = min(t, tw - 4) << 2;
            if (size == 2) outputTwo(from + at, l.mBytes, l.out + 2 * at, outRow, b);
            else outputFour(from + at, l.mBytes, l.out + 4 * at, outRow, b);
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
