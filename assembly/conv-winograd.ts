// 3x3 convolution at unit steps by Winograd's F(n x n, 3x3), n = 2 or 4: each block of n x n outputs takes (n + 2)^2 products
// instead of 9 n^2. Every tile of (n + 2)^2 of the source becomes as many numbers, all channels of which are multiplied as that many
// matrix products. Its error against float64, beside that of the sum over taps: 0.5 to 1 times for 2, 1.5 to 3.2 times for 4. An
// infinity becomes NaN.
import { addPlane, clearPlanes, copyRows, split } from "./conv-split";
import { Geometry, lines, PLAN } from "./conv-shape";
import { correlate, panelBytes } from "./conv-tile";
import { groupRows } from "./tile";
import { thirdRows, thirds } from "./winograd-few";
import { outputFour, sourceFour, weightFour } from "./winograd-four";
import { loadTaps, outputTwo, sourceTwo, TAPS, weightTwo } from "./winograd-two";

// The transformed source and output of one block of tiles.
const BLOCK_BYTES: usize = 1 << 19;
// So few tiles, all there are, take weights that are not packed in blocks that stay in L2 between transform and use, of so many bytes.
const FEW: usize = 16;
const WEIGHT_BYTES: usize = 1 << 18;

@unmanaged class Parts {
  /** outputs along a side of a tile, and matrices */
  size: usize;
  count: usize;
  /** tiles in a column and in a row of the output */
  th: usize;
  tw: usize;
  /** images in a block of tiles, rows of tiles (all of them, if there are several images) */
  images: usize;
  rows: usize;
  /** output channels, and channels of the source, whose weights are one block */
  outs: usize;
  deep: usize;
  /** whether there are four tiles */
  four: bool;
  /** bytes of a row of columns, of one of the matrices of weights, source and output */
  pitch: usize;
  uBytes: usize;
  vBytes: usize;
  mBytes: usize;
  steps: usize;
  zeros: usize;
  /** where the tiles of a block lie: offsets in the source, and in `out` */
  from: usize;
  to: usize;
  u: usize;
  source: usize;
  v: usize;
  m: usize;
  out: usize;
  panel: usize;
}
const PARTS = changetype<Parts>(memory.data(offsetof<Parts>(), 16));

/** Estimated time, in units of about 40 picoseconds, with tiles of `size`: the products, the transforms of tiles and of weights */
function estimate(g: Geometry, inner: usize, outer: usize, h: usize, w: usize, size: usize): f32 {
  const tiles = g.n * ((h + size - 1) / size) * ((w + size - 1) / size), products = <f32>(inner * outer), two = size == 2;
  return <f32>((tiles + 3) & ~3) * products * ((two ? 19 : 43) + <f32>(two ? 75 : 170) / <f32>inner) +
    <f32>(tiles * (inner * (two ? 85 : 200) + outer * (two ? 50 : 140))) + products * <f32>(two ? 56 : 130);
}

/** Size of the tiles, 2 or 4, that the geometry allows and that are estimated to take the least time; 0 for none. */
export function winogradSize(g: Geometry, inner: usize, outer: usize, h: usize, w: usize): usize {
  if (g.kh != 3 || g.kw != 3 || g.strideY != 1 || g.strideX != 1 || g.dilationY != 1 || g.dilationX != 1) return 0;
  if (w < 3 || h < 3 || inner < 8 || outer < 8) return 0;
  let best: f32 = <f32>(g.n * h * w) * <f32>(inner * outer) * 10.8, size: usize = 0;
  const two = estimate(g, inner, outer, h, w, 2);
  if (two < best) {
    best = two;
    size = 2;
  }
  // of fewer channels the larger tiles gain less, and their error shows more
  return w > 4 && h > 4 && inner >= 64 && estimate(g, inner, outer, h, w, 4) < best ? 4 : size;
}

/** Rows of tiles that a block beside its own takes, so that none is left with fewer than four tiles */
// @ts-ignore: decorator
@inline
function spareRows(tw: usize): usize {
  return 3 / tw;
}

/** Lays out the work area, for weights that are transformed already or not, and the plan's source in whole tiles. Gives the size in bytes. */
export function layOutWinograd(g: Geometry, work: usize, packed: bool): usize {
  const p = PLAN, l = PARTS;
  const size = winogradSize(g, p.inner, p.outer, p.outH, p.outW), count = (size + 2) * (size + 2);
  const th = (p.outH + size - 1) / size, tw = (p.outW + size - 1) / size, all = th * tw;
  l.size = size;
  l.count = count;
  l.th = th;
  l.tw = tw;
  p.planeH = size * th + 2;
  p.planeW = size * tw + 2;
  p.inPlace = p.top == 0 && p.left == 0 && p.planeH == p.h && p.planeW == p.w;
  const most = max<usize>(BLOCK_BYTES / (((p.inner + p.outer) * count) << 2), 64);
  l.images = min(g.n, max<usize>(most / all, 1));
  l.rows = l.images > 1 ? th : min(th, max<usize>(most / tw, 1) + spareRows(tw));
  const tiles = l.images * l.rows * tw;
  l.four = tiles == 4;
  l.outs = p.outer;
  l.deep = p.inner;
  if (!packed && tiles <= FEW && l.images == g.n && l.rows == th) {
    l.outs = min(l.outs, 12);
    l.deep = min(l.deep, WEIGHT_BYTES / ((l.outs * count) << 2));
  }
  // without gaps, or an odd number of cache lines, so that the rows do not fall on the same few sets
  l.pitch = tiles <= FEW ? (tiles << 2) + 15 & ~15 : ((tiles << 2) + 63 & ~63) | 64;
  l.uBytes = ((l.deep * l.outs) << 2) + 16;
  // a line more, or at 64 channels all matrices would fall on the same few sets of the cache
  l.vBytes = p.inner * l.pitch + 64;
  l.mBytes = l.outs * l.pitch + 64;
  l.steps = work;
  l.zeros = l.steps + lines(p.inner << 2);
  l.from = l.zeros + lines(l.outs << 2);
  l.to = l.from + lines(tiles << 2);
  l.u = l.to + lines(tiles << 2);
  l.source = l.u + (packed ? 0 : lines(count * l.uBytes));
  l.v = l.source + (p.inPlace ? 0 : lines(p.sourceBytes));
  l.m = l.v + lines(count * l.vBytes);
  l.out = l.m + lines(count * l.mBytes);
  l.panel = l.out + lines((l.rows * tw * size * size) << 2);
  return l.panel + lines(panelBytes(p.inner)) - work;
}

/** What becomes of the taps of four output channels */
function weightTile(w: usize, s1: usize, s2: usize, s3: usize, y: usize): void {
  loadTaps(w, s1, s2, s3);
  // the gradient reads its taps in reverse
  const first = PLAN.gradient ? TAPS + 128 : TAPS, tap: usize = PLAN.gradient ? <usize>-16 : 16;
  if (PARTS.size == 2) weightTwo(first, tap, y, PARTS.uBytes);
  else weightFour(first, tap, y, PARTS.uBytes);
}

/**
 * The weights of `outs` output channels as matrices [outs, deep], each packed in groups of rows. Whole vectors are written, in order: what a
 * group of fewer than four rows writes too much is written over by the next, or lies past the end of its matrix.
 */
function transformWeights(w: usize, y: usize, outs: usize, deep: usize): void {
  const p = PLAN;
  const row = p.outerStep << 2;
  const thirds = PARTS.four ? thirdRows(outs) : 0;
  for (let left = outs; left > 0; ) {
    const mr: usize = left > outs - thirds ? 4 : groupRows(left);
    const s1: usize = mr > 1 ? row : 0, s2: usize = mr > 2 ? 2 * row : 0, s3: usize = mr > 3 ? 3 * row : 0;
    for (let c: usize = 0; c < deep; c++) {
      const from = w + ((c * p.innerStep) << 2);
      weightTile(from, s1, s2, s3, y);
      // five or six rows: the last four once more
      if (mr > 4) weightTile(from + (mr - 4) * row, s1, s2, s3, y + ((mr - 4) << 2));
      y += mr << 2;
    }
    w += mr * row;
    left -= mr;
  }
}

/** Bytes of the transformed weights of a group */
// @ts-ignore: decorator
@inline
function groupBytes(): usize {
  return lines(PARTS.count * PARTS.uBytes);
}

/** How a geometry packs its weights: 2 or 4, and 8 more for four tiles */
export function transforming(g: Geometry): usize {
  layOutWinograd(g, 0, true);
  return PARTS.four ? 8 | PARTS.size : PARTS.size;
}

/** Bytes of the packed weights of all groups. Right after `transforming`, as the next. */
export function transformedBytes(g: Geometry): usize {
  return g.groups * groupBytes();
}

/** Packs the weights of all groups, to serve several runs. */
export function transformAll(g: Geometry, w: usize, packed: usize): void {
  const outer: usize = PLAN.outer, inner: usize = PLAN.inner;
  for (let group: usize = 0; group < g.groups; group++) {
    transformWeights(w + group * outer * inner * 36, packed + group * groupBytes(), outer, inner);
  }
}

/** The products of all matrices of a block, from channel c on: m[outs, tiles] = (or += if c > 0) u[outs, deep] v[deep, tiles] */
function products(u: usize, c: usize, deep: usize, outs: usize, tiles: usize): void {
  const l = PARTS, done = l.four ? thirdRows(outs) : 0;
  // what is added to must not overlap, as a row of tiles does that is not whole vectors
  const bias: usize = c ? 0 : l.zeros, columns = (tiles + 3) & ~3;
  if (done && c == 0) memory.fill(l.m, 0, l.count * l.mBytes);
  for (let k: usize = 0; k < l.count; k++) {
    const from = u + k * l.uBytes, v = l.v + c * l.pitch + k * l.vBytes, to = l.m + k * l.mBytes;
    if (done) thirds(from, v, to, done, deep);
    const rest = from + ((done * deep) << 2);
    correlate(rest, v, l.steps, deep, bias, to + done * l.pitch, outs - done, 1, columns, 0, 0, l.pitch, l.panel);
  }
}

/**
 * y = the plan's correlation of x with w: written, with its bias (or 0), or added where the plan is a gradient. packed: what
 * transformAll made of w, or 0.
 */
export function winograd(g: Geometry, x: usize, w: usize, packed: usize, bias: usize, y: usize, work: usize): void {
  const p = PLAN, l = PARTS;
  layOutWinograd(g, work, packed != 0);
  const inner: usize = p.inner, outer: usize = p.outer, th = l.th, tw = l.tw, size = l.size, pitch = l.pitch;
  const row = p.rowBytes, outRow = (tw * size) << 2, yRow = <usize>p.outW << 2;
  const xPlanes = (inner * p.h * p.w) << 2, yPlane = p.outH * yRow;
  memory.fill(l.zeros, 0, l.outs << 2);
  clearPlanes(l.source, 1);
  for (let c: usize = 0; c < inner; c++) store<u32>(l.steps + (c << 2), c * pitch);
  for (let t: usize = 0; t < l.rows * tw; t++) {
    store<u32>(l.from + (t << 2), size * (t / tw * row + (t % tw << 2)));
    store<u32>(l.to + (t << 2), size * (t / tw * outRow + (t % tw << 2)));
  }
  for (let group: usize = 0; group < g.groups; group++) {
    const weights = w + ((group * outer * inner * 9) << 2);
    for (let n: usize = 0; n < g.n; n += l.images) {
      const images = min(g.n - n, l.images);
      for (let r: usize = 0; r < th; ) {
        const rows = th - r <= l.rows ? th - r : l.rows - spareRows(tw), tiles = rows * tw, last = tiles - 4;
        for (let i: usize = 0; i < images; i++) {
          const from = x + ((n + i) * g.groups + group) * xPlanes;
          if (!p.inPlace && r == 0) split(from, l.source, p, g);
          let source = (p.inPlace ? from : l.source) + size * r * row, to = l.v + ((i * tiles) << 2);
          for (let c: usize = 0; c < inner; c++) {
            for (let t: usize = 0; t < tiles; t += 4) {
              const at = min(t, last) << 2;
              if (size == 2) sourceTwo(source, l.from + at, row, to + at, l.vBytes);
              else sourceFour(source, l.from + at, row, to + at, l.vBytes);
            }
            source += p.channelBytes;
            to += pitch;
          }
        }
        const u = packed ? packed + group * groupBytes() : l.u;
        for (let o: usize = 0; o < outer; o += l.outs) {
          const outs = min(outer - o, l.outs);
          for (let c: usize = 0; c < inner; c += l.deep) {
            const deep = min(inner - c, l.deep);
            if (!packed && n + r == 0) transformWeights(weights + ((o * p.outerStep + c * p.innerStep) << 2), u, outs, deep);
            products(u, c, deep, outs, images * tiles);
          }
          for (let i: usize = 0; i < images; i++) {
            let to = y + (((n + i) * g.groups + group) * outer + o) * yPlane + size * r * yRow, from = l.m + ((i * tiles) << 2);
            const high = min<usize>(p.outH - size * r, size * rows);
            for (let m: usize = 0; m < outs; m++) {
              const b = f32x4.splat(bias ? load<f32>(bias + ((group * outer + o + m) << 2)) : 0);
              for (let t: usize = 0; t < tiles; t += 4) {
                const at = min(t, last) << 2;
                if (size == 2) outputTwo(from + at, l.mBytes, l.out, l.to + at, outRow, b);
                else outputFour(from + at, l.mBytes, l.out, l.to + at, outRow, b);
              }
              if (p.gradient) addPlane(l.out, to, high, p.outW, outRow, yRow, 1);
              else copyRows(l.out, to, high, p.outW, outRow, yRow);
              to += yPlane;
              from += pitch;
            }
          }
        }
        r += rows;
      }
    }
  }
}
