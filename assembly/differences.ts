// What the losses of the difference of two tensors of one shape are made with: each element's, their fused sum, the gradients.
// y holds one value an element, or the sum over all divided by `divisor`; gy likewise (`each`), times `scale`.
// Sums run in float32 lanes over blocks of BLOCK and in double precision between them.
import { firstLanes, fma, sumLanesF64 } from "./lanes";
import { seed } from "./seed";

const BLOCK: usize = 512;

// @ts-ignore: decorator
@inline
export function each2<Op>(x: usize, t: usize, y: usize, n: usize, c: f32, p: f32, q: f32): void {
  const stop = x + ((n + 3) & ~3) * 4, vc = f32x4.splat(c), vp = f32x4.splat(p), vq = f32x4.splat(q);
  for (; x < stop; x += 16, t += 16, y += 16) {
    v128.store(y, changetype<Op>(0).f(f32x4.sub(v128.load(x), v128.load(t)), vc, vp, vq));
  }
}

// @ts-ignore: decorator
@inline
export function sum2<Op>(x: usize, t: usize, y: usize, n: usize, c: f32, p: f32, q: f32, divisor: f32): void {
  const stop = x + (n & ~7) * 4, end = x + n * 4, vc = f32x4.splat(c), vp = f32x4.splat(p), vq = f32x4.splat(q);
  let total: f64 = 0, a = f32x4.splat(0), b = a;
  while (x < stop) {
    const block = min(x + BLOCK * 4, stop);
    while (x < block) {
      a = f32x4.add(a, changetype<Op>(0).f(f32x4.sub(v128.load(x), v128.load(t)), vc, vp, vq));
      b = f32x4.add(b, changetype<Op>(0).f(f32x4.sub(v128.load(x, 16), v128.load(t, 16)), vc, vp, vq));
      x += 32;
      t += 32;
    }
    total += sumLanesF64(f32x4.add(a, b));
    a = b = f32x4.splat(0);
  }
  for (; x < end; x += 16, t += 16) {
    const v = changetype<Op>(0).f(f32x4.sub(v128.load(x), v128.load(t)), vc, vp, vq);
    a = f32x4.add(a, v128.and(v, firstLanes(min<usize>((end - x) >> 2, 4))));
  }
  store<f32>(y, <f32>((total + sumLanesF64(a)) / <f64>divisor));
}

// @ts-ignore: decorator
@inline
export function grad2<Op>(
  x: usize, t: usize, gy: usize, gx: usize, n: usize, c: f32, p: f32, q: f32, each: bool, scale: f32,
): void {
  const stop = x + ((n + 3) & ~3) * 4, vc = f32x4.splat(c), vp = f32x4.splat(p), vq = f32x4.splat(q);
  const s = f32x4.splat(scale), step: usize = each ? 16 : 0;
  for (let g = seed(gy, each); x < stop; x += 16, t += 16, gx += 16, g += step) {
    const d = changetype<Op>(0).df(f32x4.sub(v128.load(x), v128.load(t)), vc, vp, vq);
    v128.store(gx, fma(f32x4.mul(d, s), v128.load(g), v128.load(gx)));
  }
}
