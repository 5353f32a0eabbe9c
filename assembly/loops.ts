// The elementwise loops of one tensor, written once (of two: broadcast.ts). An op is an @unmanaged class with inline methods,
// called through changetype<Op>(0): that inlines fully, where a closure or a function pointer becomes a call_indirect per vector.
// Storage is padded to 16 bytes and wholly owned, so no loop has a scalar tail. One vector an iteration: two or four measured
// the same for exp, tanh, sigmoid and log (the processor overlaps iterations by itself).

/** End address of n floats rounded up to whole vectors. */
// @ts-ignore: decorator
@inline
function end(start: usize, n: usize): usize {
  return start + ((n + 3) & ~3) * 4;
}

/** y = f(x) */
// @ts-ignore: decorator
@inline
export function map<Op>(x: usize, y: usize, n: usize): void {
  const stop = end(x, n);
  while (x < stop) {
    v128.store(y, changetype<Op>(0).f(v128.load(x)));
    x += 16;
    y += 16;
  }
}

/** gx += df(s, gy), where s is the one saved value of the op: its input or its output */
// @ts-ignore: decorator
@inline
export function chain<Op>(s: usize, gy: usize, gx: usize, n: usize): void {
  const stop = end(s, n);
  while (s < stop) {
    v128.store(gx, f32x4.add(v128.load(gx), changetype<Op>(0).df(v128.load(s), v128.load(gy))));
    s += 16;
    gy += 16;
    gx += 16;
  }
}

/** y = f(x, p, q) with two parameters, each the same in all lanes */
// @ts-ignore: decorator
@inline
export function mapWith<Op>(x: usize, y: usize, n: usize, p: v128, q: v128): void {
  const stop = end(x, n);
  while (x < stop) {
    v128.store(y, changetype<Op>(0).f(v128.load(x), p, q));
    x += 16;
    y += 16;
  }
}

/** gx += df(s, gy, p, q) */
// @ts-ignore: decorator
@inline
export function chainWith<Op>(s: usize, gy: usize, gx: usize, n: usize, p: v128, q: v128): void {
  const stop = end(s, n);
  while (s < stop) {
    v128.store(gx, f32x4.add(v128.load(gx), changetype<Op>(0).df(v128.load(s), v128.load(gy), p, q)));
    s += 16;
    gy += 16;
    gx += 16;
  }
}
