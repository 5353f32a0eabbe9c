// Runs a plan: taps and weights laid out once a group, then image by image through the tiles, in place or gathered into columns.
import { Geometry, lines, listTaps, phaseSize, PLAN } from "./conv-shape";
import { addPlane, clearPlanes, columns, copyRows, split } from "./conv-split";
import { correlate, panelBytes } from "./conv-tile";
import { packRows } from "./pack";
import { groupRows } from "./tile";

// What stays in L2 beside the weights: the columns of one chunk of taps, the source of one block of output rows.
const CHUNK_BYTES: usize = 131072;
const SOURCE_BYTES: usize = 196608;
// Columns gathered at a time: more would leave less of the taps in a chunk, each of which reads and writes the outputs once.
const BLOCK_COLUMNS: usize = 224;

/** How a phase of the output is computed, and where the parts of the work area are. */
@unmanaged class Way {
  /** rows and columns of the phase */
  height: usize;
  width: usize;
  /** images at a time, and rows of the output if they are gathered */
  images: usize;
  block: usize;
  /** rows and columns as the tiles see them */
  rows: usize;
  cols: usize;
  /** bytes from a row of a gradient's phase to the next, where the tiles leave it */
  outRow: usize;
  /** whether taps are first gathered into columns, `chunk` taps at a time, in rows of `pitch` bytes; else pitch is that of the output */
  gather: bool;
  chunk: usize;
  pitch: usize;
  /** estimated time of a tap, in columns of tiles */
  cost: usize;

  /** of all phases, one after the other: together they are the whole kernel */
  taps: usize;
  weights: usize;
  packed: usize;
  /** taps of each phase */
  counts: usize;
  zeros: usize;
  source: usize;
  steps: usize;
  columns: usize;
  out: usize;
  panel: usize;
}
const WAY = changetype<Way>(memory.data(offsetof<Way>(), 16));

/** What tiles spend on a row of c columns, in columns: 8 at a time, a half tile is worth 5 */
export function tileCost(c: usize): usize {
  const rest = c & 7;
  return (c & ~7) + (rest == 0 ? 0 : rest <= 4 ? 5 : c > 8 ? 8 : 10);
}

/** Chooses the way of a phase. images: how many at a time; 0 chooses that as well. False if the phase is empty. */
function choose(g: Geometry, phase: usize, images: usize): bool {
  const p = PLAN, way = WAY;
  const rows = phaseSize(p.outH, phase / p.stepX, p.stepY), cols = phaseSize(p.outW, phase % p.stepX, p.stepX), area = rows * cols;
  way.height = rows;
  way.width = cols;
  if (area == 0) return false;
  // rows that follow each other without a gap are one; those of a gradient may be with the gaps, which are left out when it is added
  let width = cols << 2 == p.rowBytes ? area : cols, cost = width == cols ? rows * tileCost(cols) : tileCost(area);
  way.outRow = cols << 2;
  const wide = (rows - 1) * p.planeW + cols;
  if (p.gradient && tileCost(wide) < cost) {
    cost = tileCost(wide);
    width = wide;
    way.outRow = p.rowBytes;
  }
  // gathering costs about as much as 5 output channels do
  way.gather = width < 4 || (cost - area) * p.outer > 4 * area;
  way.cost = way.gather ? area + 5 * area / p.outer : cost;
  if (way.gather) {
    way.images = images ? images : min(g.n, (area + 63) / area);
    way.rows = 1;
    way.block = rows;
    if (way.images == 1) {
      const parts = (area + BLOCK_COLUMNS - 1) / BLOCK_COLUMNS;
      way.block = (rows + parts - 1) / parts;
    }
    way.cols = (way.images * way.block * cols + 7) & ~7;
    // an odd number of cache lines, so that the rows do not fall on the same few sets
    way.pitch = (((way.cols << 2) + 16 + 63) & ~63) | 64;
    way.chunk = max(CHUNK_BYTES / way.pitch, 32);
    way.outRow = cols << 2;
  } else {
    way.images = images ? images : 1;
    way.block = rows;
    way.rows = width > cols ? 1 : rows;
    way.cols = width;
    way.pitch = max(area, width) << 2;
  }
  return true;
}

/** What the tiles of an output channel take for each tap of the plan's first phase, in columns */
export function phaseCost(g: Geometry): usize {
  choose(g, 0, 0);
  return WAY.cost;
}

/** Lays out the work area. Gives its size in bytes. */
export function layOut(g: Geometry, work: usize): usize {
  const p = PLAN, way = WAY;
  const count = <usize>p.inner * g.kh * g.kw;
  let images: usize = 0, chunk: usize = 0, column: usize = 0, out: usize = 0;
  for (let phase: usize = 0; phase < p.stepY * p.stepX; phase++) {
    if (!choose(g, phase, images)) continue;
    images = way.images;
    if (way.gather) {
      chunk = max(chunk, way.chunk);
      column = max(column, min(count, way.chunk) * way.pitch);
    }
    if (way.gather || p.gradient) out = max(out, p.outer * way.pitch);
  }
  way.images = images;
  way.taps = work;
  way.weights = way.taps + lines(count << 2);
  way.packed = way.weights + lines(count << 2);
  way.counts = way.packed + lines((count * p.outer) << 2);
  way.zeros = way.counts + lines((p.stepY * p.stepX) << 2);
  way.source = way.zeros + lines(p.outer << 2);
  way.steps = way.source + (p.inPlace ? 0 : lines(images * p.sourceBytes));
  way.columns = way.steps + lines(chunk << 2);
  way.out = way.columns + lines(column);
  way.panel = way.out + lines(out);
  return way.panel + lines(panelBytes(count)) - work;
}

/** Packs the weights of `count` listed taps in groups of rows, as packRows does. */
function packListed(w: usize, weights: usize, count: usize, y: usize): void {
  const p = PLAN, step = <usize>p.outerStep << 2, end = weights + (count << 2);
  for (let left: usize = p.outer; left > 0; ) {
    const mr = groupRows(left);
    for (let t = weights; t < end; t += 4) {
      const from = w + load<u32>(t);
      for (let i: usize = 0; i < mr; i++) store<f32>(y + (i << 2), load<f32>(from + i * step));
      y += mr << 2;
    }
    w += mr * step;
    left -= mr;
  }
}

function pack(w: usize, weights: usize, y: usize, count: usize): void {
  const p = PLAN, way = WAY, outer: usize = p.outer;
  const chunk = way.gather ? way.chunk : count;
  for (let k: usize = 0; k < count; k += chunk) {
    const depth = min(count - k, chunk), to = y + ((k * outer) << 2);
    if (p.gradient) packListed(w, weights + (k << 2), depth, to);
    else packRows(w + (k << 2), to, outer, depth, count << 2, 4);
  }
}

/** Bytes of a group's packed weights, and floats of them as they are */
// @ts-ignore: decorator
@inline
function packedGroup(g: Geometry): usize {
  return lines((<usize>PLAN.outer * PLAN.inner * g.kh * g.kw) << 2);
}

/** How a forward plan, already laid out, packs its weights: in chunks of so many taps; 1 is for all in one */
export function packing(): usize {
  return WAY.gather ? WAY.chunk : 1;
}

/** Bytes of the packed weights of all groups */
export function packedBytes(g: Geometry): usize {
  return g.groups * packedGroup(g);
}

/** Packs the weights of a forward plan, already laid out, to serve several runs. */
export function packAll(g: Geometry, w: usize, packed: usize): void {
  const count = <usize>PLAN.inner * g.kh * g.kw, floats = count * PLAN.outer;
  for (let group: usize = 0; group < g.groups; group++) {
    pack(w + ((group * floats) << 2), 0, packed + group * packedGroup(g), count);
  }
}

/** out[m, image, r, c] by way of columns */
function gathered(source: usize, step: usize, images: usize, rows: usize, cols: usize, count: usize, bias: usize): void {
  const p = PLAN, way = WAY, outer: usize = p.outer;
  for (let k: usize = 0; k < count; k += way.chunk) {
    const depth = min(count - k, way.chunk);
    for (let i: usize = 0; i < images; i++) {
      const to = way.columns + ((i * rows * cols) << 2);
      columns(source + i * step, to, way.taps + (k << 2), depth, rows, cols, p.rowBytes, way.pitch);
    }
    const packed = way.packed + ((k * outer) << 2);
    correlate(packed, way.columns, way.steps, depth, k ? 0 : bias, way.out, outer, 1, way.cols, 0, 0, way.pitch, way.panel);
  }
}

/** y[m, r, c] from one image in place, in blocks of rows (of columns, if there is but one row) whose source stays in L2 */
function direct(source: usize, y: usize, count: usize, bias: usize): void {
  const p = PLAN, way = WAY, outer: usize = p.outer, cols = way.cols, ldy = way.pitch;
  const row = p.rowBytes;
  if (way.rows == 1) {
    const block = max<usize>((SOURCE_BYTES / (<usize>p.inner << 2)) & ~7, 64);
    for (let c: usize = 0; c < cols; ) {
      const width = cols - c < 2 * block ? cols - c : block;
      correlate(way.packed, source + (c << 2), way.taps, count, bias, y + (c << 2), outer, 1, width, 0, 0, ldy, way.panel);
      c += width;
    }
    return;
  }
  const block = max<usize>(SOURCE_BYTES / (p.inner * p.phasesY * p.phasesX * row), 4);
  for (let r: usize = 0; r < way.rows; r += block) {
    const to = y + ((r * cols) << 2);
    const rows = min(way.rows - r, block);
    correlate(way.packed, source + r * row, way.taps, count, bias, to, outer, rows, cols, row, cols << 2, ldy, way.panel);
  }
}

/** Lists the taps of all phases and, unless w is 0, packs their weights. */
function prepare(g: Geometry, w: usize): void {
  const p = PLAN, way = WAY;
  let taps = way.taps, weights = way.weights, packed = way.packed;
  for (let phase: usize = 0; phase < p.stepY * p.stepX; phase++) {
    const count = listTaps(g, phase / p.stepX, phase % p.stepX, taps, weights);
    store<u32>(way.counts + (phase << 2), count);
    if (w && choose(g, phase, way.images)) pack(w, weights, packed, count);
    taps += count << 2;
    weights += count << 2;
    packed += (count * p.outer) << 2;
  }
}

/** Writes (or, of a gradient, adds) a phase, whose way is chosen, of some images from their source; step: bytes from one to the next */
function fill(source: usize, step: usize, images: usize, count: usize, bias: usize, y: usize, yImage: usize): void {
  const p = PLAN, way = WAY, outer: usize = p.outer, cols = way.width, yPlane = (p.outH * p.outW) << 2;
  if (way.gather) for (let k: usize = 0; k < min(way.chunk, count); k++) store<u32>(way.steps + (k << 2), k * way.pitch);
  for (let r: usize = 0; r < way.height; r += way.block) {
    const rows = min(way.height - r, way.block), area = (rows * cols) << 2;
    if (way.gather) gathered(source + r * p.rowBytes, step, images, rows, cols, count, bias);
    for (let i: usize = 0; i < images; i++) {
      const to = y + i * yImage + ((r * p.stepY * p.outW) << 2), out = way.out + (way.gather ? i * area : 0);
      if (!way.gather) direct(source + i * step, p.gradient ? out : to, count, bias);
      if (p.gradient) {
        for (let m: usize = 0; m < outer; m++) {
          addPlane(out + m * way.pitch, to + m * yPlane, rows, cols, way.outRow, (p.stepY * p.outW) << 2, p.stepX);
        }
      } else if (way.gather) copyRows(out, to, outer, rows * cols, way.pitch, yPlane);
    }
  }
}

/**
 * y = the plan's correlation of x with w: written, with its bias (or 0), or added where the plan is a gradient. g.strides are those of
 * the source. packed: what packAll made of w, or 0.
 */
export function run(g: Geometry, x: usize, w: usize, packed: usize, bias: usize, y: usize, work: usize): void {
  const p = PLAN, way = WAY;
  layOut(g, work);
  const inner: usize = p.inner, outer: usize = p.outer, most = way.images;
  const taps = way.taps, own = way.packed;
  memory.fill(way.zeros, 0, outer << 2);
  clearPlanes(way.source, most);
  const xPlanes = (inner * p.h * p.w) << 2, xImage = g.groups * xPlanes;
  const yPlanes = (outer * p.outH * p.outW) << 2, yImage = g.groups * yPlanes;
  const step = p.inPlace ? xImage : p.sourceBytes;
  for (let group: usize = 0; group < g.groups; group++) {
    const first = bias ? bias + ((group * outer) << 2) : way.zeros;
    way.taps = taps;
    way.packed = own;
    prepare(g, packed ? 0 : w + group * ((outer * inner * g.kh * g.kw) << 2));
    for (let n: usize = 0; n < g.n; n += most) {
      const images = min(g.n - n, most);
      const from = x + n * xImage + group * xPlanes, to = y + n * yImage + group * yPlanes;
      if (!p.inPlace) for (let i: usize = 0; i < images; i++) split(from + i * xImage, way.source + i * step, p, g);
      way.taps = taps;
      way.packed = packed ? packed + group * packedGroup(g) : own;
      for (let phase: usize = 0; phase < p.stepY * p.stepX; phase++) {
        const count: usize = load<u32>(way.counts + (phase << 2));
        const corner = to + ((phase / p.stepX * p.outW + phase % p.stepX) << 2);
        if (count && choose(g, phase, most)) fill(p.inPlace ? from : way.source, step, images, count, first, corner, yImage);
        way.taps += count << 2;
        way.packed += (count * outer) << 2;
      }
    }
  }
}
