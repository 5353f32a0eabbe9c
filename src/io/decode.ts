// Elements of every dtype a safetensors file may hold, as the float32 or int32 that a tensor holds.
import { rangeError } from "../check.ts";
import type { Dtype, Entry } from "./header.ts";

/** Read as float32; the others become int32. */
export const FLOATS: ReadonlySet<Dtype> = new Set(["F64", "F32", "F16", "BF16"]);

const word = new DataView(new ArrayBuffer(4));

/** bfloat16 is the upper half of a float32. */
function bfloat16(bits: number): number {
  word.setUint32(0, bits * 65536);
  return word.getFloat32(0);
}

/** (-1)^sign * 2^(exponent - 15) * 1.fraction, subnormals and infinities as IEEE 754. */
function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

type Read = (view: DataView, at: number) => number;

const READERS: Record<Dtype, Read> = {
  F64: (v, at) => v.getFloat64(at, true),
  F32: (v, at) => v.getFloat32(at, true),
  F16: (v, at) => float16(v.getUint16(at, true)),
  BF16: (v, at) => bfloat16(v.getUint16(at, true)),
  I64: (v, at) => v.getInt32(at + 4, true) * 2 ** 32 + v.getUint32(at, true),
  I32: (v, at) => v.getInt32(at, true),
  I16: (v, at) => v.getInt16(at, true),
  I8: (v, at) => v.getInt8(at),
  U64: (v, at) => v.getUint32(at + 4, true) * 2 ** 32 + v.getUint32(at, true),
  U32: (v, at) => v.getUint32(at, true),
  U16: (v, at) => v.getUint16(at, true),
  U8: (v, at) => v.getUint8(at),
  BOOL: (v, at) => v.getUint8(at),
};

/** The values each of these dtypes must stay within. */
const RANGES: { [D in Dtype]?: readonly [least: number, most: number] } = {
  I64: [-(2 ** 31), 2 ** 31 - 1],
  U64: [0, 2 ** 31 - 1],
  U32: [0, 2 ** 31 - 1],
  BOOL: [0, 1],
};

/** @throws RangeError if a value does not fit into the tensor that `decodeInto` would fill. */
export function checkValues(view: DataView, { name, dtype, begin, numel, end }: Entry, op: string): void {
  const range = RANGES[dtype];
  if (range === undefined) return;
  const read = READERS[dtype];
  const width = numel === 0 ? 1 : (end - begin) / numel;
  for (let at = begin; at < end; at += width) {
    const value = read(view, at);
    if (value < range[0] || value > range[1]) {
      const [least, most] = range;
      throw rangeError`${op}: element ${(at - begin) / width} of ${name}, ${value}, does not fit: expected ${least} to ${most}`;
    }
  }
}

/** Writes the elements of an entry into `out` from index `to`. */
export function decodeInto(view: DataView, entry: Entry, out: Float32Array | Int32Array, to: number): void {
  const read = READERS[entry.dtype];
  const width = (entry.end - entry.begin) / entry.numel;
  for (let i = 0, at = entry.begin; i < entry.numel; i++, at += width) out[to + i] = read(view, at);
}
