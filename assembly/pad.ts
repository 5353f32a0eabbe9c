// Padding of the last two dims with what they hold: every output row and column names the one of the input that it shows.

import { addInto } from "./memory";

/** What the host writes, in this order. mode: 1 reflect, 2 replicate, 3 circular; top and left may be negative: then they cut. */
@unmanaged class Padding {
  planes: usize;
  h: usize;
  w: usize;
  top: isize;
  left: isize;
  oh: usize;
  ow: usize;
  mode: usize;
}

/** Where in n elements the one `i` places from the first lies; circular: what negative padding left, from..to, repeats */
function source(i: isize, n: isize, from: isize, to: isize, mode: usize): isize {
  if (mode == 3) return i < from ? i + to - from : i < to ? i : i - (to - from);
  if (i >= 0 && i < n) return i;
  if (mode == 1) return i < 0 ? -i : 2 * (n - 1) - i;
  return i < 0 ? 0 : n - 1;
}

function rowOf(p: Padding, r: usize): isize {
  const h = <isize>p.h, end = <isize>p.oh - p.top;
  return source(<isize>r - p.top, h, max<isize>(-p.top, 0), min(end, h), p.mode);
}

/** Scratch bytes of pad and padGrad */
export function padWork(geometry: usize): usize {
  return changetype<Padding>(geometry).ow << 2;
}

// Columns left..right of y are those of x itself, side by side; only the others are listed.

// @ts-ignore: decorator
@inline
function leftOf(p: Padding): usize {
  return min(<usize>max(p.left, 0), p.ow);
}

// @ts-ignore: decorator
@inline
function rightOf(p: Padding): usize {
  return max(min(<usize>max(p.left + <isize>p.w, 0), p.ow), leftOf(p));
}

function listColumns(p: Padding, work: usize): void {
  const w = <isize>p.w, from = max<isize>(-p.left, 0), to = min(<isize>p.ow - p.left, w), left = leftOf(p), right = rightOf(p);
  for (let c: usize = 0; c < p.ow; c++) {
    if (c === left && (c = right) === p.ow) break;
    store<i32>(work + (c << 2), <i32>source(<isize>c - p.left, w, from, to, p.mode));
  }
}

/** y[planes, oh, ow] = x[planes, h, w] between its padding */
export function pad(x: usize, y: usize, work: usize, geometry: usize): void {
  const p = changetype<Padding>(geometry), left = leftOf(p), right = rightOf(p);
  listColumns(p, work);
  for (let plane: usize = 0; plane < p.planes; plane++) {
    for (let r: usize = 0; r < p.oh; r++, y += p.ow << 2) {
      const at = x + ((<usize>rowOf(p, r) * p.w) << 2);
      for (let c: usize = 0; c < p.ow; c++) {
        if (c === left) {
          copyRow(y + (left << 2), at + ((<isize>left - p.left) << 2), right - left);
          c = right;
          if (c === p.ow) break;
        }
        store<u32>(y + (c << 2), load<u32>(at + (load<u32>(work + (c << 2)) << 2)));
      }
    }
    x += (p.h * p.w) << 2;
  }
}

/** y = x, exactly n words: memory.copy leaves wasm, which short rows feel, and was 6 times slower where y is not aligned */
function copyRow(y: usize, x: usize, n: usize): void {
  for (const stop = x + ((n & ~3) << 2); x < stop; x += 16, y += 16) v128.store(y, v128.load(x));
  for (const stop = x + ((n & 3) << 2); x < stop; x += 4, y += 4) store<u32>(y, load<u32>(x));
}

/** gx += what gy holds of each element, wherever padding repeated it */
export function padGrad(gy: usize, gx: usize, work: usize, geometry: usize): void {
  const p = changetype<Padding>(geometry), left = leftOf(p), right = rightOf(p);
  listColumns(p, work);
  for (let plane: usize = 0; plane < p.planes; plane++) {
    for (let r: usize = 0; r < p.oh; r++, gy += p.ow << 2) {
      const at = gx + ((<usize>rowOf(p, r) * p.w) << 2);
      for (let c: usize = 0; c < p.ow; c++) {
        if (c === left) {
          addInto(gy + (left << 2), at + ((<isize>left - p.left) << 2), right - left);
          c = right;
          if (c === p.ow) break;
        }
        const to = at + (load<u32>(work + (c << 2)) << 2);
        store<f32>(to, load<f32>(to) + load<f32>(gy + (c << 2)));
      }
    }
    gx += (p.h * p.w) << 2;
  }
}
