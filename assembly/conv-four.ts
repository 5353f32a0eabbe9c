// Depthwise convolution by 2x2 kernels, straight from the rows of the image: so few sums cost less than to copy or to turn what they read.
import { Geometry, lines } from "./conv-shape";
import { four } from "./conv-split";
import { fma, splatAt } from "./lanes";

// Shorter rows are faster four planes at a time.
const LEAST: usize = 13;

/** Whether it is faster than four planes at a time. Only the first and the last vector of a row may read what is outside of it. */
export function fourPay(g: Geometry): bool {
  return g.kh == 2 && g.kw == 2 && g.ow >= LEAST && g.strideX < 4 && g.padLeft <= g.dilationX && g.dilationX <= (g.strideX == 2 ? 1 : 4);
}

/** Scratch bytes of foursOfPlanes: masks of the first and last vectors of a row, and a row of zeros */
export function fourWork(g: Geometry): usize {
  return lines(64 + ((g.w + 48) << 2));
}

/** Which lanes of the tap at column `at`, `step` apart, lie inside of `w` columns */
function inside(at: isize, step: usize, w: usize, mask: usize): void {
  for (let i: usize = 0; i < 4; i++, at += <isize>step) store<i32>(mask + (i << 2), <usize>at < w ? -1 : 0);
}

/** s + v * x + w * y: four taps in x, STEP apart, those in y d bytes from them; with a stride of 2 from the same vectors */
// @ts-ignore: decorator
@inline
function pair(STEP: i32, p: usize, d: usize, v: v128, w: v128, s: v128): v128 {
  if (STEP != 2) return fma(w, four(STEP, p + d), fma(v, four(STEP, p), s));
  const a = v128.load(p), b = v128.load(p, 16);
  return fma(w, v128.shuffle<f32>(a, b, 1, 3, 5, 7), fma(v, v128.shuffle<f32>(a, b, 0, 2, 4, 6), s));
}

/** The same of a vector that reads what is left or right of the image; masks: those of x and y */
// @ts-ignore: decorator
@inline
function masked(STEP: i32, p: usize, d: usize, v: v128, w: v128, s: v128, masks: usize): v128 {
  s = fma(v, v128.and(four(STEP, p), v128.load(masks)), s);
  return fma(w, v128.and(four(STEP, p + d), v128.load(masks, 16)), s);
}

/** A plane. The last vector of a row overlaps the one before. */
// @ts-ignore: decorator
@inline
function plane(STEP: i32, g: Geometry, x: usize, w: usize, bias: v128, y: usize, masks: usize): void {
  const w0 = splatAt(w, 0), w1 = splatAt(w, 1), w2 = splatAt(w, 2), w3 = splatAt(w, 3), d = g.dilationX << 2;
  const last = (g.ow - 4) << 2, row = g.w << 2, zeros = masks + 128, h = g.h;
  let at = -<isize>g.padTop;
  x -= g.padLeft << 2;
  for (let rows = g.oh; rows > 0; rows--) {
    const below = <usize>at + g.dilationY;
    let p = <usize>at < h ? x + at * row : zeros, q = below < h ? x + below * row : zeros;
    v128.store(y, masked(STEP, q, d, w2, w3, masked(STEP, p, d, w0, w1, bias, masks), masks));
    const end = y + last, far = last * STEP, p1 = p + far, q1 = q + far;
    for (let z = y + 16; z < end; z += 16) {
      p += 16 * STEP;
      q += 16 * STEP;
      v128.store(z, pair(STEP, q, d, w2, w3, pair(STEP, p, d, w0, w1, bias)));
    }
    v128.store(end, masked(STEP, q1, d, w2, w3, masked(STEP, p1, d, w0, w1, bias, masks + 32), masks + 32));
    y = end + 16;
    at += <isize>g.strideY;
  }
}
function planeOne(g: Geometry, x: usize, w: usize, bias: v128, y: usize, masks: usize): void {
  plane(1, g, x, w, bias, y, masks);
}
function planeTwo(g: Geometry, x: usize, w: usize, bias: v128, y: usize, masks: usize): void {
  plane(2, g, x, w, bias, y, masks);
}
function planeThree(g: Geometry, x: usize, w: usize, bias: v128, y: usize, masks: usize): void {
  plane(3, g, x, w, bias, y, masks);
}

/** y = the correlation of each plane of x with its own kernel, and its bias */
export function foursOfPlanes(g: Geometry, x: usize, w: usize, bias: usize, y: usize, masks: usize): void {
  const last = <isize>((g.ow - 4) * g.strideX), lead = <isize>g.padLeft, d = <isize>g.dilationX;
  inside(-lead, g.strideX, g.w, masks);
  inside(d - lead, g.strideX, g.w, masks + 16);
  inside(last - lead, g.strideX, g.w, masks + 32);
  inside(last + d - lead, g.strideX, g.w, masks + 48);
  memory.fill(masks + 64, 0, (g.w + 48) << 2);
  for (let n = g.n; n > 0; n--) {
    for (let group: usize = 0; group < g.groups; group++) {
      const b = bias ? splatAt(bias, group) : f32x4.splat(0), from = w + (group << 4);
      if (g.strideX == 1) planeOne(g, x, from, b, y, masks);
      else if (g.strideX == 2) planeTwo(g, x, from, b, y, masks);
      else planeThree(g, x, from, b, y, masks);
      x += (g.h * g.w) << 2;
      y += (g.oh * g.ow) << 2;
    }
  }
}
