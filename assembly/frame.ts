// Padding with one value: a frame around any dims, in one pass over the result.

import { addInto } from "./memory";

/** What the host writes of each dim, from the innermost: words of the frame before and after, and how many steps of x lie between them. */
@unmanaged class Dim {
  before: usize;
  after: usize;
  /** innermost: words side by side */
  count: usize;
  /** words of x from one to the next */
  step: usize;
}

// All is written in order: what a whole vector writes too much is written over by the next.

function filled(y: usize, n: usize, word: v128): usize {
  const stop = y + (n << 2);
  for (; y < stop; y += 16) v128.store(y, word);
  return stop;
}

function copied(x: usize, y: usize, n: usize): usize {
  const stop = y + (n << 2);
  for (const wide = y + ((n & ~15) << 2); y < wide; y += 64, x += 64) {
    const a = v128.load(x), b = v128.load(x, 16), c = v128.load(x, 32), d = v128.load(x, 48);
    v128.store(y, a);
    v128.store(y, b, 16);
    v128.store(y, c, 32);
    v128.store(y, d, 48);
  }
  for (; y < stop; y += 16, x += 16) v128.store(y, v128.load(x));
  return stop;
}

function framed(x: usize, y: usize, dims: usize, inner: usize, word: v128): usize {
  const dim = changetype<Dim>(dims + inner * offsetof<Dim>()), step = dim.step << 2;
  y = filled(y, dim.before, word);
  if (!inner) y = copied(x, y, dim.count);
  else for (let i = dim.count; i; i--, x += step) y = framed(x, y, dims, inner - 1, word);
  return filled(y, dim.after, word);
}

/** y = x inside a frame of the word `bits`; `dims`: ndim entries */
export function frame(x: usize, y: usize, dims: usize, ndim: usize, n: usize, bits: u32): void {
  const beyond = y + (n << 2), kept = v128.load(beyond);
  framed(x, y, dims, ndim - 1, i32x4.splat(bits));
  v128.store(beyond, kept);
}

function added(gy: usize, gx: usize, dims: usize, inner: usize): usize {
  const dim = changetype<Dim>(dims + inner * offsetof<Dim>()), step = dim.step << 2;
  gy += dim.before << 2;
  if (!inner) {
    addInto(gy, gx, dim.count);
    gy += dim.count << 2;
  } else for (let i = dim.count; i; i--, gx += step) gy = added(gy, gx, dims, inner - 1);
  return gy + (dim.after << 2);
}

/** gx += what gy holds inside of the frame */
export function frameGrad(gy: usize, gx: usize, dims: usize, ndim: usize): void {
  added(gy, gx, dims, ndim - 1);
}
