// Max pooling without places of small windows in rows that are not narrow, in registers: first down the columns of a window, in whole
// vectors, then along the row by shuffles. 2 x 2 and 3 x 3 at stride 2, where two vectors of columns give one of outputs, 3 x 3 at stride
// 1, where one does, and at stride 3, where three do.
// A NaN is not carried through the maxima, which would cost six instructions each, but noticed by sums as in `quads`.

import { fma } from "./lanes";
import { edges, LOWEST, Pool } from "./pool-windows";

/** y of a window that has two of three columns */
// @ts-ignore: decorator
@inline
function pair(y: usize, q: usize, b: usize, c: usize): void {
  const v = f32x4.pmax(v128.load64_zero(q), v128.load64_zero(q + b)), w = f32x4.pmax(v, v128.load64_zero(q + c));
  v128.store_lane<f32>(y, f32x4.pmax(w, v128.shuffle<f32>(w, w, 1, 1, 1, 1)), 0);
}

/** y of every window, TAPS x TAPS at stride S. Writes up to 3 floats past the rows. */
// @ts-ignore: decorator
@inline
function blocks(S: usize, TAPS: usize, p: Pool, x: usize, y: usize): void {
  const n = p.ow, h = <isize>p.h, rowBytes = p.w << 2, padded = p.padLeft != 0, width = p.w + p.padLeft;
  // the last window lacks its last column, of windows apart the first one its first: its outputs are made once more
  const lacks = (n - 1) * S + TAPS > width, end = (width - TAPS + 1) << 2;
  let met = f32x4.splat(0), met1 = met, met2 = met;
  for (let planes = p.planes; planes; planes--) {
    const start = y;
    let row = -<isize>p.padTop, line = x + row * rowBytes - (p.padLeft << 2);
    for (let r = p.oh; r; r--) {
      let from = line, b = rowBytes, c: usize = (TAPS - 1) * rowBytes, a = met;
      if (row < 0 || row + TAPS > h) {
        // a row that is not there is one of the others once more
        const top = max<isize>(row, 0);
        from += (top - row) * rowBytes;
        c = (min<isize>(row + TAPS, h) - 1 - top) * rowBytes;
        b = min(b, c);
      }
      let at = from;
      if (TAPS == 3 && S < 3) {
        // the vector before the first
        const u = v128.load(at), v = v128.load(at + b), w = v128.load(at + c);
        a = f32x4.pmax(f32x4.pmax(u, v), w);
        met = fma(v, w, met);
        met1 = f32x4.add(met1, u);
        if (padded) a = v128.load32_lane(LOWEST, a, 0);
        at += 16;
      }
      for (const stop = y + (n << 2); y < stop; y += 16) {
        if (S == 3) {
          const q = at + b, r = at + c, u1 = v128.load(q), v1 = v128.load(q, 16), w1 = v128.load(q, 32);
          const u2 = v128.load(r), v2 = v128.load(r, 16), w2 = v128.load(r, 32);
          const u = f32x4.pmax(f32x4.pmax(v128.load(at), u1), u2), v = f32x4.pmax(f32x4.pmax(v128.load(at, 16), v1), v2);
          const w = f32x4.pmax(f32x4.pmax(v128.load(at, 32), w1), w2);
          met = fma(v1, w1, fma(u1, u2, met));
          met1 = fma(w2, w, fma(v2, v, met1));
          met2 = f32x4.add(met2, u);
          // columns 0 3 6 9, 1 4 7 10 and 2 5 8 11
          const s = v128.shuffle<f32>(u, v, 1, 2, 4, 5), t = v128.shuffle<f32>(v, w, 2, 3, 5, 6);
          const o = f32x4.pmax(v128.shuffle<f32>(u, t, 0, 3, 4, 6), v128.shuffle<f32>(s, t, 0, 2, 5, 7));
          v128.store(y, f32x4.pmax(o, v128.shuffle<f32>(s, w, 1, 3, 4, 7)));
          at += 48;
          continue;
        }
        const u = v128.load(at), u1 = v128.load(at + b);
        let v = f32x4.pmax(u, u1);
        if (TAPS == 3) {
          const u2 = v128.load(at + c);
          v = f32x4.pmax(v, u2);
          // at stride 1 the row between is the first one of the next window, whose NaN stays in v
          met = fma(S == 1 ? v : u1, u2, met);
        } else met = fma(u, u1, met);
        if (S == 2) {
          const t = v128.load(at, 16), t1 = v128.load(at + b, 16);
          let w = f32x4.pmax(t, t1);
          if (TAPS == 3) {
            const t2 = v128.load(at + c, 16);
            w = f32x4.pmax(w, t2);
            met1 = fma(t1, t2, met1);
            met2 = fma(v, w, met2);
            const e = v128.shuffle<f32>(a, v, 0, 2, 4, 6), o = f32x4.pmax(e, v128.shuffle<f32>(a, v, 1, 3, 5, 7));
            v128.store(y, f32x4.pmax(o, v128.shuffle<f32>(e, w, 1, 2, 3, 4)));
            a = w;
          } else {
            met1 = fma(t, t1, met1);
            v128.store(y, f32x4.pmax(v128.shuffle<f32>(v, w, 0, 2, 4, 6), v128.shuffle<f32>(v, w, 1, 3, 5, 7)));
          }
        } else {
          const o = f32x4.pmax(a, v128.shuffle<f32>(a, v, 1, 2, 3, 4));
          v128.store(y, f32x4.pmax(o, v128.shuffle<f32>(a, v, 2, 3, 4, 5)));
          a = v;
        }
        at += 16 * S;
      }
      // the last vector may have written past the row
      y -= (0 - n & 3) << 2;
      if (S == 3 && padded) pair(y - (n << 2), from + 4, b, c);
      if (TAPS == 2) {
        const q = from + end;
        if (padded) v128.store_lane<f32>(y - (n << 2), f32x4.pmax(v128.load32_zero(from, 4), v128.load32_zero(from + b, 4)), 0);
        if (lacks) v128.store_lane<f32>(y - 4, f32x4.pmax(v128.load32_zero(q), v128.load32_zero(q + b)), 0);
      } else if (lacks) {
        pair(y - 4, from + end, b, c);
      }
      row += S;
      line += S * rowBytes;
    }
    met = f32x4.add(f32x4.add(met, met1), met2);
    if (v128.any_true(f32x4.ne(met, met))) {
      edges(p, x, start, -<isize>p.padTop, p.oh);
      met = met1 = met2 = f32x4.splat(0);
    }
    x += p.h * rowBytes;
  }
}

/** y of every window: 2 x 2 at stride 2, or 3 x 3 at stride 1 to 3. Only the last of a row may lack a column on the right, and one only. */
export function small(p: Pool, x: usize, y: usize): void {
  const beyond = y + ((p.planes * p.oh * p.ow) << 2), kept = v128.load(beyond);
  if (p.kw == 2) blocks(2, 2, p, x, y);
  else if (p.strideX == 2) blocks(2, 3, p, x, y);
  else if (p.strideX == 3) blocks(3, 3, p, x, y);
  else blocks(1, 3, p, x, y);
  v128.store(beyond, kept);
}
