// The Mersenne twister MT19937: torch.manual_seed's stream of 32-bit draws.
// A generator is 2512 bytes of linear memory: 624 words, u32 index of the next word, u32 "a normal is cached", f64 cached normal.

const WORDS: usize = 624;
const INDEX: usize = 2496;
export const CACHED: usize = 2500;
export const NORMAL: usize = 2504;

const DEFAULT = memory.data(2512, 16);

/** The state of the default generator; any other is a tensor's storage. */
export function defaultGenerator(): usize {
  return DEFAULT;
}

/** The state that torch.manual_seed(seed) leaves: only the low 32 bits of a seed reach the twister. */
export function seedState(state: usize, seed: usize): void {
  let word = <u32>seed;
  store<u32>(state, word);
  for (let j: usize = 1; j < WORDS; j++) {
    word = 1812433253 * (word ^ (word >> 30)) + <u32>j;
    store<u32>(state + (j << 2), word);
  }
  store<u32>(state, WORDS, INDEX);
  store<u32>(state, 0, CACHED);
  store<f64>(state, 0, NORMAL);
}

/** Word k of the next block from words k, k + 1 and k + 397 (mod 624). */
function twistWord(state: usize, k: usize, k1: usize, k397: usize): void {
  const low = load<u32>(state + (k1 << 2));
  const y = (load<u32>(state + (k << 2)) & 0x80000000) | (low & 0x7fffffff);
  const odd: u32 = low & 1 ? 0x9908b0df : 0;
  store<u32>(state + (k << 2), load<u32>(state + (k397 << 2)) ^ (y >> 1) ^ odd);
}

/** `count` vectors of words from p on, the word 397 ahead (or 227 behind) being `ahead` bytes away. */
function twistVectors(p: usize, ahead: isize, count: usize): void {
  const upper = i32x4.splat(0x80000000);
  const lower = i32x4.splat(0x7fffffff);
  const matrix = i32x4.splat(0x9908b0df);
  const one = i32x4.splat(1);
  const stop = p + (count << 4);
  while (p < stop) {
    const low = v128.load(p, 4);
    const y = v128.or(v128.and(v128.load(p), upper), v128.and(low, lower));
    const odd = v128.and(i32x4.neg(v128.and(low, one)), matrix);
    v128.store(p, v128.xor(v128.xor(v128.load(p + ahead), i32x4.shr_u(y, 1)), odd));
    p += 16;
  }
}

/** The next 624 words. 0..226 need words 397 ahead; 227..622 words 227 behind, already new; 623 wraps around. */
function twist(state: usize): void {
  twistVectors(state, 397 << 2, 56);
  for (let k: usize = 224; k < 227; k++) twistWord(state, k, k + 1, k + 397);
  twistVectors(state + (227 << 2), -(227 << 2), 99);
  twistWord(state, 623, 0, 396);
  store<u32>(state, 0, INDEX);
}

/** One tempered draw of 32 bits. */
export function draw(state: usize): u32 {
  if (load<u32>(state, INDEX) >= <u32>WORDS) twist(state);
  const i = load<u32>(state, INDEX);
  store<u32>(state, i + 1, INDEX);
  let y = load<u32>(state + (<usize>i << 2));
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680;
  y ^= (y << 15) & 0xefc60000;
  return y ^ (y >> 18);
}

/** Four draws that cross the end of a block. */
function drawAcross(state: usize): v128 {
  let v = i32x4.splat(0);
  v = i32x4.replace_lane(v, 0, draw(state));
  v = i32x4.replace_lane(v, 1, draw(state));
  v = i32x4.replace_lane(v, 2, draw(state));
  return i32x4.replace_lane(v, 3, draw(state));
}

/** Four tempered draws, lane 0 first. */
export function draw4(state: usize): v128 {
  const i = load<u32>(state, INDEX);
  if (i > 620) return drawAcross(state);
  store<u32>(state, i + 4, INDEX);
  let y = v128.load(state + (<usize>i << 2));
  y = v128.xor(y, i32x4.shr_u(y, 11));
  y = v128.xor(y, v128.and(i32x4.shl(y, 7), i32x4.splat(0x9d2c5680)));
  y = v128.xor(y, v128.and(i32x4.shl(y, 15), i32x4.splat(0xefc60000)));
  return v128.xor(y, i32x4.shr_u(y, 18));
}

/** A uniform double of 53 bits: PyTorch joins two draws, the first one high. */
export function drawDouble(state: usize): f64 {
  const high = <u64>draw(state) << 32;
  return <f64>((high | <u64>draw(state)) & 0x1fffffffffffff) * (1.0 / 9007199254740992.0);
}

/** A draw of 63 bits, as random_() of an int64: the low and high word go to y. DataLoader seeds its sampler so. */
export function random63(state: usize, y: usize): void {
  const high = draw(state) & 0x7fffffff;
  store<u32>(y, draw(state));
  store<u32>(y, high, 4);
}
