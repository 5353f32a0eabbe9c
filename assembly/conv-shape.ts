// The geometry of a convolution, and the plans made from it: how the source lies in memory, and where each tap reads it.

/** What the host writes, in this order: words([n, c, h, w, o, kh, kw, strideY, ...]). padTop and padLeft alone: oh and ow say the rest. */
@unmanaged export class Geometry {
  n: usize;
  c: usize;
  h: usize;
  w: usize;
  o: usize;
  kh: usize;
  kw: usize;
  strideY: usize;
  strideX: usize;
  padTop: usize;
  padLeft: usize;
  dilationY: usize;
  dilationX: usize;
  groups: usize;
  oh: usize;
  ow: usize;
}

/**
 * A correlation at unit steps: out[m, r, c] = sum over channels and taps of weight * source[channel, tap offset + r * row + c].
 * Strides are gone: a strided forward reads a source split into phases (element x of row y lies in plane (y % strideY, x % strideX)),
 * and a strided gradient is one correlation for each phase of its output.
 */
@unmanaged export class Plan {
  /** channels of the source and of the output, within one group */
  inner: usize;
  outer: usize;
  /** the source: its size, what is put before it (or cut off, when negative), its phases and the size of each */
  h: usize;
  w: usize;
  top: i32;
  left: i32;
  phasesY: usize;
  phasesX: usize;
  planeH: usize;
  planeW: usize;
  /** whether the tensor itself is that source, without a copy */
  inPlace: bool;
  /** the output: its size and phases */
  outH: usize;
  outW: usize;
  stepY: usize;
  stepX: usize;
  /** whether this is the gradient: taps in reverse, and not all of them in every phase */
  gradient: bool;
  /** elements from one output channel's, and one input channel's, weights to the next */
  outerStep: usize;
  innerStep: usize;

  /** bytes of a row, of a phase's plane, of a channel, of an image's group */
  @inline get rowBytes(): usize {
    return <usize>this.planeW << 2;
  }
  @inline get planeBytes(): usize {
    return <usize>(this.planeH * this.planeW) << 2;
  }
  // where there are phases, with room for what `split` writes past the last of them
  @inline get channelBytes(): usize {
    const phases: usize = this.phasesY * this.phasesX;
    return this.planeBytes * phases + (phases > 1 ? 16 : 0);
  }
  @inline get sourceBytes(): usize {
    return this.channelBytes * this.inner;
  }
}

export const PLAN: Plan = changetype<Plan>(memory.data(offsetof<Plan>(), 16));

/** Bytes of a part of a work area: rounded up to cache lines, with one more to write past the end of. */
// @ts-ignore: decorator
@inline
export function lines(bytes: usize): usize {
  return (bytes + 127) & ~63;
}

// @ts-ignore: decorator
@inline
function ceilDiv(a: usize, b: usize): usize {
  return (a + b - 1) / b;
}

// @ts-ignore: decorator
@inline
function floorDiv(a: i32, by: usize): i32 {
  const b = <i32>by;
  return a >= 0 ? a / b : -((b - 1 - a) / b);
}

/** Floats of a row of a padded plane: not a multiple of a line, or the same column of all rows and channels would share few sets of L1 */
// @ts-ignore: decorator
@inline
function rowOf(width: usize): usize {
  return width & 15 ? width : width + 4;
}

/** y from x: the source is x, padded, in the phases of the stride */
export function planForward(g: Geometry): void {
  const p = PLAN;
  p.gradient = false;
  p.inner = g.c / g.groups;
  p.outer = g.o / g.groups;
  p.h = g.h;
  p.w = g.w;
  p.top = <i32>g.padTop;
  p.left = <i32>g.padLeft;
  // a kernel of fewer rows or columns than the stride reads the first phases only
  p.phasesY = g.dilationY == 1 || g.kh == 1 ? min(g.kh, g.strideY) : g.strideY;
  p.phasesX = g.dilationX == 1 || g.kw == 1 ? min(g.kw, g.strideX) : g.strideX;
  const spanY = (g.oh - 1) * g.strideY + (g.kh - 1) * g.dilationY + 1;
  const spanX = (g.ow - 1) * g.strideX + (g.kw - 1) * g.dilationX + 1;
  p.inPlace = g.strideY == 1 && g.strideX == 1 && g.padTop == 0 && g.padLeft == 0 && spanY <= g.h && spanX <= g.w;
  p.planeH = p.inPlace ? g.h : ceilDiv(spanY, g.strideY);
  p.planeW = p.inPlace ? g.w : ceilDiv(spanX, g.strideX);
  if (!p.inPlace && g.kw > 1) p.planeW = rowOf(p.planeW);
  p.outH = g.oh;
  p.outW = g.ow;
  p.stepY = 1;
  p.stepX = 1;
  p.innerStep = g.kh * g.kw;
  p.outerStep = p.inner * p.innerStep;
}

/** gx from gy: the source is gy, padded; the output has the phases of the stride */
export function planGradX(g: Geometry): void {
  const p = PLAN;
  p.gradient = true;
  p.inner = g.o / g.groups;
  p.outer = g.c / g.groups;
  p.h = g.oh;
  p.w = g.ow;
  p.top = -floorDiv(<i32>g.padTop - <i32>((g.kh - 1) * g.dilationY), g.strideY);
  p.left = -floorDiv(<i32>g.padLeft - <i32>((g.kw - 1) * g.dilationX), g.strideX);
  p.phasesY = 1;
  p.phasesX = 1;
  p.planeH = <usize>p.top + (g.h - 1 + g.padTop) / g.strideY + 1;
  p.planeW = <usize>p.left + (g.w - 1 + g.padLeft) / g.strideX + 1;
  p.inPlace = p.top == 0 && p.left == 0 && p.planeH == g.oh && p.planeW == g.ow;
  p.outH = g.h;
  p.outW = g.w;
  p.stepY = g.strideY;
  p.stepX = g.strideX;
  p.outerStep = g.kh * g.kw;
  p.innerStep = p.outer * p.outerStep;
}

/** Row of the source that tap k reads for output row 0 of the phase; -1 if the phase does not see the tap. The same for columns. */
// @ts-ignore: decorator
@inline
function gradTap(phase: usize, pad: usize, k: usize, dilation: usize, stride: usize, before: i32): i32 {
  const at = <i32>(phase + pad) - <i32>(k * dilation);
  const row = floorDiv(at, stride);
  return at - row * <i32>stride == 0 ? row + before : -1;
}

/** Byte offset within a channel of what the taps of kernel row ky read for output row 0; -1 if this phase of the output does not see them */
export function offsetY(g: Geometry, ky: usize, phase: usize): i32 {
  const p = PLAN, row = <i32>p.rowBytes;
  if (!p.gradient) {
    const at = ky * g.dilationY;
    return <i32>((at % g.strideY) * p.phasesX * p.planeBytes) + <i32>(at / g.strideY) * row;
  }
  const at = gradTap(phase, g.padTop, ky, g.dilationY, g.strideY, p.top);
  return at < 0 ? -1 : at * row;
}

/** The same for kernel column kx */
export function offsetX(g: Geometry, kx: usize, phase: usize): i32 {
  const p = PLAN;
  if (!p.gradient) {
    const at = kx * g.dilationX;
    return <i32>((at % g.strideX) * p.planeBytes + (at / g.strideX << 2));
  }
  const at = gradTap(phase, g.padLeft, kx, g.dilationX, g.strideX, p.left);
  return at < 0 ? -1 : at << 2;
}

/** Lists the taps that a phase of the output sees: where each reads the source, and where its weight is. Gives their number. */
export function listTaps(g: Geometry, py: usize, px: usize, taps: usize, weights: usize): usize {
  const p = PLAN, start = taps, channelBytes = p.channelBytes;
  for (let c: usize = 0; c < p.inner; c++) {
    for (let ky: usize = 0; ky < g.kh; ky++) {
      const y = offsetY(g, ky, py);
      if (y < 0) continue;
      for (let kx: usize = 0; kx < g.kw; kx++) {
        const x = offsetX(g, kx, px);
        if (x < 0) continue;
        store<u32>(taps, <u32>(c * channelBytes + y + x));
        store<u32>(weights, (c * p.innerStep + ky * g.kw + kx) << 2);
        taps += 4;
        weights += 4;
      }
    }
  }
  return (taps - start) >> 2;
}

/** Rows or columns of one phase of the output */
export function phaseSize(size: usize, phase: usize, step: usize): usize {
  return size > phase ? (size - phase + step - 1) / step : 0;
}
