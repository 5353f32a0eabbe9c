// Data movement between a strided view and contiguous memory: copies, writes, and sums of gradients.
import { columnSum, panelWidth, Plain, sumColumns, sumRow } from "./sums";
import { transpose4, transposeAdd4 } from "./transpose";

// The dims at hand as (size, stride of s, stride of c), strides in bytes, up to 64 of them, the innermost at the end.
const LAST = memory.data(64 * 12, 16) + 63 * 12;

// what is done to a word or a vector at s and one at c: c = s
@unmanaged class Copy {
  @inline adds(): bool {
    return false;
  }
  @inline one(s: usize, c: usize): void {
    store<u32>(c, load<u32>(s));
  }
  @inline four(s: usize, c: usize): void {
    v128.store(c, v128.load(s));
  }
  @inline row(s: usize, c: usize, n: usize): void {
    splatRow(load<u32>(s), c, n);
  }
  @inline block(s: usize, ss: usize, c: usize, cs: usize): void {
    transpose4(s, ss, c, cs);
  }
}

// s += c
@unmanaged class Add {
  @inline adds(): bool {
    return true;
  }
  @inline one(s: usize, c: usize): void {
    store<f32>(s, load<f32>(s) + load<f32>(c));
  }
  @inline four(s: usize, c: usize): void {
    v128.store(s, f32x4.add(v128.load(s), v128.load(c)));
  }
  @inline row(s: usize, c: usize, n: usize): void {
    store<f32>(s, load<f32>(s) + <f32>sumRow<Plain>(c, n, 0));
  }
  @inline block(s: usize, ss: usize, c: usize, cs: usize): void {
    transposeAdd4(s, ss, c, cs);
  }
}

/** c = the same word n times */
export function splatRow(word: u32, c: usize, n: usize): void {
  const v = i32x4.splat(word);
  const stop = c + (n << 2);
  const stop4 = c + ((n & ~3) << 2);
  while (c < stop4) {
    v128.store(c, v);
    c += 16;
  }
  while (c < stop) {
    store<u32>(c, word);
    c += 4;
  }
}

/** Many rows added to one: summed first, so that precision does not fade with their number. */
function addSums(s: usize, c: usize, cs: usize, m: usize, n: usize): void {
  if (n < 4) {
    for (let i: usize = 0; i < n; i++) {
      let a: f64 = 0, b: f64 = 0, p = c + (i << 2);
      const y = s + (i << 2), stop = p + cs * (m & ~1);
      for (; p < stop; p += cs << 1) {
        a += <f64>load<f32>(p);
        b += <f64>load<f32>(p + cs);
      }
      if (m & 1) a += <f64>load<f32>(p);
      store<f32>(y, <f32>(<f64>load<f32>(y) + a + b));
    }
    return;
  }
  for (let i: usize = 0; i < n; ) {
    const width = panelWidth(n - i);
    sumColumns<Plain>(c + (i << 2), m, cs, width, 0);
    for (let j: usize = 0; j < width; j++) {
      const y = s + ((i + j) << 2);
      store<f32>(y, <f32>(<f64>load<f32>(y) + columnSum(j, width)));
    }
    i += width;
  }
}

/** Rows of n adjacent words on both sides. */
function adjacentRows<Op>(s: usize, ss: usize, c: usize, cs: usize, m: usize, n: usize): void {
  do {
    let a = s;
    let b = c;
    const stop = c + (n << 2);
    const stop4 = c + ((n & ~3) << 2);
    // four vectors at once, as in mapWide
    for (const wide = c + ((n & ~15) << 2); b < wide; b += 64) {
      changetype<Op>(0).four(a, b);
      changetype<Op>(0).four(a + 16, b + 16);
      changetype<Op>(0).four(a + 32, b + 32);
      changetype<Op>(0).four(a + 48, b + 48);
      a += 64;
    }
    while (b < stop4) {
      changetype<Op>(0).four(a, b);
      a += 16;
      b += 16;
    }
    while (b < stop) {
      changetype<Op>(0).one(a, b);
      a += 4;
      b += 4;
    }
    s += ss;
    c += cs;
  } while (--m);
}

/** Rows whose words are step bytes apart at s and to bytes apart at c. */
function steppedRows<Op>(
  s: usize, ss: usize, step: usize, c: usize, cs: usize, to: usize, m: usize, n: usize,
): void {
  do {
    let a = s;
    let b = c;
    for (let i = n; i; i--) {
      changetype<Op>(0).one(a, b);
      a += step;
      b += to;
    }
    s += ss;
    c += cs;
  } while (--m);
}

/** m x n words adjacent down the columns at s and along the rows at c: 4 x 4 blocks, sixteen rows at a time to use a whole cache line. */
// @ts-ignore: decorator
@inline
function turned<Op>(s: usize, step: usize, c: usize, cs: usize, m: usize, n: usize): void {
  const n4 = n & ~3;
  let left = m & ~3;
  while (left) {
    const rows = min<usize>(left, 16);
    let a = s;
    let b = c;
    const stop = c + (n4 << 2);
    while (b < stop) {
      let p = a;
      let q = b;
      const last = a + (rows << 2);
      while (p < last) {
        changetype<Op>(0).block(p, step, q, cs);
        p += 16;
        q += cs << 2;
      }
      a += step << 2;
      b += 16;
    }
    if (n4 < n) steppedRows<Op>(a, 4, step, b, cs, 4, rows, n - n4);
    s += rows << 2;
    c += cs * rows;
    left -= rows;
  }
  if (m & 3) steppedRows<Op>(s, 4, step, c, cs, 4, m & 3, n);
}

/** The two innermost dims. */
function plane<Op>(s: usize, c: usize, view: usize): void {
  const m: usize = load<u32>(view);
  const ss: usize = load<u32>(view, 4);
  const cs: usize = load<u32>(view, 8);
  const n: usize = load<u32>(view, 12);
  const step: usize = load<u32>(view, 16);
  const to: usize = load<u32>(view, 20);
  if (to !== 4) {
    steppedRows<Op>(s, ss, step, c, cs, to, m, n);
  } else if (step === 4) {
    if (changetype<Op>(0).adds() && ss === 0) addSums(s, c, cs, m, n);
    else adjacentRows<Op>(s, ss, c, cs, m, n);
  } else if (step === 0) {
    let rows = m;
    do {
      changetype<Op>(0).row(s, c, n);
      s += ss;
      c += cs;
    } while (--rows);
  } else if (ss === 4) {
    turned<Op>(s, step, c, cs, m, n);
  } else {
    steppedRows<Op>(s, ss, step, c, cs, 4, m, n);
  }
}

function walk<Op>(s: usize, c: usize, view: usize, ndim: usize): void {
  if (ndim === 2) {
    plane<Op>(s, c, view);
    return;
  }
  let left = load<u32>(view);
  const ss: usize = load<u32>(view, 4);
  const cs: usize = load<u32>(view, 8);
  do {
    walk<Op>(s, c, view + 12, ndim - 1);
    s += ss;
    c += cs;
  } while (--left);
}

// @ts-ignore: decorator
@inline
function setDim(view: usize, size: u32, ss: u32, cs: u32): void {
  store<u32>(view, size);
  store<u32>(view, ss, 4);
  store<u32>(view, cs, 8);
}

/** Moves the first dim whose stride at s (offset 4) or c (8) is one word into the place of `to`. */
function bring(view: usize, to: usize, offset: usize): void {
  if (load<u32>(to + offset) === 4) return;
  for (let d = view; d < to; d += 12) {
    if (load<u32>(d + offset) !== 4) continue;
    const size = load<u32>(d);
    const ss = load<u32>(d, 4);
    const cs = load<u32>(d, 8);
    memory.copy(d, d + 12, to - d);
    setDim(to, size, ss, cs);
    return;
  }
}

// A plane of fewer words costs more than its words.
const FEW: u32 = 24;

/** Moves the longest dim into the innermost place. */
function bringLongest(view: usize): void {
  let longest = LAST;
  for (let d = view; d < LAST; d += 12) if (load<u32>(d) > load<u32>(longest)) longest = d;
  const size = load<u32>(longest), ss = load<u32>(longest, 4), cs = load<u32>(longest, 8);
  memory.copy(longest, longest + 12, LAST - longest);
  setDim(LAST, size, ss, cs);
}

/**
 * Lays the host's (size, stride) pairs down with their strides at s, or at c if `turn`, and contiguous ones on the other side.
 * Sizes of 1 are dropped, dims that continue each other merged. The dim adjacent at c becomes the innermost, the one
 * adjacent at s the next. Gives the address of the outermost dim, or 0 if a size is 0.
 */
function lay(dims: usize, ndim: usize, turn: bool): usize {
  let view = LAST;
  let contiguous: u32 = 4;
  setDim(view, 1, 4, 4);
  for (let d = dims + (ndim << 3); d > dims; ) {
    d -= 8;
    const size = load<u32>(d);
    if (size === 0) return 0;
    if (size === 1) continue;
    const strided = load<u32>(d, 4) << 2;
    const inner = load<u32>(view);
    if (inner > 1 && inner * load<u32>(view + (turn ? 8 : 4)) === strided) {
      store<u32>(view, inner * size);
    } else {
      if (inner > 1) view -= 12;
      setDim(view, size, turn ? contiguous : strided, turn ? strided : contiguous);
    }
    contiguous *= size;
  }
  if (view === LAST) {
    view -= 12;
    setDim(view, 1, 0, 0);
  }
  bring(view, LAST, 8);
  if (load<u32>(LAST, 4) > 4) bring(view, LAST - 12, 4);
  return view;
}

// @ts-ignore: decorator
@inline
function move<Op>(s: usize, c: usize, dims: usize, ndim: usize, turn: bool): void {
  const view = lay(dims, ndim, turn);
  // many planes of a few words are copied across: a word of each, then the next; sums keep their order, in which precision does not fade
  const across = !changetype<Op>(0).adds() && view && view < LAST - 12;
  if (across && load<u32>(LAST) * load<u32>(LAST - 12) < FEW) bringLongest(view);
  if (view) walk<Op>(s, c, view, (LAST + 12 - view) / 12);
}

/** y (contiguous) = x (strided); dims are ndim pairs of u32 (size, stride in words), outermost first */
export function stridedCopy(x: usize, y: usize, dims: usize, ndim: usize): void {
  move<Copy>(x, y, dims, ndim, false);
}

/** y (strided) = x (contiguous) */
export function stridedWrite(x: usize, y: usize, dims: usize, ndim: usize): void {
  move<Copy>(x, y, dims, ndim, true);
}

/** y (strided) += x (contiguous) */
export function stridedAdd(x: usize, y: usize, dims: usize, ndim: usize): void {
  move<Add>(y, x, dims, ndim, false);
}

/** rows of n words, xs and ys words apart: y = x */
export function copyRows(x: usize, y: usize, rows: usize, n: usize, xs: usize, ys: usize): void {
  if (rows && n) adjacentRows<Copy>(x, xs << 2, y, ys << 2, rows, n);
}

/** rows of n floats, xs and ys words apart: y += x */
export function addRows(x: usize, y: usize, rows: usize, n: usize, xs: usize, ys: usize): void {
  if (rows && n) adjacentRows<Add>(y, ys << 2, x, xs << 2, rows, n);
}

/** y += x, exactly n floats */
export function addInto(x: usize, y: usize, n: usize): void {
  addRows(x, y, 1, n, 0, 0);
}

/** y = one word, exactly n times */
export function fill(y: usize, n: usize, word: u32): void {
  splatRow(word, y, n);
}
