// Max pooling without places of few windows, which may reach beyond the image: window by window, of four planes at a time, by lists of
// which vectors each one has and how many columns of them are its own. A short row costs `quads` more.

import { fma } from "./lanes";
import { halves } from "./pool-fours";
import { edges, Pool } from "./pool-windows";
import { turn } from "./transpose";

/** Most windows of a plane */
const FEW: usize = 9;
/** Fewest planes: to write the lists takes as long as a few of them do */
const DEEP: usize = 32;
/** Most bytes of lists: they stay in L1 */
const MOST: usize = 8192;
/** 16 bytes that leave n columns of a vector as they are and make others as small as can be are 4 n bytes before the last 16 */
const LIMITS = memory.data<f32>([Infinity, Infinity, Infinity, Infinity, -Infinity, -Infinity, -Infinity, -Infinity]);

/** Vectors of a window: four columns, or the last four, of each row */
// @ts-ignore: decorator
@inline
function vectors(p: Pool): usize {
  return p.kh * ((p.kw + 3) >> 2);
}

/** Scratch bytes, or 0 where another way is faster */
export function listsWork(p: Pool): usize {
  const n = p.oh * p.ow, bytes = (n * (vectors(p) + 5) + 12) << 2, few: usize = p.kw > 4 ? 1 : FEW, dense = p.dilationX * p.dilationY;
  return n <= few && p.kw > 1 && p.planes >= DEEP && dense == 1 && bytes <= MOST ? bytes : 0;
}

/** Where all windows of a plane have their first vector, then their second one ...; at `limits`: which of LIMITS */
// @ts-ignore: decorator
@inline
function write(p: Pool, list: usize, limits: usize): void {
  const kw = <isize>p.kw;
  for (let i: usize = 0; i < p.kh; i++) {
    for (let j: isize = 0; j < kw; j += 4) {
      let limit = limits;
      for (let r: usize = 0; r < p.oh; r++) {
        // a row that is not there is one of the others once more
        const row = min<isize>(max<isize>(<isize>(r * p.strideY + i - p.padTop), 0), <isize>p.h - 1) * <isize>p.w;
        let column = -<isize>p.padLeft;
        for (let c = p.ow; c; c--) {
          const left = max<isize>(column, 0), wide = min<isize>(column + kw, p.w) - left;
          store<u32>(list, <u32>(row + left + min<isize>(j, max<isize>(wide - 4, 0))) << 2);
          store<u32>(limit, <u32>(LIMITS + 16 - (min<isize>(wide, 4) << 2)));
          list += 4;
          limit += 4;
          column += <isize>p.strideX;
        }
      }
    }
  }
}

/** y of every window of four planes or more. work: see listsWork */
export function lists(p: Pool, x: usize, y: usize, work: usize): void {
  const n = p.oh * p.ow, bytes = n << 2, apart = (p.h * p.w) << 2, apart2 = apart << 1, apart3 = apart2 + apart;
  const reach = vectors(p) * bytes, line = work + reach + bytes, beyond = y + p.planes * bytes, kept = v128.load(beyond);
  write(p, work, work + reach);
  for (let i: usize = 0; i < p.planes; i += 4) {
    // the last four may be some of those before
    const plane = min(i, p.planes - 4), base = x + plane * apart, start = y + plane * bytes;
    let met = f32x4.splat(0), met1 = met, met2 = met, met3 = met, z = line;
    for (let list = work; list < work + bytes; list += 4) {
      let q = base + load<u32>(list), next = list + bytes;
      let v = v128.load(q), v1 = v128.load(q + apart), v2 = v128.load(q + apart2), v3 = v128.load(q + apart3);
      for (const limit = list + reach; next < limit; next += bytes) {
        q = base + load<u32>(next);
        const e = v128.load(q), f = v128.load(q + apart), g = v128.load(q + apart2), h = v128.load(q + apart3);
        v = f32x4.pmax(v, e);
        v1 = f32x4.pmax(v1, f);
        v2 = f32x4.pmax(v2, g);
        v3 = f32x4.pmax(v3, h);
        met = fma(e, f, met);
        met1 = fma(g, h, met1);
      }
      met2 = fma(v, v1, met2);
      met3 = fma(v2, v3, met3);
      const limit = v128.load(load<u32>(next));
      v = f32x4.pmin(v, limit);
      v1 = f32x4.pmin(v1, limit);
      v2 = f32x4.pmin(v2, limit);
      v3 = f32x4.pmin(v3, limit);
      v128.store(z, halves(halves(v, v1), halves(v2, v3)));
      z += 16;
    }
    met = f32x4.add(f32x4.add(met, met1), f32x4.add(met2, met3));
    if (v128.any_true(f32x4.ne(met, met))) {
      for (let k: usize = 0; k < 4; k++) edges(p, base + k * apart, start + k * bytes, -<isize>p.padTop, p.oh);
    } else {
      // the last ones first: they reach up to 3 floats into the next plane
      for (let c = (n - 1) & ~3; <isize>c >= 0; c -= 4) {
        const q = line + (c << 4);
        turn(v128.load(q), v128.load(q, 16), v128.load(q, 32), v128.load(q, 48), start + (c << 2), bytes);
      }
    }
  }
  v128.store(beyond, kept);
}
