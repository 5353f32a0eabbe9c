// Max pooling without places of windows 2 or 3 wide at stride 2: first down the columns of a window, in whole vectors, then along
// the row by shuffles. A NaN is not carried through the maxima, which would cost six instructions each, but noticed by a sum of all
// that was read, which runs on other units of the processor than the maxima do.

const LOWEST = memory.data<f32>([-Infinity]);

/** Every second of eight floats, from the first or the second on */
// @ts-ignore: decorator
@inline
function even(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 2, 4, 6);
}
// @ts-ignore: decorator
@inline
function odd(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 1, 3, 5, 7);
}

/**
 * y[0..4 count] = the largest of windows of ROWS x TAPS floats, rowBytes apart, two columns from window to window; x: the first.
 * padded: the first column of all is padding, whatever lies there; with three taps only. ROWS and TAPS: constants, 2 or 3, ROWS
 * also 1. Gives whether there may be a NaN, up to 7 floats past the last window: y may be wrong then. (Infinities of both signs look
 * like one.)
 */
// @ts-ignore: decorator
@inline
function blocks(ROWS: usize, TAPS: i32, x: usize, y: usize, count: usize, rowBytes: usize, padded: bool): bool {
  const row1: usize = ROWS > 1 ? rowBytes : 0, row2: usize = ROWS > 2 ? 2 * rowBytes : 0;
  let met = f32x4.splat(0), other = met, a = met, b = met, c = met;
  if (TAPS == 3) {
    c = met = v128.load(x);
    if (ROWS > 1) {
      const v = v128.load(x + row1);
      met = f32x4.add(met, v);
      c = f32x4.pmax(v, c);
    }
    if (ROWS > 2) {
      const v = v128.load(x + row2);
      met = f32x4.add(met, v);
      c = f32x4.pmax(v, c);
    }
    if (padded) c = v128.load32_lane(LOWEST, c, 0);
    x += 16;
  }
  for (const stop = y + (count << 4); y < stop; y += 16) {
    // three taps: a was read as the end of the block before
    let first = v128.load(x), second = v128.load(x, 16), s = first, t = second;
    if (ROWS > 1) {
      const v = v128.load(x + row1), w = v128.load(x + row1, 16);
      s = f32x4.add(s, v);
      t = f32x4.add(t, w);
      first = f32x4.pmax(v, first);
      second = f32x4.pmax(w, second);
    }
    if (ROWS > 2) {
      const v = v128.load(x + row2), w = v128.load(x + row2, 16);
      s = f32x4.add(s, v);
      t = f32x4.add(t, w);
      first = f32x4.pmax(v, first);
      second = f32x4.pmax(w, second);
    }
    met = f32x4.add(met, s);
    other = f32x4.add(other, t);
    if (TAPS == 3) {
      a = c;
      b = first;
      c = second;
    } else {
      a = first;
      b = second;
    }
    const e = even(a, b);
    let best = f32x4.pmax(e, odd(a, b));
    if (TAPS == 3) best = f32x4.pmax(best, v128.shuffle<f32>(e, c, 1, 2, 3, 4));
    v128.store(y, best);
    x += 32;
  }
  met = f32x4.add(met, other);
  return v128.any_true(f32x4.ne(met, met));
}

function some(
  taps: usize, x: usize, y: usize, count: usize, rows: usize, rowBytes: usize, padded: bool,
): bool {
  if (taps == 2) {
    return rows == 2 ? blocks(2, 2, x, y, count, rowBytes, false) : blocks(1, 2, x, y, count, rowBytes, false);
  }
  if (rows == 3) return blocks(3, 3, x, y, count, rowBytes, padded);
  return rows == 2 ? blocks(2, 3, x, y, count, rowBytes, padded) : blocks(1, 3, x, y, count, rowBytes, padded);
}

/** Whether `pairs` knows windows of rows x taps. */
// @ts-ignore: decorator
@inline
export function knowsPairs(rows: usize, taps: usize): bool {
  return (taps == 2 || taps == 3) && rows <= taps;
}

/** The same for n >= 4 windows, the last four of them once more where n is not a multiple of four */
export function pairs(
  x: usize, y: usize, n: usize, taps: usize, rows: usize, rowBytes: usize, padded: bool,
): bool {
  if (some(taps, x, y, n >> 2, rows, rowBytes, padded)) return true;
  return (n & 3) != 0 && some(taps, x + ((n - 4) << 3), y + ((n - 4) << 2), 1, rows, rowBytes, padded && n == 4);
}
