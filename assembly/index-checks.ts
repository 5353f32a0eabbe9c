// What ops that read at given places demand of those.

/** Position of the first index outside [0, n), or count when all are inside. */
export function badIndex(index: usize, count: usize, n: u32): usize {
  for (let i: usize = 0; i < count; i++) {
    if (load<u32>(index + (i << 2)) >= n) return i;
  }
  return count;
}
