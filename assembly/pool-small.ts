// Max pooling without places of small windows, in registers: first down the columns of a window, in whole vectors, then along the row
// by shuffles. 2 x 2 and 3 x 3 at stride 2, where two vectors of columns give one of outputs, and 3 x 3 at stride 1, where one does.
// A NaN is not carried through the maxima, which would cost six instructions each, but noticed by a sum of all that was read, which
// runs on other units of the processor than the maxima do.
import { suspect } from "./pool-rows";

const LOWEST = memory.data<f32>([-Infinity]);

/** count rows of y: see `small`. Gives whether there may be a NaN in the last S rows of a window, of two in both. */
// @ts-ignore: decorator
@inline
function blocks(
  S: usize, TAPS: usize, x: usize, y: usize, count: usize, step: usize, n: usize, width: usize, b: usize, c: usize, padded: bool,
): bool {
  // the last window lacks its last column, of two taps the first one its first: its outputs are made once more
  const lacks = (n - 1) * S + TAPS > width, end = (width - TAPS + 1) << 2;
  let met = f32x4.splat(0), other = met;
  for (; count; count--) {
    let p: usize = 0, a = met;
    if (TAPS == 3) {
      // the vector before the first
      const v = v128.load(x + b), w = v128.load(x + c);
      a = f32x4.pmax(f32x4.pmax(v, v128.load(x)), w);
      met = f32x4.add(met, w);
      if (S == 2) other = f32x4.add(other, v);
      if (padded) a = v128.load32_lane(LOWEST, a, 0);
      p = 16;
    }
    for (const stop = y + (n << 2); y < stop; y += 16) {
      const at = x + p, first = v128.load(at + b);
      let v = f32x4.pmax(first, v128.load(at));
      if (TAPS == 3) {
        const second = v128.load(at + c);
        v = f32x4.pmax(v, second);
        met = f32x4.add(met, second);
      }
      if (S == 2) {
        const third = v128.load(at + b, 16);
        let w = f32x4.pmax(third, v128.load(at, 16));
        met = f32x4.add(met, first);
        other = f32x4.add(other, third);
        if (TAPS == 3) {
          const fourth = v128.load(at + c, 16);
          w = f32x4.pmax(w, fourth);
          other = f32x4.add(other, fourth);
        } else {
          met = f32x4.add(met, v128.load(at));
          other = f32x4.add(other, v128.load(at, 16));
        }
        if (TAPS == 2) {
          v128.store(y, f32x4.pmax(v128.shuffle<f32>(v, w, 0, 2, 4, 6), v128.shuffle<f32>(v, w, 1, 3, 5, 7)));
        } else {
          const e = v128.shuffle<f32>(a, v, 0, 2, 4, 6), r = f32x4.pmax(e, v128.shuffle<f32>(a, v, 1, 3, 5, 7));
          v128.store(y, f32x4.pmax(r, v128.shuffle<f32>(e, w, 1, 2, 3, 4)));
          a = w;
        }
      } else {
        const r = f32x4.pmax(a, v128.shuffle<f32>(a, v, 1, 2, 3, 4));
        v128.store(y, f32x4.pmax(r, v128.shuffle<f32>(a, v, 2, 3, 4, 5)));
        a = v;
      }
      p += 16 * S;
    }
    // the last vector may have written past the row
    y -= (0 - n & 3) << 2;
    if (TAPS === 2) {
      if (padded) v128.store_lane<f32>(y - (n << 2), f32x4.pmax(v128.load32_zero(x, 4), v128.load32_zero(x + b, 4)), 0);
      if (lacks) v128.store_lane<f32>(y - 4, f32x4.pmax(v128.load32_zero(x + end), v128.load32_zero(x + b + end)), 0);
    } else if (lacks) {
      const at = x + end, v = f32x4.pmax(v128.load64_zero(at), v128.load64_zero(at + b)), w = f32x4.pmax(v, v128.load64_zero(at + c));
      v128.store_lane<f32>(y - 4, f32x4.pmax(w, v128.shuffle<f32>(w, w, 1, 1, 1, 1)), 0);
    }
    x += step;
  }
  met = f32x4.add(met, other);
  return v128.any_true(f32x4.ne(met, met));
}

/**
 * count rows of y, n floats each, of windows of `rows` (or fewer, at an edge) x `taps` floats. x: the first column of the first
 * window, which is padding where that is `padded`; `width` columns are left from there on. Windows move by `stride`, 1 with three taps
 * or 2, and only the last of a row may lack a column. Gives whether there may be a NaN, so that y is wrong; infinities of both signs look like one. Up to 3 floats behind y are
 * written.
 */
export function small(
  x: usize, y: usize, count: usize, n: usize, width: usize, taps: usize, stride: usize, rows: usize, rowBytes: usize, padded: bool,
): bool {
  // a row that is not there is one of the others once more
  const b: usize = rows > 1 ? rowBytes : 0, c: usize = rows > 2 ? 2 * rowBytes : b, step = stride * rowBytes;
  if (taps == 2) return blocks(2, 2, x, y, count, step, n, width, b, c, padded);
  // of three rows only those that are new to a window are looked at
  const seen = suspect(x, (rows == 1 ? 0 : stride == 2 ? 1 : rows - 1) * (rowBytes >> 2));
  if (stride == 2) return blocks(2, 3, x, y, count, step, n, width, b, c, padded) || seen;
  return blocks(1, 3, x, y, count, step, n, width, b, c, padded) || seen;
}
