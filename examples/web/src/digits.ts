// The digits as one file of the page: labels, then pictures with four bits a pixel.
import { PIXELS } from "../../reader/model.ts";

export interface Digits {
  labels: Uint8Array;
  /** From 0 to 1, one picture after the other. */
  pixels: Float32Array<ArrayBuffer>;
}

/** Reads `count`, `labels`, `pixels` of a file that build.mjs wrote. */
export function unpackDigits(file: ArrayBuffer): Digits {
  const bytes = new Uint8Array(file);
  const count = new DataView(file).getUint32(0, true);
  const labels = bytes.slice(4, 4 + count);
  const packed = bytes.subarray(4 + count);
  if (packed.length !== (count * PIXELS) / 2) throw new Error(`digits: ${packed.length} bytes do not hold ${count}`);
  const pixels = new Float32Array(count * PIXELS);
  for (let i = 0; i < packed.length; i++) {
    pixels[2 * i] = ((packed[i] as number) >> 4) / 15;
    pixels[2 * i + 1] = ((packed[i] as number) & 15) / 15;
  }
  return { labels, pixels };
}

/** Fetches a file of the page. */
export async function fetchBytes(name: string): Promise<ArrayBuffer> {
  const response = await fetch(name);
  if (!response.ok) throw new Error(`${name}: ${response.status} ${response.statusText}`);
  return await response.arrayBuffer();
}
