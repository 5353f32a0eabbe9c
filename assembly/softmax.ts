// Softmax and log-softmax over the middle dim of [outer, n, inner], shifted by the largest value, and their gradients.
import { expColumns, expRow, fall4, log1, logOf, MAX, maxRow, PANEL, SUM } from "./falls";
import { firstLanes, fma, fnma, storeMasked, sumLanes } from "./lanes";

/** y = exp(x - max) / sum exp(x - max) */
export function softmax(x: usize, y: usize, outer: usize, n: usize, inner: usize): void {
  const step = inner * 4, part = firstLanes(n & 3);
  for (; outer; outer--, x += n * step, y += n * step) {
    if (inner == 1) {
      const scale = f32x4.splat(1 / expRow(x, y, n, maxRow(x, n))), end = y + (n & ~3) * 4;
      let p = y;
      // four vectors a turn: there is next to nothing to do for each
      for (const wide = y + (n & ~15) * 4; p < wide; p += 64) {
        const a = v128.load(p), b = v128.load(p, 16), c = v128.load(p, 32), d = v128.load(p, 48);
        v128.store(p, f32x4.mul(a, scale));
        v128.store(p, f32x4.mul(b, scale), 16);
        v128.store(p, f32x4.mul(c, scale), 32);
        v128.store(p, f32x4.mul(d, scale), 48);
      }
      for (; p < end; p += 16) v128.store(p, f32x4.mul(v128.load(p), scale));
      if (n & 3) storeMasked(end, f32x4.mul(v128.load(end), scale), part);
      continue;
    }
    for (let i: usize = 0; i < step; i += PANEL * 4) {
      const size = min(step - i, PANEL * 4);
      expColumns(x + i, y + i, n, step, size >> 2);
      for (let j: usize = 0; j < size; j += 16) v128.store(SUM + j, f32x4.div(f32x4.splat(1), v128.load(SUM + j)));
      for (let p = y + i, end = p + n * step; p < end; p += step) {
        for (let j: usize = 0; j < size; j += 16) {
          const mask = firstLanes(min<usize>((size - j) >> 2, 4));
          storeMasked(p + j, f32x4.mul(v128.load(p + j), v128.load(SUM + j)), mask);
        }
      }
    }
  }
}

/** y = x - max - log(sum exp(x - max)) */
export function logSoftmax(x: usize, y: usize, outer: usize, n: usize, inner: usize): void {
  const step = inner * 4, size = (n & ~3) * 4, part = firstLanes(n & 3);
  for (; outer; outer--, x += n * step, y += n * step) {
    if (inner == 1) {
      const m = maxRow(x, n), max = f32x4.splat(m), log = f32x4.splat(log1(expRow(x, y, n, m)));
      for (let i: usize = 0; i < size; i += 16) {
        v128.store(y + i, f32x4.sub(f32x4.sub(v128.load(x + i), max), log));
      }
      if (n & 3) storeMasked(y + size, f32x4.sub(f32x4.sub(v128.load(x + size), max), log), part);
      continue;
    }
    for (let i: usize = 0; i < step; i += PANEL * 4) {
      const size = min(step - i, PANEL * 4);
      expColumns(x + i, y + i, n, step, size >> 2);
      for (let j: usize = 0; j < size; j += 16) v128.store(SUM + j, logOf(v128.load(SUM + j)));
      for (let p = y + i, q = x + i, end = p + n * step; p < end; p += step, q += step) {
        for (let j: usize = 0; j < size; j += 16) {
          const d = f32x4.sub(f32x4.sub(v128.load(q + j), v128.load(MAX + j)), v128.load(SUM + j));
          storeMasked(p + j, d, firstLanes(min<usize>((size - j) >> 2, 4)));
        }
      }
    }
  }
}

// The gradients: a sum of terms along the row, then gx += d(y, gy, sum).
// softmax: y * (gy - sum(y * gy))
@unmanaged class Softmax {
  @inline term(y: v128, gy: v128, s: v128): v128 {
    return fma(y, gy, s);
  }
  @inline d(y: v128, gy: v128, s: v128): v128 {
    return f32x4.mul(y, f32x4.sub(gy, s));
  }
}

// log-softmax: gy - exp(y) * sum(gy)
@unmanaged class LogSoftmax {
  @inline term(y: v128, gy: v128, s: v128): v128 {
    return f32x4.add(gy, s);
  }
  @inline d(y: v128, gy: v128, s: v128): v128 {
    return fnma(fall4(y), s, gy);
  }
}

// @ts-ignore: decorator
@inline
function rowGrad<Op>(y: usize, gy: usize, gx: usize, n: usize): void {
  const pairs = (n & ~7) * 4, size = n * 4;
  let a = f32x4.splat(0), b = a;
  for (let j: usize = 0; j < pairs; j += 32) {
    a = changetype<Op>(0).term(v128.load(y + j), v128.load(gy + j), a);
    b = changetype<Op>(0).term(v128.load(y + j, 16), v128.load(gy + j, 16), b);
  }
  for (let j = pairs; j < size; j += 16) {
    const mask = firstLanes(min<usize>((size - j) >> 2, 4));
    a = changetype<Op>(0).term(v128.and(v128.load(y + j), mask), v128.and(v128.load(gy + j), mask), a);
  }
  const s = f32x4.splat(sumLanes(f32x4.add(a, b)));
  const whole = (n & ~3) * 4;
  for (let j: usize = 0; j < whole; j += 16) {
    const u = changetype<Op>(0).d(v128.load(y + j), v128.load(gy + j), s);
    v128.store(gx + j, f32x4.add(v128.load(gx + j), u));
  }
  if (whole < size) {
    const u = changetype<Op>(0).d(v128.load(y + whole), v128.load(gy + whole), s);
    storeMasked(gx + whole, f32x4.add(v128.load(gx + whole), u), firstLanes(n & 3));
  }
}

// @ts-ignore: decorator
@inline
function panelGrad<Op>(y: usize, gy: usize, gx: usize, n: usize, step: usize, size: usize): void {
  for (let j: usize = 0; j < size; j += 16) v128.store(SUM + j, f32x4.splat(0));
  for (let i: usize = 0; i < n * step; i += step) {
    for (let j: usize = 0; j < size; j += 16) {
      v128.store(SUM + j, changetype<Op>(0).term(v128.load(y + i + j), v128.load(gy + i + j), v128.load(SUM + j)));
    }
  }
  for (let i: usize = 0; i < n * step; i += step) {
    for (let j: usize = 0; j < size; j += 16) {
      const u = changetype<Op>(0).d(v128.load(y + i + j), v128.load(gy + i + j), v128.load(SUM + j));
      storeMasked(gx + i + j, f32x4.add(v128.load(gx + i + j), u), firstLanes(min<usize>((size - j) >> 2, 4)));
    }
  }
}

// @ts-ignore: decorator
@inline
function grad<Op>(y: usize, gy: usize, gx: usize, outer: usize, n: usize, inner: usize): void {
  const step = inner * 4;
  for (; outer; outer--, y += n * step, gy += n * step, gx += n * step) {
    if (inner == 1) rowGrad<Op>(y, gy, gx, n);
    else {
      for (let i: usize = 0; i < step; i += PANEL * 4) {
        panelGrad<Op>(y + i, gy + i, gx + i, n, step, min(step - i, PANEL * 4));
      }
    }
  }
}

/** gx += y * (gy - sum(y * gy)) */
export function softmaxGrad(y: usize, gy: usize, gx: usize, outer: usize, n: usize, inner: usize): void {
  grad<Softmax>(y, gy, gx, outer, n, inner);
}

/** gx += gy - exp(y) * sum(gy) */
export function logSoftmaxGrad(y: usize, gy: usize, gx: usize, outer: usize, n: usize, inner: usize): void {
  grad<LogSoftmax>(y, gy, gx, outer, n, inner);
}
