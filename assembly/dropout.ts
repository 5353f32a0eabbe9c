// Dropout, and its gradient.
import { bernoulli } from "./random";

/** mask = 1 / keep where a 53-bit uniform is under keep, else 0;  y = x mask. Keeping nothing draws nothing, as in PyTorch. */
export function dropout(state: usize, x: usize, mask: usize, y: usize, n: usize, keep: f64): void {
  if (keep == 0) memory.fill(mask, 0, n << 2);
  else bernoulli(state, mask, n, keep, 1 / <f32>keep);
  const stop = y + (n << 2);
  while (y < stop) {
    v128.store(y, f32x4.mul(v128.load(x), v128.load(mask)));
    x += 16;
    mask += 16;
    y += 16;
  }
}

/** gx += gy mask */
export function dropoutGrad(mask: usize, gy: usize, gx: usize, n: usize): void {
  const stop = gx + (n << 2);
  while (gx < stop) {
    v128.store(gx, f32x4.add(v128.load(gx), f32x4.mul(v128.load(gy), v128.load(mask))));
    mask += 16;
    gy += 16;
    gx += 16;
  }
}
