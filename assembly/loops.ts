// The elementwise loops, written once. An op is an @unmanaged class with inline methods, called through changetype<Op>(0):
// that inlines fully, where a closure or a function pointer becomes a call_indirect per vector.
// Storage is padded to 16 bytes and wholly owned, so no loop has a scalar tail.

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

/** gx += gy * df(s), where s is the one saved value of the op: its input or its output */
// @ts-ignore: decorator
@inline
export function chain<Op>(s: usize, gy: usize, gx: usize, n: usize): void {
  const stop = end(s, n);
  while (s < stop) {
    v128.store(gx, f32x4.add(v128.load(gx), f32x4.mul(v128.load(gy), changetype<Op>(0).df(v128.load(s)))));
    s += 16;
    gy += 16;
    gx += 16;
  }
}

/** y = f(a, b) */
// @ts-ignore: decorator
@inline
export function map2<Op>(a: usize, b: usize, y: usize, n: usize): void {
  const stop = end(a, n);
  while (a < stop) {
    v128.store(y, changetype<Op>(0).f(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
    y += 16;
  }
}

/** y = f(x, c) with one value c in every lane */
// @ts-ignore: decorator
@inline
export function mapScalar<Op>(x: usize, c: v128, y: usize, n: usize): void {
  const stop = end(x, n);
  while (x < stop) {
    v128.store(y, changetype<Op>(0).f(v128.load(x), c));
    x += 16;
    y += 16;
  }
}
