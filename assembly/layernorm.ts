// Layer normalisation of rows of n floats with a weight and a bias for each place in the row, and its gradient.
import { firstLanes, fma, storeMasked, sumLanesF64 } from "./lanes";
import { first, inverse, moments, second, shift, transform } from "./moments";

const ONES = memory.data<f32>([1, 1, 1, 1]);

/** y = (x - mean) * rstd * w + b, mean and rstd of each row kept; w and b optional */
export function layerNorm(
  x: usize, w: usize, b: usize, y: usize, mean: usize, rstd: usize, rows: usize, n: usize, eps: f32,
): void {
  const size = (n & ~3) * 4, part = firstLanes(n & 3);
  while (rows--) {
    moments(x, 1, 0, n);
    const m = <f32>first, r = inverse(<f32>second / <f32>n, eps);
    store<f32>(mean, m);
    store<f32>(rstd, r);
    transform(x, y, n, m, r, shift(m, r, 0));
    if (w) {
      for (let i: usize = 0; i < size; i += 16) v128.store(y + i, f32x4.mul(v128.load(y + i), v128.load(w + i)));
      if (n & 3) storeMasked(y + size, f32x4.mul(v128.load(y + size), v128.load(w + size)), part);
    }
    if (b) {
      for (let i: usize = 0; i < size; i += 16) v128.store(y + i, f32x4.add(v128.load(y + i), v128.load(b + i)));
      if (n & 3) storeMasked(y + size, f32x4.add(v128.load(y + size), v128.load(b + size)), part);
    }
    mean += 4;
    rstd += 4;
    x += n * 4;
    y += n * 4;
  }
}

/** With g = gy * w and h = (x - mean) * rstd: gx += rstd * (g - mean(g) - h * mean(g * h)), gw += gy * h, gb += gy */
export function layerNormGrad(
  x: usize, gy: usize, mean: usize, rstd: usize, w: usize, gx: usize, gw: usize, gb: usize, rows: usize, n: usize,
): void {
  const step: usize = w ? 16 : 0, weights = w ? w : ONES, size = n * 4;
  while (rows--) {
    const m = v128.load32_splat(mean), r = v128.load32_splat(rstd);
    let s = f32x4.splat(0), q = s;
    for (let i: usize = 0, p = weights; i < size; i += 16, p += step) {
      const mask = firstLanes(min<usize>((size - i) >> 2, 4)), g = v128.load(gy + i);
      const h = f32x4.mul(f32x4.sub(v128.load(x + i), m), r), weighted = v128.and(f32x4.mul(g, v128.load(p)), mask);
      s = f32x4.add(s, weighted);
      q = fma(weighted, v128.and(h, mask), q);
      if (gw) storeMasked(gw + i, fma(g, h, v128.load(gw + i)), mask);
      if (gb) storeMasked(gb + i, f32x4.add(v128.load(gb + i), g), mask);
    }
    if (gx) {
      const ms = f32x4.splat(<f32>(sumLanesF64(s) / <f64>n)), mq = f32x4.splat(<f32>(sumLanesF64(q) / <f64>n));
      for (let i: usize = 0, p = weights; i < size; i += 16, p += step) {
        const h = f32x4.mul(f32x4.sub(v128.load(x + i), m), r);
        const d = f32x4.sub(f32x4.sub(f32x4.mul(v128.load(gy + i), v128.load(p)), ms), f32x4.mul(h, mq));
        storeMasked(gx + i, fma(d, r, v128.load(gx + i)), firstLanes(min<usize>((size - i) >> 2, 4)));
      }
      gx += size;
    }
    mean += 4;
    rstd += 4;
    x += size;
    gy += size;
  }
}
