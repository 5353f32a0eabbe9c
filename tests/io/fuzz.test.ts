// 100,000 damaged safetensors files: each is an Error of ours or loads as what it says, and none leaks.
import { expect, it } from "vitest";
import { loadSafetensors, memory, saveSafetensors, tensor } from "../../src/index.ts";

/** Marsaglia's xorshift: the same files at every run. */
function random(seed: number): (below: number) => number {
  let s = seed;
  return (below) => {
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    return (s >>> 0) % below;
  };
}

const good = saveSafetensors(
  { "fc.weight": tensor([[1, 2, 3]]), "fc.bias": tensor([4]), steps: tensor(Int32Array.of(5, 6)) },
  { metadata: { epoch: "3" } },
);
const pieces = [
  ...[
    '{"',
    '":{"',
    '"},"',
    "}}",
    '"',
    ":",
    ",",
    "[",
    "]",
    "{",
    "}",
    " ",
    "\\",
    "\\u005f",
    "é",
    "\0",
    "-",
    "1e9",
    "[0,0]",
  ],
  ...['"dtype":"F32"', '"dtype":"I64"', '"dtype":"BOOL"', '"shape":[2]', '"shape":[0]', '"data_offsets":[0,8]'],
  ...['"data_offsets":[0,0]', '"data_offsets":[8,16]', "__proto__", "__metadata__", "a", "9007199254740993", "null"],
];

type Maker = (roll: (below: number) => number) => Uint8Array;

const flips: Maker = (roll) => {
  const bytes = good.slice();
  for (let i = roll(4); i >= 0; i--) {
    const at = roll(bytes.length);
    bytes[at] = (bytes[at] as number) ^ (1 << roll(8));
  }
  return bytes;
};
const cuts: Maker = (roll) => {
  const from = roll(4) === 0 ? roll(good.length) : 0;
  return good.slice(from, from + roll(good.length - from + 1));
};
const splices: Maker = (roll) => {
  const bytes = new Uint8Array(good.length + 8);
  const at = roll(good.length);
  bytes.set(good.subarray(0, at));
  bytes.set(good.subarray(roll(good.length)).subarray(0, bytes.length - at), at);
  return bytes.subarray(0, roll(bytes.length + 1));
};
/** Grammar's own pieces in any order, with a length that is right more often than not. */
const headers: Maker = (roll) => {
  let text = "{";
  for (let i = roll(24); i > 0; i--) text += pieces[roll(pieces.length)];
  const header = new TextEncoder().encode(text);
  const bytes = new Uint8Array(8 + header.length + 8 * roll(3));
  bytes.set(header, 8);
  new DataView(bytes.buffer).setUint32(0, roll(8) === 0 ? roll(600) : header.length, true);
  return bytes;
};
const noise: Maker = (roll) => {
  const bytes = Uint8Array.from({ length: roll(64) }, () => roll(256));
  if (bytes.length > 8) bytes.set([bytes.length - 8, 0, 0, 0, 0, 0, 0, 0, 0x7b]);
  return bytes;
};
/** A well-formed file but for one number, name or dtype. */
const numbers: Maker = (roll) => {
  const length = new DataView(good.buffer).getUint32(0, true);
  const text = new TextDecoder().decode(good.subarray(8, 8 + length)).trimEnd();
  const words = [...text.matchAll(/\d+|F32|I32|"[\w.]+"/g)];
  const word = words[roll(words.length)] as RegExpExecArray;
  const others = ["0", "1", "2", "3", "4", "12", "24", "4294967296", "F16", "I64", "U8", '"x"', '"__proto__"', "-1"];
  const changed = text.slice(0, word.index) + others[roll(others.length)] + text.slice(word.index + word[0].length);
  const header = new TextEncoder().encode(changed);
  const bytes = new Uint8Array(8 + header.length + good.length - 8 - length);
  new DataView(bytes.buffer).setUint32(0, header.length, true);
  bytes.set(header, 8);
  bytes.set(good.subarray(8 + length), 8 + header.length);
  return bytes;
};

interface Described {
  shape: number[];
  dtype: string;
}

/** What JSON.parse makes of the header of a file that was taken. */
function described(bytes: Uint8Array): Record<string, Described> {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.slice(8, 8 + length)));
  delete header.__metadata__;
  return header;
}

it.each<[string, Maker, number]>([
  ["bit flips", flips, 30_000],
  ["truncations", cuts, 15_000],
  ["splices", splices, 10_000],
  ["random headers", headers, 20_000],
  ["noise", noise, 10_000],
  ["changed numbers", numbers, 15_000],
])("%s: an Error or the tensors it says, and no leak", (name, make, runs) => {
  const roll = random(name.length * 7919);
  const before = memory();
  let taken = 0;
  let refused = 0;
  for (let i = 0; i < runs; i++) {
    const bytes = make(roll);
    let state: ReturnType<typeof loadSafetensors>;
    try {
      state = loadSafetensors(bytes);
    } catch (error) {
      refused++;
      const message = error instanceof Error ? error.message : String(error);
      if (!message.startsWith("loadSafetensors: "))
        expect.fail(`${message} of ${Buffer.from(bytes).toString("base64")}`);
      continue;
    }
    taken++;
    const expected = described(bytes);
    const names = Object.keys(state);
    if (names.length !== Object.keys(expected).length) expect(names).toEqual(Object.keys(expected));
    for (const [name, t] of Object.entries(state)) {
      if (t.shape.join() !== expected[name]?.shape.join()) expect(t.shape).toEqual(expected[name]?.shape);
      t.dispose();
    }
  }
  expect(refused).toBeGreaterThan(runs / 4);
  expect(taken + refused).toBe(runs);
  expect(memory().liveBytes).toBe(before.liveBytes);
  expect(memory().liveTensors).toBe(before.liveTensors);
});
