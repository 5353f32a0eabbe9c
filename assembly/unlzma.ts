// Base64's and LZMA's decoder, a module of its own with its own memory: the kernels travel so inside JavaScript.
// Igor Pavlov, LZMA specification (2015); the stream has lc = 3, lp = 0, pb = 2, as the lzma package writes it.

// Probabilities of 16 bits, 2048 = one; positions count them. They are followed by the stream, and that by the output.
const MATCH: u32 = 0; // [state][position & 3]
const LONG: u32 = MATCH + 48; // repeat 0 longer than one byte, [state][position & 3]
const REP: u32 = LONG + 48; // [state]
const REP0: u32 = REP + 12;
const REP1: u32 = REP0 + 12;
const REP2: u32 = REP1 + 12;
const SLOT: u32 = REP2 + 12; // [length, up to 3][6 bits]
const NEAR: u32 = SLOT + 256; // distances of up to 7 bits
const ALIGN: u32 = NEAR + 115;
const LENGTH: u32 = ALIGN + 16; // choice, choice, low [4][8], mid [4][8], high [256]
const REP_LENGTH: u32 = LENGTH + 322;
const LITERAL: u32 = REP_LENGTH + 322; // [3 bits of the byte before][0x300]
const END: u32 = LITERAL + 8 * 0x300;

let range: u32 = 0;
let code: u32 = 0;
let from: usize = 0;

/** Where the stream begins. */
export function start(): usize {
  return END * 2;
}

function bit(at: u32): u32 {
  const p = at << 1;
  const probability = <u32>load<u16>(p);
  const bound = (range >>> 11) * probability;
  let out: u32 = 0;
  if (code < bound) {
    range = bound;
    store<u16>(p, probability + ((2048 - probability) >>> 5));
  } else {
    range -= bound;
    code -= bound;
    store<u16>(p, probability - (probability >>> 5));
    out = 1;
  }
  if (range < 1 << 24) {
    range <<= 8;
    code = (code << 8) | load<u8>(from++);
  }
  return out;
}

/** m and the bits after it, the highest first, until it reaches `stop`. Most bits come here: kept in locals the state costs a third less time. */
function walk(at: u32, m: u32, stop: u32): u32 {
  let r = range, c = code;
  while (m < stop) {
    const p = (at + m) << 1;
    const probability = <u32>load<u16>(p);
    const bound = (r >>> 11) * probability;
    m <<= 1;
    if (c < bound) {
      r = bound;
      store<u16>(p, probability + ((2048 - probability) >>> 5));
    } else {
      r -= bound;
      c -= bound;
      store<u16>(p, probability - (probability >>> 5));
      m |= 1;
    }
    if (r < 1 << 24) {
      r <<= 8;
      c = (c << 8) | load<u8>(from++);
    }
  }
  range = r;
  code = c;
  return m;
}

/** `bits` bits, the highest first */
function tree(at: u32, bits: u32): u32 {
  const stop = <u32>1 << bits;
  return walk(at, 1, stop) - stop;
}

/** `bits` bits, the lowest first */
function turned(at: u32, bits: u32): u32 {
  let m: u32 = 1;
  let out: u32 = 0;
  for (let i: u32 = 0; i < bits; i++) {
    const b = bit(at + m);
    m = (m << 1) | b;
    out |= b << i;
  }
  return out;
}

function lengthOf(at: u32, place: u32): u32 {
  if (!bit(at)) return tree(at + 2 + (place << 3), 3);
  if (!bit(at + 1)) return 8 + tree(at + 34 + (place << 3), 3);
  return 16 + tree(at + 66, 8);
}

function literal(to: usize, begin: usize, state: u32, away: usize): void {
  const at = LITERAL + 0x300 * (to > begin ? <u32>load<u8>(to - 1) >>> 5 : 0);
  let symbol: u32 = 1;
  if (state >= 7) {
    let other = <u32>load<u8>(to - away);
    do {
      const expected = (other >>> 7) & 1;
      other <<= 1;
      const b = bit(at + ((1 + expected) << 8) + symbol);
      symbol = (symbol << 1) | b;
      if (b !== expected) break;
    } while (symbol < 256);
  }
  store<u8>(to, walk(at, symbol, 256));
}

function distance(length: u32): u32 {
  const slot = tree(SLOT + (min<u32>(length, 3) << 6), 6);
  if (slot < 4) return slot;
  let bits = (slot >>> 1) - 1;
  let out = (2 | (slot & 1)) << bits;
  if (slot < 14) return out + turned(NEAR + out - slot, bits);
  for (bits -= 4; bits > 0; bits--) {
    range >>>= 1;
    const b: u32 = code >= range ? 1 : 0;
    if (b) code -= range;
    out += b << (bits + 3);
    if (range < 1 << 24) {
      range <<= 8;
      code = (code << 8) | load<u8>(from++);
    }
  }
  return out + turned(ALIGN, 4);
}

function sextet(at: usize): u32 {
  const c = <u32>load<u8>(at);
  if (c >= 97) return c - 71; // a to z
  if (c >= 65) return c - 65; // A to Z
  if (c >= 48) return c + 4; // 0 to 9
  return c === 43 ? 62 : 63; // + and /
}

/** Base64 in its own place: 1 to 3 ms of a start less than atob and a loop over what it gives */
function bytesOf(text: usize, end: usize): void {
  for (let to = text; text < end; text += 4) {
    const bits = (sextet(text) << 18) | (sextet(text + 1) << 12) | (sextet(text + 2) << 6) | sextet(text + 3);
    store<u8>(to, bits >>> 16);
    store<u8>(to + 1, bits >>> 8);
    store<u8>(to + 2, bits);
    to += 3;
  }
}

/** Writes the first n bytes that the base64 from `start()` to `to` stands for to `to`. */
export function unpack(to: usize, n: usize): void {
  const begin = to, stop = to + n;
  bytesOf(END * 2, to);
  for (let p: usize = 0; p < END * 2; p += 2) store<u16>(p, 1024);
  from = END * 2 + 1;
  code = bswap<u32>(load<u32>(from));
  from += 4;
  range = 0xffffffff;
  let state: u32 = 0;
  let away0: u32 = 1, away1: u32 = 1, away2: u32 = 1, away3: u32 = 1;
  while (to < stop) {
    const place = <u32>(to - begin) & 3, at = (state << 2) + place;
    if (!bit(MATCH + at)) {
      literal(to++, begin, state, away0);
      state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
      continue;
    }
    let length: u32;
    if (bit(REP + state)) {
      length = 1;
      if (!bit(REP0 + state)) {
        if (!bit(LONG + at)) {
          length = 0;
          state = state < 7 ? 9 : 11;
        }
      } else {
        let away: u32;
        if (!bit(REP1 + state)) {
          away = away1;
        } else {
          if (!bit(REP2 + state)) {
            away = away2;
          } else {
            away = away3;
            away3 = away2;
          }
          away2 = away1;
        }
        away1 = away0;
        away0 = away;
      }
      if (length) {
        length = 2 + lengthOf(REP_LENGTH, place);
        state = state < 7 ? 8 : 11;
      } else {
        length = 1;
      }
    } else {
      away3 = away2;
      away2 = away1;
      away1 = away0;
      length = lengthOf(LENGTH, place);
      away0 = distance(length) + 1;
      length += 2;
      state = state < 7 ? 7 : 10;
    }
    for (const last = min<usize>(to + length, stop); to < last; to++) store<u8>(to, load<u8>(to - away0));
  }
}
