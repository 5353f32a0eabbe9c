// The gradient of a convolution's weights: blocks of about 512 outputs, of one image or of several, as dot products (conv-dot.ts).
import { dots, packBlock, setBlock } from "./conv-dot";
import { Geometry, lines, listTaps, PLAN } from "./conv-shape";
import { clearPlanes, columns, copyRows, split } from "./conv-split";

// Six packed channels of so many outputs stay in L1 while all taps pass by; the columns of one chunk of taps stay in L2.
const BLOCK_OUTPUTS: usize = 512;
const CHUNK_BYTES: usize = 131072;

/** How the outputs are cut into blocks, and where the parts of the work area are. */
@unmanaged class Cut {
  /** of one block: images, rows (all of them if there are several images); columns of a row, where rows without gaps are one */
  images: usize;
  rows: usize;
  cols: usize;
  /** whether taps are gathered into columns first, `chunk` at a time, rows of `pitch` bytes */
  gather: bool;
  chunk: usize;
  pitch: usize;
  taps: usize;
  weights: usize;
  source: usize;
  packed: usize;
  rowOfAll: usize;
  steps: usize;
  columns: usize;
}
const CUT = changetype<Cut>(memory.data(offsetof<Cut>(), 16));

/** Lays out the work area. Gives its size in bytes. */
export function layOutWeights(g: Geometry, work: usize): usize {
  const p = PLAN, c = CUT;
  const area = g.oh * g.ow, count = p.inner * g.kh * g.kw;
  c.images = min(g.n, max<usize>(BLOCK_OUTPUTS / area, 1));
  c.rows = c.images > 1 ? g.oh : min(g.oh, max<usize>(BLOCK_OUTPUTS / g.ow, 1));
  c.cols = g.ow;
  // a row costs as much as 3 more outputs and the lanes that its last vector wastes; gathering as much as 5 channels
  const merged = g.ow << 2 == p.rowBytes, width = merged ? c.rows * g.ow : g.ow;
  c.gather = ((-width & 3) + 3) * p.outer > 5 * width;
  let outputs = c.images * c.rows * g.ow;
  c.pitch = 0;
  c.chunk = count;
  if (c.gather) {
    c.pitch = (((outputs << 2) + 16 + 63) & ~63) | 64;
    c.chunk = min(count, max(CHUNK_BYTES / c.pitch, 32));
  } else outputs = c.images * (merged ? (width + 3) & ~3 : c.rows * ((g.ow + 3) & ~3));
  c.taps = work;
  c.weights = c.taps + lines(count << 2);
  c.source = c.weights + lines(count << 2);
  c.packed = c.source + (p.inPlace ? 0 : lines(c.images * p.sourceBytes));
  c.rowOfAll = c.packed + lines((p.outer * ((outputs + 3) & ~3)) << 2);
  c.steps = c.rowOfAll + lines(c.gather && c.images > 1 ? (p.outer * outputs) << 2 : 0);
  c.columns = c.steps + lines(c.chunk << 2);
  return c.columns + lines(c.chunk * c.pitch) - work;
}

/** gw += for one block of gathered columns */
function gatheredBlock(
  source: usize, gy: usize, gw: usize, images: usize, rows: usize, count: usize, imageBytes: usize, yPlane: usize, yImage: usize,
): void {
  const p = PLAN, c = CUT, outer = p.outer;
  const area = rows * c.cols, outputs = images * area;
  let from = gy, channel = yPlane;
  if (images > 1) {
    // the channels of all images, one after the other
    channel = outputs << 2;
    from = c.rowOfAll;
    for (let i: usize = 0; i < images; i++) copyRows(gy + i * yImage, from + ((i * area) << 2), outer, area, yPlane, channel);
  }
  setBlock(1, 1, outputs, 0, 0);
  packBlock(from, c.packed, outer, channel, 0);
  for (let k: usize = 0; k < count; k += c.chunk) {
    const depth = min(count - k, c.chunk);
    for (let i: usize = 0; i < images; i++) {
      columns(source + i * imageBytes, c.columns + ((i * area) << 2), c.taps + (k << 2), depth, rows, c.cols, p.rowBytes, c.pitch);
    }
    dots(c.packed, c.columns, c.steps, depth, gw + (k << 2), outer, count << 2);
  }
}

/** gw[o, c, kh, kw] += the gradient of the weights, from x and gy */
export function weights(g: Geometry, gy: usize, x: usize, gw: usize, work: usize): void {
  const p = PLAN, c = CUT;
  layOutWeights(g, work);
  const inner = p.inner, outer = p.outer;
  const xPlanes = (inner * p.h * p.w) << 2, xImage = g.groups * xPlanes, imageBytes = p.inPlace ? xImage : p.sourceBytes;
  const yPlane = (g.oh * g.ow) << 2, yPlanes = outer * yPlane, yImage = g.groups * yPlanes;
  const merged = g.ow << 2 == p.rowBytes;
  const count = listTaps(g, 0, 0, c.taps, c.weights);
  for (let k: usize = 0; k < c.chunk; k++) store<u32>(c.steps + (k << 2), k * c.pitch);
  clearPlanes(c.source, c.images);
  for (let group: usize = 0; group < g.groups; group++) {
    const to = gw + group * ((outer * count) << 2);
    for (let n: usize = 0; n < g.n; n += c.images) {
      const images = min(g.n - n, c.images);
      const from = x + n * xImage + group * xPlanes;
      if (!p.inPlace) for (let i: usize = 0; i < images; i++) split(from + i * xImage, c.source + i * imageBytes, p, g);
      for (let r: usize = 0; r < g.oh; r += c.rows) {
        const rows = min(g.oh - r, c.rows);
        const source = (p.inPlace ? from : c.source) + r * p.rowBytes;
        const dy = gy + n * yImage + group * yPlanes + ((r * g.ow) << 2);
        if (c.gather) gatheredBlock(source, dy, to, images, rows, count, imageBytes, yPlane, yImage);
        else {
          setBlock(images, merged ? 1 : rows, merged ? rows * g.ow : g.ow, p.rowBytes, imageBytes);
          packBlock(dy, c.packed, outer, yPlane, yImage);
          dots(c.packed, source, c.taps, count, to, outer, count << 2);
        }
      }
    }
  }
}

/** gb[o] += the sum of gy over images and outputs; each plane is summed by itself, in blocks, so that rounding stays small */
export function biasSums(g: Geometry, gy: usize, gb: usize): void {
  const area = g.oh * g.ow;
  for (let o: usize = 0; o < g.o; o++) {
    let sum: f64 = 0;
    for (let n: usize = 0; n < g.n; n++) {
      sum += planeSum(gy + (((n * g.o + o) * area) << 2), area);
    }
    store<f32>(gb + (o << 2), load<f32>(gb + (o << 2)) + <f32>sum);
  }
}

/** The sum of n floats: four vectors wide */
function planeSum(x: usize, n: usize): f64 {
  let a = f32x4.splat(0), b = a, c = a, d = a;
  const end = x + (n << 2), end16 = x + ((n & ~15) << 2);
  while (x < end16) {
    a = f32x4.add(a, v128.load(x));
    b = f32x4.add(b, v128.load(x, 16));
    c = f32x4.add(c, v128.load(x, 32));
    d = f32x4.add(d, v128.load(x, 48));
    x += 64;
  }
  a = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
  let sum = <f64>f32x4.extract_lane(a, 0) + <f64>f32x4.extract_lane(a, 1) + <f64>f32x4.extract_lane(a, 2) + <f64>f32x4.extract_lane(a, 3);
  while (x < end) {
    sum += load<f32>(x);
    x += 4;
  }
  return sum;
}
