// Max pooling without places of narrow windows that share little, none of which reaches beyond the image: four at a time, wherever they
// are in a plane or in four planes. A vector of each of their rows, first the maxima down these, then along by shuffles: it costs what
// the windows hold, however far they are apart and however few are in a row.
// NaN is noticed by sums as in `quads`, also one beside a window.

import { fma } from "./lanes";
import { edges, Pool } from "./pool-windows";

/** Most windows of a plane: where they begin stays in L1 */
const MOST: usize = 512;
/** Most windows of a plane that is done with three others: no vector has fewer than four windows then */
const FEW: usize = 64;

/** Whether a window reaches beyond the image */
export function clipped(p: Pool): bool {
  return (p.padTop | p.padLeft) != 0 || (p.oh - 1) * p.strideY + p.kh > p.h || (p.ow - 1) * p.strideX + p.kw > p.w;
}

/**
 * Scratch bytes, or 0 where another way is faster: windows at stride 1 and 2 share more the longer a row is, and to write down where
 * they begin takes as long as a plane does.
 */
export function foursWork(p: Pool): usize {
  const n = p.oh * p.ow, step = p.strideX, sparse = p.planes < 4 ? step > 2 && n <= FEW * p.planes : p.planes > 7;
  const fits = p.dilationX * p.dilationY == 1 && p.kw > 1 && p.kw < 5 && n <= MOST && (step > 2 || p.planes > 15 && p.w <= 6 * step);
  return sparse && fits && !clipped(p) ? (4 * min(n, FEW) + n) << 2 : 0;
}

/** The larger ones of neighbours: those of a, then those of b */
// @ts-ignore: decorator
@inline
export function halves(a: v128, b: v128): v128 {
  return f32x4.pmax(v128.shuffle<f32>(a, b, 0, 2, 4, 6), v128.shuffle<f32>(a, b, 1, 3, 5, 7));
}

/** The same of three columns, the second of which counts twice */
// @ts-ignore: decorator
@inline
function thirds(a: v128, b: v128): v128 {
  return f32x4.pmax(v128.shuffle<f32>(a, b, 0, 2, 4, 6), v128.shuffle<f32>(a, b, 1, 1, 5, 5));
}

/** Two columns of two windows */
// @ts-ignore: decorator
@inline
function both(a: usize, b: usize): v128 {
  return v128.load64_lane(b, v128.load64_zero(a), 1);
}

/** y of every window of K columns. table: where in its planes each one begins */
// @ts-ignore: decorator
@inline
function columns(K: usize, p: Pool, x: usize, y: usize, table: usize): void {
  const n = p.oh * p.ow, planes: usize = p.planes < 4 || n > FEW ? 1 : 4, rowBytes = p.w << 2, planeBytes = p.h * rowBytes;
  const deep = (p.kh - 1) * rowBytes, second = min(rowBytes, deep), beyond = y + ((p.planes * n) << 2), kept = v128.load(beyond);
  let end = table;
  for (let k: usize = 0; k < planes; k++) {
    for (let r: usize = 0; r < p.oh; r++) {
      let q = k * planeBytes + r * p.strideY * rowBytes;
      for (let c = p.ow; c; c--) {
        store<u32>(end, <u32>q);
        q += p.strideX << 2;
        end += 4;
      }
    }
  }
  for (; (end - table) & 15; end += 4) store<u32>(end, load<u32>(end - 4));
  for (let i: usize = 0; i < p.planes; i += planes) {
    // the last four may be some of those before
    const plane = min(i, p.planes - planes), base = x + plane * planeBytes, start = y + ((plane * n) << 2);
    let met = f32x4.splat(0), met1 = met, met2 = met, met3 = met, out = start;
    for (let z = table; z < end; z += 16) {
      const q = base + load<u32>(z), q1 = base + load<u32>(z, 4), q2 = base + load<u32>(z, 8), q3 = base + load<u32>(z, 12);
      if (K == 2) {
        let e = both(q + second, q1 + second), f = both(q2 + second, q3 + second);
        let v = f32x4.pmax(both(q, q1), e), v1 = f32x4.pmax(both(q2, q3), f);
        met = fma(e, f, met);
        for (let t = second; t < deep; ) {
          t += rowBytes;
          e = both(q + t, q1 + t), f = both(q2 + t, q3 + t);
          v = f32x4.pmax(v, e);
          v1 = f32x4.pmax(v1, f);
          met = fma(e, f, met);
        }
        met1 = fma(v, v1, met1);
        v128.store(out, halves(v, v1));
      } else {
        let e = v128.load(q + second), f = v128.load(q1 + second), g = v128.load(q2 + second), h = v128.load(q3 + second);
        let v = f32x4.pmax(v128.load(q), e), v1 = f32x4.pmax(v128.load(q1), f);
        let v2 = f32x4.pmax(v128.load(q2), g), v3 = f32x4.pmax(v128.load(q3), h);
        met = fma(e, f, met);
        met1 = fma(g, h, met1);
        for (let t = second; t < deep; ) {
          t += rowBytes;
          e = v128.load(q + t), f = v128.load(q1 + t), g = v128.load(q2 + t), h = v128.load(q3 + t);
          v = f32x4.pmax(v, e);
          v1 = f32x4.pmax(v1, f);
          v2 = f32x4.pmax(v2, g);
          v3 = f32x4.pmax(v3, h);
          met = fma(e, f, met);
          met1 = fma(g, h, met1);
        }
        met2 = fma(v, v1, met2);
        met3 = fma(v2, v3, met3);
        v128.store(out, K == 3 ? halves(thirds(v, v1), thirds(v2, v3)) : halves(halves(v, v1), halves(v2, v3)));
      }
      // the last vector of a plane may reach up to 3 floats into the next one, which comes later
      out += 16;
    }
    met = f32x4.add(f32x4.add(met, met1), f32x4.add(met2, met3));
    if (v128.any_true(f32x4.ne(met, met))) {
      for (let k: usize = 0; k < planes; k++) edges(p, base + k * planeBytes, start + ((k * n) << 2), 0, p.oh);
    }
  }
  v128.store(beyond, kept);
}

// Functions of their own: as one the compiler folds them into a loop that asks for K at each vector, which took 1.1 of the time.

function columns3(p: Pool, x: usize, y: usize, work: usize): void {
  columns(3, p, x, y, work);
}

function columns4(p: Pool, x: usize, y: usize, work: usize): void {
  columns(4, p, x, y, work);
}

/** y of every window. work: see foursWork */
export function fours(p: Pool, x: usize, y: usize, work: usize): void {
  if (p.kw == 2) columns(2, p, x, y, work);
  else if (p.kw == 3) columns3(p, x, y, work);
  else columns4(p, x, y, work);
}
