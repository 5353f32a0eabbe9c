// The gradient of a convolution's input where it pays to compute each tap's share of every output and to add it where the tap read:
// few input channels, or outputs much smaller than the input. Each tap of each channel is one row of the product of w^T and gy.
import { phaseCost, tileCost } from "./conv-run";
import { Geometry, lines, listTaps, PLAN, planGradX } from "./conv-shape";
import { addPlane, addSplit, columns } from "./conv-split";
import { correlate, panelBytes } from "./conv-tile";
import { packRows } from "./pack";

// The shares of one chunk of taps stay in L2.
const CHUNK_BYTES: usize = 131072;

@unmanaged class Parts {
  images: usize;
  /** outputs of all images at a time, and bytes of a row of them */
  width: usize;
  pitch: usize;
  gather: bool;
  chunk: usize;
  taps: usize;
  weights: usize;
  steps: usize;
  packed: usize;
  zeros: usize;
  planes: usize;
  columns: usize;
  shares: usize;
  panel: usize;
}
const PARTS = changetype<Parts>(memory.data(offsetof<Parts>(), 16));

/**
 * Whether it is estimated to take less time than the plan of the gradient as a correlation (made here), which multiplies padding with
 * zeros. Units are columns of tiles: less than 3.5 channels take as long as 3.5, a float of padded planes 8, a share to be added 12.
 */
export function scatterPays(g: Geometry): bool {
  planGradX(g);
  const p = PLAN, area: usize = g.oh * g.ow, taps = <f32>(g.kh * g.kw), depth = <f32>p.inner, channels = <f32>p.outer;
  const shares = <f32>(area < 16 && g.n > 1 ? area : tileCost(area)) * depth + <f32>area * 12;
  const planes = <f32>(<usize>p.planeH * p.planeW) * 8;
  return channels * taps * shares < depth * (taps * max<f32>(channels, 3.5) * <f32>phaseCost(g) + planes);
}

/** Lays out the work area. Gives its size in bytes. Needs the forward plan. */
export function layOutScatter(g: Geometry, work: usize): usize {
  const p = PLAN, l = PARTS;
  const area = g.oh * g.ow, count = p.inner * g.kh * g.kw;
  l.gather = area < 16 && g.n > 1;
  l.images = l.gather ? min(g.n, (area + 63) / area) : 1;
  l.gather = l.gather || area < 4;
  l.width = l.gather ? (l.images * area + 7) & ~7 : area;
  l.pitch = (((l.width << 2) + 16 + 63) & ~63) | 64;
  l.chunk = min(count, max((CHUNK_BYTES / (l.pitch * 6)) * 6, 24));
  l.taps = work;
  l.weights = l.taps + lines(count << 2);
  l.steps = l.weights + lines(max(count, p.outer) << 2);
  l.packed = l.steps + lines(p.outer << 2);
  l.zeros = l.packed + lines((count * p.outer) << 2);
  l.planes = l.zeros + lines(l.chunk << 2);
  l.columns = l.planes + (p.inPlace ? 0 : lines(l.images * p.sourceBytes));
  l.shares = l.columns + (l.gather ? lines(p.outer * l.pitch) : 0);
  l.panel = l.shares + lines(l.chunk * l.pitch);
  return l.panel + lines(panelBytes(p.outer)) - work;
}

/** gx += */
export function scatter(g: Geometry, gy: usize, w: usize, gx: usize, work: usize): void {
  const p = PLAN, l = PARTS;
  layOutScatter(g, work);
  const inner = p.inner, outer = p.outer, area = g.oh * g.ow, row = p.rowBytes;
  const xPlanes = (inner * p.h * p.w) << 2, xImage = g.groups * xPlanes;
  const yPlanes = (outer * area) << 2, yImage = g.groups * yPlanes;
  const count = listTaps(g, 0, 0, l.taps, l.weights), step = p.inPlace ? xImage : p.sourceBytes;
  const chunk = l.chunk;
  memory.fill(l.zeros, 0, chunk << 2);
  // where each output channel lies in gy, and, in place of the weights' list, where the product finds it
  for (let o: usize = 0; o < outer; o++) {
    store<u32>(l.steps + (o << 2), (o * area) << 2);
    store<u32>(l.weights + (o << 2), l.gather ? o * l.pitch : (o * area) << 2);
  }
  for (let group: usize = 0; group < g.groups; group++) {
    for (let k: usize = 0; k < count; k += chunk) {
      packRows(w + ((group * outer * count + k) << 2), l.packed + ((k * outer) << 2), min(count - k, chunk), outer, 4, count << 2);
    }
    for (let n: usize = 0; n < g.n; n += l.images) {
      const images = min(g.n - n, l.images);
      const dx = gx + n * xImage + group * xPlanes, planes = p.inPlace ? dx : l.planes;
      let dy = gy + n * yImage + group * yPlanes;
      if (!p.inPlace) memory.fill(planes, 0, images * step);
      if (l.gather) {
        for (let i: usize = 0; i < images; i++) {
          columns(dy + i * yImage, l.columns + ((i * area) << 2), l.steps, outer, 1, area, 0, l.pitch);
        }
        dy = l.columns;
      }
      for (let k: usize = 0; k < count; k += chunk) {
        const rows = min(count - k, chunk);
        const packed = l.packed + ((k * outer) << 2);
        correlate(packed, dy, l.weights, outer, l.zeros, l.shares, rows, 1, l.width, 0, 0, l.pitch, l.panel);
        for (let t: usize = 0; t < rows; t++) {
          const to = planes + load<u32>(l.taps + ((k + t) << 2));
          for (let i: usize = 0; i < images; i++) {
            addPlane(l.shares + t * l.pitch + ((i * area) << 2), to + i * step, g.oh, g.ow, g.ow << 2, row, 1);
          }
        }
      }
      if (!p.inPlace) for (let i: usize = 0; i < images; i++) addSplit(planes + i * step, dx + i * xImage, p, g);
    }
  }
}
