// One-hot rows.
/** y[j, index[j]] = 1 in a zeroed y of m rows of n */
export function oneHot(index: usize, y: usize, m: usize, n: usize): void {
  const row = n << 2;
  for (; m; m--) {
    store<u32>(y + (load<u32>(index) << 2), 1);
    index += 4;
    y += row;
  }
}
