// Padding of the last two dims: every output row and column names the one of the input that it shows, or none.

/** What the host writes, in this order. mode: 0 constant, 1 reflect, 2 replicate, 3 circular; top and left may be negative: then they cut. */
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

/** Where in n elements the one `i` places from the first lies, -1 for nowhere; circular: what negative padding left, from..to, repeats */
function source(i: isize, n: isize, from: isize, to: isize, mode: usize): isize {
  if (mode == 3) return i < from ? i + to - from : i < to ? i : i - (to - from);
  if (i >= 0 && i < n) return i;
  if (mode == 1) return i < 0 ? -i : 2 * (n - 1) - i;
  if (mode == 2) return i < 0 ? 0 : n - 1;
  return -1;
}

function rowOf(p: Padding, r: usize): isize {
  const h = <isize>p.h, end = <isize>p.oh - p.top;
  return source(<isize>r - p.top, h, max<isize>(-p.top, 0), min(end, h), p.mode);
}

/** Scratch bytes of pad and padGrad */
export function padWork(geometry: usize): usize {
  return changetype<Padding>(geometry).ow << 2;
}

function listColumns(p: Padding, work: usize): void {
  const w = <isize>p.w, from = max<isize>(-p.left, 0), to = min(<isize>p.ow - p.left, w);
  for (let c: usize = 0; c < p.ow; c++) {
    store<i32>(work + (c << 2), <i32>source(<isize>c - p.left, w, from, to, p.mode));
  }
}

/** y[planes, oh, ow] = x[planes, h, w] between its padding, the word `bits` where the mode is constant */
export function pad(x: usize, y: usize, work: usize, geometry: usize, bits: u32): void {
  const p = changetype<Padding>(geometry);
  listColumns(p, work);
  // columns from..to are those of x itself, side by side
  const from = min(<usize>max(p.left, 0), p.ow), to = max(min(<usize>max(p.left + <isize>p.w, 0), p.ow), from);
  for (let plane: usize = 0; plane < p.planes; plane++) {
    for (let r: usize = 0; r < p.oh; r++) {
      const row = rowOf(p, r);
      const at = x + ((<usize>row * p.w) << 2);
      for (let c: usize = 0; c < p.ow; c++) {
        if (row >= 0 && c == from && to > from) {
          memory.copy(y + (from << 2), at + ((<isize>from - p.left) << 2), (to - from) << 2);
          c = to;
          if (c == p.ow) break;
        }
        const column = load<i32>(work + (c << 2));
        store<u32>(y + (c << 2), row < 0 || column < 0 ? bits : load<u32>(at + (column << 2)));
      }
      y += p.ow << 2;
    }
    x += (p.h * p.w) << 2;
  }
}

/** gx += what gy holds of each element, wherever padding repeated it */
export function padGrad(gy: usize, gx: usize, work: usize, geometry: usize): void {
  const p = changetype<Padding>(geometry);
  listColumns(p, work);
  for (let plane: usize = 0; plane < p.planes; plane++) {
    for (let r: usize = 0; r < p.oh; r++) {
      const row = rowOf(p, r);
      if (row >= 0) {
        const at = gx + ((<usize>row * p.w) << 2);
        for (let c: usize = 0; c < p.ow; c++) {
          const column = load<i32>(work + (c << 2));
          if (column < 0) continue;
          const to = at + (column << 2);
          store<f32>(to, load<f32>(to) + load<f32>(gy + (c << 2)));
        }
      }
      gy += p.ow << 2;
    }
    gx += (p.h * p.w) << 2;
  }
}
