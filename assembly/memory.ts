// Where the host's heap may start, and plain memory moves.

/** First address past the kernels' own tables. */
export function heapStart(): usize {
  return __heap_base;
}

/** y = 0, bytes of it */
export function clear(y: usize, bytes: usize): void {
  memory.fill(y, 0, bytes);
}
