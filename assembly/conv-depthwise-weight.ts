// The gradient of a 3x3 depthwise convolution's weights: nine dot products of a plane of gy with one of x at once.
import { Geometry, lines, listTaps, PLAN } from "./conv-shape";
import { clearPlanes, split, splitAtOnce } from "./conv-split";
import { firstLanes, fma, sumLanes } from "./lanes";

/** Scratch bytes of depthwiseWeights */
export function depthwiseWeightsWork(): usize {
  return 2 * lines(36) + (PLAN.inPlace ? 0 : lines(splitAtOnce(PLAN) * PLAN.channelBytes));
}

/** gw[3, 3] += one plane: p0, p1, p2 the rows that output row 0 reads, d1 and d2 bytes to the second and third columns */
function dotNine(
  gy: usize, p0: usize, p1: usize, p2: usize, d1: usize, d2: usize, gw: usize, rows: usize, cols: usize, row: usize,
): void {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0, a8 = a0;
  const whole = (cols & ~3) << 2, skip = row - whole;
  const mask = firstLanes(cols & 3);
  for (let r: usize = 0; r < rows; r++) {
    const end = gy + whole;
    while (gy < end) {
      const g = v128.load(gy);
      a0 = fma(g, v128.load(p0), a0);
      a1 = fma(g, v128.load(p0 + d1), a1);
      a2 = fma(g, v128.load(p0 + d2), a2);
      a3 = fma(g, v128.load(p1), a3);
      a4 = fma(g, v128.load(p1 + d1), a4);
      a5 = fma(g, v128.load(p1 + d2), a5);
      a6 = fma(g, v128.load(p2), a6);
      a7 = fma(g, v128.load(p2 + d1), a7);
      a8 = fma(g, v128.load(p2 + d2), a8);
      gy += 16;
      p0 += 16;
      p1 += 16;
      p2 += 16;
    }
    if (cols & 3) {
      const g = v128.and(v128.load(gy), mask);
      a0 = fma(g, v128.and(v128.load(p0), mask), a0);
      a1 = fma(g, v128.and(v128.load(p0 + d1), mask), a1);
      a2 = fma(g, v128.and(v128.load(p0 + d2), mask), a2);
      a3 = fma(g, v128.and(v128.load(p1), mask), a3);
      a4 = fma(g, v128.and(v128.load(p1 + d1), mask), a4);
      a5 = fma(g, v128.and(v128.load(p1 + d2), mask), a5);
      a6 = fma(g, v128.and(v128.load(p2), mask), a6);
      a7 = fma(g, v128.and(v128.load(p2 + d1), mask), a7);
      a8 = fma(g, v128.and(v128.load(p2 + d2), mask), a8);
      gy += (cols & 3) << 2;
    }
    p0 += skip;
    p1 += skip;
    p2 += skip;
  }
  addSum(gw, a0);
  addSum(gw + 4, a1);
  addSum(gw + 8, a2);
  addSum(gw + 12, a3);
  addSum(gw + 16, a4);
  addSum(gw + 20, a5);
  addSum(gw + 24, a6);
  addSum(gw + 28, a7);
  addSum(gw + 32, a8);
}

// @ts-ignore: decorator
@inline
function addSum(y: usize, v: v128): void {
  store<f32>(y, load<f32>(y) + sumLanes(v));
}

/** gw += for 3x3 kernels, one input and one output channel a group */
export function depthwiseWeights(g: Geometry, gy: usize, x: usize, gw: usize, work: usize): void {
  const p = PLAN, taps = work, source = work + 2 * lines(36);
  listTaps(g, 0, 0, taps, work + lines(36));
  const t0: usize = load<u32>(taps), t1: usize = load<u32>(taps, 12), t2: usize = load<u32>(taps, 24);
  const d1 = <usize>load<u32>(taps, 4) - t0, d2 = <usize>load<u32>(taps, 8) - t0;
  const planes: usize = g.n * g.groups, most = splitAtOnce(p);
  clearPlanes(source, most);
  for (let i: usize = 0; i < planes; i++) {
    const part = i % most, from = x + ((i * g.h * g.w) << 2), at = p.inPlace ? from : source + part * p.channelBytes;
    if (!p.inPlace && part == 0) {
      p.inner = min(planes - i, most);
      split(from, at, p, g);
    }
    const dy = gy + ((i * g.oh * g.ow) << 2), to = gw + (i % g.groups) * 36;
    dotNine(dy, at + t0, at + t1, at + t2, d1, d2, to, g.oh, g.ow, p.rowBytes);
  }
}
