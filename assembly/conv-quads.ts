// Depthwise convolution, any windows, four planes at a time: turned, so that a vector has one float of all four. Along these any stride
// costs the same, and no row is too short for a vector. Four outputs of each plane are turned back.
import { Geometry, lines, PLAN } from "./conv-shape";
import { copyRows } from "./conv-split";
import { fma } from "./lanes";
import { turn } from "./transpose";

// Bytes of lines at a time: in L2, since the rows that two bands share are turned for both. A line: a row of four planes, with its padding.
const BAND: usize = 65536;
// Taps that are few: two roundings a tap hide less of the turning.
const FEW: usize = ASC_FEATURE_RELAXED_SIMD ? 4 : 9;

/** Sizes in bytes, besides counts of rows and columns */
@unmanaged class Quads {
  /** lines of a band: what lies between two of them, between those of two taps, of two outputs; how many an output needs, and of outputs */
  width: usize;
  tapY: usize;
  tapX: usize;
  stepY: usize;
  stepX: usize;
  /** rows of lines that the outputs of a row need, and by which those of the next are later */
  tall: usize;
  fresh: usize;
  /** rows of outputs in a band */
  rows: usize;
  /** columns of the image that are read */
  cols: usize;
  weights: usize;
  bias: usize;
  rest: usize;
  /** where the window of each output begins, in bytes from the first line */
  places: usize;
  lines: usize;
}
const QUADS = changetype<Quads>(memory.data(offsetof<Quads>(), 16));

/** Whether it is faster than plane by plane: not where that reads few taps of long rows, one after the other */
export function quadsPay(g: Geometry): bool {
  const inside = g.padLeft <= (g.kw - 1) * g.dilationX && g.padTop <= (g.kh - 1) * g.dilationY;
  return inside && g.n * g.groups > 3 && (g.strideX > 1 || g.kh * g.kw > FEW || g.ow <= (PLAN.inPlace ? 8 : 128));
}

/** Lays out the work area. Gives its size in bytes. */
export function layOutQuads(g: Geometry, work: usize): usize {
  const q = QUADS, wide = (g.ow - 1) * g.strideX + (g.kw - 1) * g.dilationX + 1;
  // rows that need no padding are read whole, as one
  const columns = g.padLeft == 0 && wide <= g.w ? g.w : wide;
  q.width = columns << 4;
  q.tapY = g.dilationY * q.width;
  q.tapX = g.dilationX << 4;
  q.tall = (g.kh - 1) * g.dilationY + 1;
  // rows of the image between windows are left out
  q.fresh = min(q.tall, g.strideY);
  q.stepY = q.fresh * q.width;
  q.stepX = g.strideX << 4;
  q.rows = min(g.oh, (max(BAND / q.width, q.tall) - q.tall) / q.fresh + 1);
  q.cols = min(g.w, columns - g.padLeft);
  q.weights = work;
  q.bias = q.weights + ((g.kh * g.kw) << 4);
  q.rest = q.bias + 16;
  q.places = q.rest + 64;
  q.lines = q.places + lines((q.rows * g.ow) << 2);
  return lines(q.lines + (q.rows * q.fresh + q.tall) * q.width) - work;
}

/** x, of which planes are `apart` bytes from each other, up to `stop` of lines: whole vectors of each plane */
// @ts-ignore: decorator
@inline
function turnRun(x: usize, apart: usize, line: usize, stop: usize): void {
  for (; line < stop; line += 64) {
    const q1 = x + apart, q2 = q1 + apart;
    turn(v128.load(x), v128.load(q1), v128.load(q2), v128.load(q2 + apart), line, 16);
    x += 16;
  }
}

/** Lines of `count` rows of four planes, the first of which is `row` of x; apart: bytes between planes */
function turnRows(g: Geometry, x: usize, row: isize, count: usize, apart: usize): void {
  const q = QUADS, cols = q.cols << 4, width = q.width, rowBytes = g.w << 2, fresh = q.fresh, gap = g.strideY - fresh;
  let line = q.lines, from = x + row * rowBytes;
  const zero = f32x4.splat(0), lead = line + (g.padLeft << 4);
  for (; line < lead; line += 16) v128.store(line, zero);
  // rows without padding follow each other
  const joined = cols != width || row < 0 || <usize>row + count + (count / fresh - 1) * gap > g.h ? <usize>1 : gap ? fresh : count;
  for (let left = fresh; count > 0; count -= joined) {
    const end = line + joined * width;
    let z = line + (<usize>row < g.h ? (joined - 1) * width + cols : 0);
    turnRun(from, apart, line, z);
    for (; z < end; z += 16) v128.store(z, zero);
    line = end;
    let rows = joined;
    left -= joined;
    if (<isize>left <= 0) {
      left = fresh;
      rows += gap;
    }
    from += rows * rowBytes;
    row += <isize>rows;
  }
}

/** `count` outputs of four planes, `apart` bytes from each other. KW is 2 or 3 for windows of so many columns side by side, 0 for any. */
// @ts-ignore: decorator
@inline
function sums(KW: i32, count: usize, kh: usize, kw: usize, y: usize, apart: usize): void {
  const q = QUADS, tapX = q.tapX, down = KW ? q.tapY : q.tapY - kw * tapX, across = kw << 4;
  const weights = q.weights, end = weights + kh * across, bias = v128.load(q.bias);
  for (let at = q.places; count > 0; at += 16) {
    const base = q.lines;
    let p0 = base + load<u32>(at), p1 = base + load<u32>(at, 4), p2 = base + load<u32>(at, 8), p3 = base + load<u32>(at, 12);
    let a0 = bias, a1 = a0, a2 = a0, a3 = a0;
    for (let w = weights; w < end; ) {
      if (KW) {
        let s = v128.load(w);
        a0 = fma(s, v128.load(p0), a0);
        a1 = fma(s, v128.load(p1), a1);
        a2 = fma(s, v128.load(p2), a2);
        a3 = fma(s, v128.load(p3), a3);
        s = v128.load(w, 16);
        a0 = fma(s, v128.load(p0, 16), a0);
        a1 = fma(s, v128.load(p1, 16), a1);
        a2 = fma(s, v128.load(p2, 16), a2);
        a3 = fma(s, v128.load(p3, 16), a3);
        if (KW == 3) {
          s = v128.load(w, 32);
          a0 = fma(s, v128.load(p0, 32), a0);
          a1 = fma(s, v128.load(p1, 32), a1);
          a2 = fma(s, v128.load(p2, 32), a2);
          a3 = fma(s, v128.load(p3, 32), a3);
        }
        w += KW * 16;
      } else {
        for (const stop = w + across; w < stop; w += 16) {
          const s = v128.load(w);
          a0 = fma(s, v128.load(p0), a0);
          a1 = fma(s, v128.load(p1), a1);
          a2 = fma(s, v128.load(p2), a2);
          a3 = fma(s, v128.load(p3), a3);
          p0 += tapX;
          p1 += tapX;
          p2 += tapX;
          p3 += tapX;
        }
      }
      p0 += down;
      p1 += down;
      p2 += down;
      p3 += down;
    }
    if (count < 4) {
      turn(a0, a1, a2, a3, q.rest, 16);
      break;
    }
    turn(a0, a1, a2, a3, y, apart);
    y += 16;
    count -= 4;
  }
}
function sumsTwo(count: usize, kh: usize, y: usize, apart: usize): void {
  sums(2, count, kh, 2, y, apart);
}
function sumsThree(count: usize, kh: usize, y: usize, apart: usize): void {
  sums(3, count, kh, 3, y, apart);
}
function sumsAny(count: usize, kh: usize, kw: usize, y: usize, apart: usize): void {
  sums(0, count, kh, kw, y, apart);
}

/** y = the correlation of each plane of x with its own kernel, and its bias */
export function quads(g: Geometry, x: usize, w: usize, bias: usize, y: usize, work: usize): void {
  layOutQuads(g, work);
  const q = QUADS;
  let at = q.places;
  for (let r: usize = 0; r < q.rows; r++) {
    for (let c: usize = 0; c < g.ow; c++, at += 4) store<u32>(at, <u32>(r * q.stepY + c * q.stepX));
  }
  // what is read besides
  for (const end = at + 16; at < end; at += 4) store<u32>(at, 0);
  const planes = g.n * g.groups, size = g.kh * g.kw, xPlane = (g.h * g.w) << 2, yPlane = (g.oh * g.ow) << 2;
  for (let i: usize = 0; i < planes; i += 4) {
    // the last four may be some of those before
    const first = min(i, planes - 4);
    for (let k: usize = 0; k < 4; k++) {
      const group = (first + k) % g.groups, to = q.weights + (k << 2);
      store<f32>(q.bias + (k << 2), bias ? load<f32>(bias + (group << 2)) : 0);
      let from = w + ((group * size) << 2);
      for (let t: usize = 0; t < size; t++, from += 4) store<f32>(to + (t << 4), load<f32>(from));
    }
    for (let r: usize = 0; r < g.oh; r += q.rows) {
      const rows = min(q.rows, g.oh - r), to = y + first * yPlane + ((r * g.ow) << 2);
      turnRows(g, x + first * xPlane, <isize>(r * g.strideY) - <isize>g.padTop, (rows - 1) * q.fresh + q.tall, xPlane);
      const count = rows * g.ow, left = count & 3;
      if (g.kw == 3 && g.dilationX == 1) sumsThree(count, g.kh, to, yPlane);
      else if (g.kw == 2 && g.dilationX == 1) sumsTwo(count, g.kh, to, yPlane);
      else sumsAny(count, g.kh, g.kw, to, yPlane);
      copyRows(q.rest, to + ((count - left) << 2), 4, left, 16, yPlane);
    }
  }
}
