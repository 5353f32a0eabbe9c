// How the kernels travel inside JavaScript: bytes as printable text that gzip compresses as well as the bytes (base64 costs a
// third more, 55 KB for 40), and the second build as its difference from the first (6 KB for 40). src/wasm/unpack.ts reads both.

/** Printable, and nothing that strings, templates or HTML would escape. */
const SIGNS = [...Array(95).keys()].map((i) => String.fromCharCode(32 + i)).filter((c) => !"\"'`$\\<".includes(c));
const LEADS = SIGNS.slice(-2);
const SINGLES = SIGNS.slice(0, -2);

/** The most frequent bytes take one sign, the others two: the text begins with those bytes in hexadecimal. */
export function toText(bytes) {
  const counts = new Array(256).fill(0);
  for (const byte of bytes) counts[byte]++;
  const order = [...counts.keys()].sort((a, b) => counts[b] - counts[a] || a - b);
  const frequent = order.slice(0, SINGLES.length);
  const others = order.slice(SINGLES.length).sort((a, b) => a - b);
  const codes = new Array(256);
  for (const [i, byte] of frequent.entries()) codes[byte] = SINGLES[i];
  for (const [i, byte] of others.entries()) {
    codes[byte] = LEADS[Math.floor(i / SINGLES.length)] + SINGLES[i % SINGLES.length];
  }
  const table = frequent.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return table + Array.from(bytes, (byte) => codes[byte]).join("");
}

const SHORTEST = 9;
const KEY = 6;

/** What makes `to` of `from`: literal count, literals, copy count, how far the copy lies from the last one; and again. */
export function difference(from, to) {
  const key = (bytes, at) => bytes.toString("latin1", at, at + KEY);
  const places = new Map();
  for (let at = 0; at + KEY <= from.length; at++) {
    const list = places.get(key(from, at));
    if (list === undefined) places.set(key(from, at), [at]);
    else list.push(at);
  }
  const out = [];
  const number = (n) => {
    for (; n > 127; n >>>= 7) out.push((n & 127) | 128);
    out.push(n);
  };
  let literals = [];
  let last = 0;
  for (let at = 0; at < to.length; ) {
    let [length, best] = [0, 0];
    for (const place of places.get(key(to, at)) ?? []) {
      let n = 0;
      while (at + n < to.length && to[at + n] === from[place + n]) n++;
      if (n > length || (n === length && Math.abs(place - last) < Math.abs(best - last))) [length, best] = [n, place];
    }
    if (length < SHORTEST) {
      literals.push(to[at++]);
      continue;
    }
    number(literals.length);
    out.push(...literals);
    literals = [];
    number(length);
    number(best < last ? 2 * (last - best) - 1 : 2 * (best - last));
    last = best + length;
    at += length;
  }
  number(literals.length);
  out.push(...literals);
  return Uint8Array.from(out);
}
