// Strided convolution to few output channels, straight from the image (from a padded copy, where it needs padding): the lanes are four
// output channels, and every input is splatted from where it is. To split the image by the stride costs more than so few sums do.
import { phaseCost } from "./conv-run";
import { Geometry, lines, listTaps, PLAN, planForward } from "./conv-shape";
import { clearPlanes, split } from "./conv-split";
import { fma } from "./lanes";
import { packFour, packScalar } from "./pack";
import { turn } from "./transpose";

@unmanaged class Parts {
  /** groups of four output channels */
  fours: usize;
  taps: usize;
  list: usize;
  /** where the window of each output begins */
  places: usize;
  packed: usize;
  bias: usize;
  rest: usize;
  source: usize;
}
const PARTS = changetype<Parts>(memory.data(offsetof<Parts>(), 16));
/** The geometry without its stride: every place is an output */
const DENSE = changetype<Geometry>(memory.data(offsetof<Geometry>(), 16));

// In columns of tiles: a tap of four outputs of eight channels, or of four; what a tile takes besides, in taps; a float of split planes, of
// a copy. Chosen over 180 random shapes.
const EIGHT: f32 = ASC_FEATURE_RELAXED_SIMD ? 32 : 36;
const FOUR: f32 = 24;
const TILE: f32 = 6;
const SPLIT: f32 = 6;
const COPY: f32 = 5;

/** Whether it is estimated to be faster than splitting the image by the stride, of which the plan is made anew. */
export function splatPays(g: Geometry): bool {
  const p = PLAN, outer: usize = g.o / g.groups;
  if (g.strideX == 1 || g.oh * g.ow < 4 || outer < 4 || g.c < 8 * g.groups) return false;
  planForward(g);
  const taps = <f32>(g.kh * g.kw), rest = outer & 7;
  const planes = <f32>(p.planeH * p.planeW) * <f32>(p.phasesY * p.phasesX);
  const apart = taps * max<f32>(<f32>outer, 3.5) * <f32>phaseCost(g) + planes * SPLIT;
  layOutSplat(g, 0);
  const fours = <f32>((g.oh * g.ow + 3) >> 2);
  const columns = <f32>(outer >> 3) * EIGHT + (rest > 4 ? EIGHT : rest ? FOUR : 0), copied = p.inPlace ? <usize>0 : p.planeH * p.planeW;
  const here = (taps + TILE / <f32>p.inner) * fours * columns + <f32>copied * COPY;
  planForward(g);
  return here < apart;
}

/** Lays out the work area and makes the plan. Gives its size in bytes. */
export function layOutSplat(g: Geometry, work: usize): usize {
  const p = PLAN, l = PARTS, d = DENSE;
  memory.copy(changetype<usize>(d), changetype<usize>(g), offsetof<Geometry>());
  d.strideY = d.strideX = 1;
  d.oh = (g.oh - 1) * g.strideY + 1;
  d.ow = (g.ow - 1) * g.strideX + 1;
  planForward(d);
  const count = p.inner * g.kh * g.kw;
  l.fours = (p.outer + 3) >> 2;
  l.taps = work;
  l.list = l.taps + lines(count << 2);
  l.places = l.list + lines(count << 2);
  l.packed = l.places + lines((g.oh * g.ow) << 2);
  l.bias = l.packed + lines((l.fours * count) << 4);
  l.rest = l.bias + lines(l.fours << 4);
  l.source = l.rest + 256;
  return l.source + (p.inPlace ? 0 : lines(p.sourceBytes)) - work;
}

/** 4 NV output channels at four places, `count` taps each; far: bytes from four channels' weights to the next four's */
// @ts-ignore: decorator
@inline
function tile(NV: i32, x: usize, places: usize, w: usize, far: usize, bias: usize, y: usize, ldy: usize, taps: usize, end: usize): void {
  const p0 = x + load<u32>(places), p1 = x + load<u32>(places, 4), p2 = x + load<u32>(places, 8), p3 = x + load<u32>(places, 12);
  let a0 = v128.load(bias), a1 = a0, a2 = a0, a3 = a0;
  let b0 = NV > 1 ? v128.load(bias, 16) : a0, b1 = b0, b2 = b0, b3 = b0;
  for (; taps < end; taps += 4) {
    const o: usize = load<u32>(taps), u = v128.load(w), v = NV > 1 ? v128.load(w + far) : u;
    let s = v128.load32_splat(p0 + o);
    a0 = fma(s, u, a0);
    if (NV > 1) b0 = fma(s, v, b0);
    s = v128.load32_splat(p1 + o);
    a1 = fma(s, u, a1);
    if (NV > 1) b1 = fma(s, v, b1);
    s = v128.load32_splat(p2 + o);
    a2 = fma(s, u, a2);
    if (NV > 1) b2 = fma(s, v, b2);
    s = v128.load32_splat(p3 + o);
    a3 = fma(s, u, a3);
    if (NV > 1) b3 = fma(s, v, b3);
    w += 16;
  }
  turn(a0, a1, a2, a3, y, ldy);
  if (NV > 1) turn(b0, b1, b2, b3, y + 4 * ldy, ldy);
}
function tileOne(x: usize, places: usize, w: usize, bias: usize, y: usize, ldy: usize, taps: usize, end: usize): void {
  tile(1, x, places, w, 0, bias, y, ldy, taps, end);
}
function tileTwo(x: usize, places: usize, w: usize, far: usize, bias: usize, y: usize, ldy: usize, taps: usize, end: usize): void {
  tile(2, x, places, w, far, bias, y, ldy, taps, end);
}

/** y[m, place] of one image's group */
function outputs(x: usize, y: usize, area: usize, count: usize): void {
  const l = PARTS, ldy = area << 2, outer: usize = PLAN.outer, end = l.taps + (count << 2), far = count << 4;
  for (let i: usize = 0; i < area; i += 4) {
    // the last four may be some of those before
    const at = min(i, area - 4) << 2, places = l.places + at;
    let w = l.packed, bias = l.bias;
    for (let m: usize = 0; m < outer; ) {
      const some: usize = outer - m > 4 ? 2 : 1, whole = m + 4 * some <= outer;
      const to = whole ? y + m * ldy + at : l.rest, apart = whole ? ldy : 16;
      if (some == 2) tileTwo(x, places, w, far, bias, to, apart, l.taps, end);
      else tileOne(x, places, w, bias, to, apart, l.taps, end);
      for (let k: usize = m; !whole && k < outer; k++) v128.store(y + k * ldy + at, v128.load(l.rest + ((k - m) << 4)));
      m += 4 * some;
      w += some * far;
      bias += some << 4;
    }
  }
}

/** Bytes of the packed weights of one group */
// @ts-ignore: decorator
@inline
function groupBytes(g: Geometry): usize {
  const inner = g.c / g.groups, outer = g.o / g.groups;
  return (((outer + 3) >> 2) * inner * g.kh * g.kw) << 4;
}

/** Bytes of the packed weights of all groups */
export function splatBytes(g: Geometry): usize {
  return g.groups * groupBytes(g);
}

/** One group's weights, four output channels together, the last four filled up with zeros */
function packGroup(g: Geometry, w: usize, packed: usize): void {
  const outer = g.o / g.groups, count = g.c / g.groups * g.kh * g.kw, whole = outer & ~3;
  memory.fill(packed + ((whole * count) << 2), 0, outer & 3 ? count << 4 : 0);
  for (let m: usize = 0; m < outer; m += 4) {
    const from = w + ((m * count) << 2), to = packed + ((m * count) << 2);
    if (m < whole) packFour(from, to, count, count << 2);
    else packScalar(from, count << 2, 4, to, outer - m, count, 4);
  }
}

/** Packs the weights of all groups, to serve several runs. */
export function packSplat(g: Geometry, w: usize, packed: usize): void {
  const floats = (g.o / g.groups) * (g.c / g.groups) * g.kh * g.kw;
  for (let group: usize = 0; group < g.groups; group++) packGroup(g, w + ((group * floats) << 2), packed + group * groupBytes(g));
}

/** y = the convolution of x with w: written, with its bias (or 0). packed: what packSplat made of w, or 0 */
export function splat(g: Geometry, x: usize, w: usize, packed: usize, bias: usize, y: usize, work: usize): void {
  layOutSplat(g, work);
  const p = PLAN, l = PARTS, inner: usize = p.inner, outer: usize = p.outer, area = g.oh * g.ow;
  const count = listTaps(DENSE, 0, 0, l.taps, l.list);
  const down = g.strideY * p.rowBytes, across = g.strideX << 2;
  for (let r: usize = 0, at = l.places; r < g.oh; r++) {
    for (let c: usize = 0; c < g.ow; c++, at += 4) store<u32>(at, <u32>(r * down + c * across));
  }
  clearPlanes(l.source, 1);
  const xGroup = (inner * g.h * g.w) << 2, yGroup = (outer * area) << 2;
  memory.fill(l.bias, 0, l.fours << 4);
  for (let group: usize = 0; group < g.groups; group++) {
    if (bias) memory.copy(l.bias, bias + ((group * outer) << 2), outer << 2);
    if (packed) l.packed = packed + group * groupBytes(g);
    else packGroup(g, w + ((group * outer * count) << 2), l.packed);
    for (let n: usize = 0; n < g.n; n++) {
      const i = n * g.groups + group, from = x + i * xGroup;
      if (!p.inPlace) split(from, l.source, p, DENSE);
      outputs(p.inPlace ? from : l.source, y + i * yGroup, area, count);
    }
  }
}
