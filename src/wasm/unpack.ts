// The kernels out of their text form: assembly/pack.mjs tells how and why they are packed so.

type Bytes = Uint8Array<ArrayBuffer>;

/** What a text of printable signs stands for. */
export function fromText(text: string): Bytes {
  // the signs in order: 87 that stand for a byte alone, then 2 that lead one of the 87
  const signs = new Int16Array(127);
  let count = 0;
  for (let c = 32; c < 127; c++) signs[c] = "\"'`$\\<".includes(String.fromCharCode(c)) ? -1 : count++;
  const singles = count - 2;
  const bytes: number[] = [];
  for (let i = 0; i < singles; i++) bytes.push(Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
  const taken = new Set(bytes);
  for (let byte = 0; byte < 256; byte++) if (!taken.has(byte)) bytes.push(byte);
  const out = new Uint8Array(text.length);
  let n = 0;
  for (let at = 2 * singles; at < text.length; at++) {
    let sign = signs[text.charCodeAt(at)] as number;
    if (sign >= singles) sign = singles * (sign - singles + 1) + (signs[text.charCodeAt(++at)] as number);
    out[n++] = bytes[sign] as number;
  }
  return out.slice(0, n);
}

/** The bytes that differ from `from` as `difference` says. */
export function patched(from: Bytes, difference: Bytes): Bytes {
  const out: number[] = [];
  let at = 0;
  let last = 0;
  const number = (): number => {
    let [n, shift] = [0, 0];
    for (;;) {
      const byte = difference[at++] as number;
      n |= (byte & 127) << shift;
      if (byte < 128) return n;
      shift += 7;
    }
  };
  while (at < difference.length) {
    for (let n = number(); n > 0; n--) out.push(difference[at++] as number);
    if (at >= difference.length) break;
    const length = number();
    const away = number();
    last += away & 1 ? -((away + 1) >> 1) : away >> 1;
    for (let n = 0; n < length; n++) out.push(from[last++] as number);
  }
  return Uint8Array.from(out);
}
