// How the kernels travel inside JavaScript: the relaxed SIMD build and then the plain one in one LZMA stream, as base64. The
// second costs an eighth of the first, and gzip takes back what base64 adds: 48 KB of all modules and builds, where the
// bytes of the relaxed build alone take 51 with gzip. assembly/unlzma.ts decodes them in 2 to 4 ms, and may stop after the first.
import lzma from "lzma";

const HEADER = 13;
/** 5 bits each: position, literal position, literal context; what the decoder is written for. */
const PROPERTIES = 2 * 45 + 0 * 9 + 3;

export function pack(...builds) {
  const packed = Buffer.from(lzma.compress(Buffer.concat(builds), 9));
  if (packed[0] !== PROPERTIES) throw new Error(`pack: lzma wrote the properties ${packed[0]}, not ${PROPERTIES}`);
  return packed.subarray(HEADER).toString("base64");
}
