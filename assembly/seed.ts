// Where a loss finds the gradient of each of its elements.

const SEED = memory.data(16, 16);

/** gy itself if it holds one value an element (`each`); else its one value in four lanes, to be read again and again. */
export function seed(gy: usize, each: bool): usize {
  if (each) return gy;
  v128.store(SEED, v128.load32_splat(gy));
  return SEED;
}
