// The arithmetic limit of this engine: a hand-written wasm loop of independent multiply-adds that touches no memory.

const leb = (n) => (n < 128 ? [n] : [(n & 127) | 128, ...leb(n >>> 7)]);
const sized = (bytes) => [...leb(bytes.length), ...bytes];
const section = (id, bytes) => [id, ...sized(bytes)];
const simd = (op) => [0xfd, ...leb(op)];
const get = (i) => [0x20, i];
const set = (i) => [0x21, i];

/**
 * run(rounds): each round makes `accumulators` multiply-adds of 4 lanes (8 flops each); `fused` takes relaxed_madd.
 * @param {boolean} fused
 * @param {number} accumulators
 */
export function limitLoop(fused, accumulators = 12) {
  const [I32, F32, V128] = [0x7f, 0x7d, 0x7b];
  const X = 2,
    Y = 3,
    ACC = 4; // after the parameters rounds (0) and x (1)
  const step = (i) =>
    fused
      ? [...get(X), ...get(Y), ...get(ACC + i), ...simd(0x105), ...set(ACC + i)]
      : [...get(X), ...get(Y), ...simd(0xe6), ...get(ACC + i), ...simd(0xe4), ...set(ACC + i)];
  const all = Array.from({ length: accumulators }, (_, i) => i);
  const body = [
    ...[1, accumulators + 2, V128],
    ...[...get(1), ...simd(0x13), ...set(X), ...get(1), ...simd(0x13), ...set(Y)],
    ...[0x03, 0x40],
    ...all.flatMap(step),
    ...[...get(0), 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b],
    ...all.flatMap((i) => (i === 0 ? get(ACC) : [...get(ACC + i), ...simd(0xe4)])),
    ...[...simd(0x1f), 0, 0x0b],
  ];
  const bytes = new Uint8Array([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 2, I32, F32, 1, F32]),
    ...section(3, [1, 0]),
    ...section(7, [1, 3, 0x72, 0x75, 0x6e, 0, 0]),
    ...section(10, [1, ...sized(body)]),
  ]);
  if (!WebAssembly.validate(bytes)) return null;
  const { run } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  return { run: (rounds) => run(rounds, 0.5), flops: (rounds) => rounds * accumulators * 8 };
}
