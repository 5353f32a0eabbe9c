// Where the host's heap may start, and plain memory moves.

/** First address past the kernels' own tables. */
export function heapStart(): usize {
  return __heap_base;
}

/** y = 0, bytes of it */
export function clear(y: usize, bytes: usize): void {
  memory.fill(y, 0, bytes);
}

/** y = x, n words of it */
export function copy(x: usize, y: usize, n: usize): void {
  memory.copy(y, x, n * 4);
}

/** y += x, exactly n of them */
export function addInto(x: usize, y: usize, n: usize): void {
  const stop = x + ((n & ~3) << 2);
  while (x < stop) {
    v128.store(y, f32x4.add(v128.load(y), v128.load(x)));
    x += 16;
    y += 16;
  }
  const last = x + ((n & 3) << 2);
  while (x < last) {
    store<f32>(y, load<f32>(y) + load<f32>(x));
    x += 4;
    y += 4;
  }
}
