// safetensors: files that PyTorch-side code wrote, files of ours, and files from unknown hands.
import { describe, expect, it, vi } from "vitest";
import {
  io,
  loadSafetensors,
  memory,
  nn,
  noGrad,
  readSafetensorsMetadata,
  saveSafetensors,
  scope,
  type Tensor,
  tensor,
} from "../../src/index.ts";
import { Storage } from "../../src/storage.ts";
import { close, fixtures, strided } from "../check.ts";

interface Case {
  file: string;
  metadata: Record<string, string>;
  tensors: Record<string, { dtype: string; shape: number[]; values: number[] }>;
}

const python = fixtures<Record<"every" | "ours" | "net", Case>>("safetensors");
const bytesOf = (c: Case) => new Uint8Array(Buffer.from(c.file, "base64"));

/** A file of any header text and data. */
function file(header: string | Uint8Array, data: number = 0): Uint8Array {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + data);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 8);
  return bytes;
}

const entry = (dtype: string, shape: number[], begin: number, end: number) =>
  JSON.stringify({ dtype, shape, data_offsets: [begin, end] });

describe("loadSafetensors", () => {
  it("reads every dtype that Python wrote", () => {
    const state = loadSafetensors(bytesOf(python.every));
    expect(Object.keys(state).sort()).toEqual(Object.keys(python.every.tensors).sort());
    for (const [name, { dtype, shape, values }] of Object.entries(python.every.tensors)) {
      const t = state[name];
      expect(t?.dtype, name).toBe(/F/.test(dtype) ? "float32" : "int32");
      expect(t?.shape, name).toEqual(shape);
      expect([...(t?.data ?? [])].map(Object.is.bind(null, -0)), name).toEqual(values.map(Object.is.bind(null, -0)));
      close(t?.data ?? [], values, { rtol: 0, atol: 0 });
    }
    expect(readSafetensorsMetadata(bytesOf(python.every))).toEqual(python.every.metadata);
  });

  it("widens every float16 and bfloat16 there is", () => {
    const data = new Uint8Array(65536 * 2);
    const view = new DataView(data.buffer);
    for (let i = 0; i < 65536; i++) view.setUint16(2 * i, i, true);
    const load = (dtype: string) => {
      const bytes = file(`{"x":${entry(dtype, [65536], 0, data.length)}}`, data.length);
      bytes.set(data, bytes.length - data.length);
      return loadSafetensors(bytes).x?.data as Float32Array;
    };
    const half = load("F16");
    for (let bits = 0; bits < 65536; bits++) {
      const [e, m] = [(bits >> 10) & 31, bits & 1023];
      const size =
        e === 31 ? (m === 0 ? Infinity : Number.NaN) : e === 0 ? m / 2 ** 24 : (1 + m / 1024) * 2 ** (e - 15);
      if (!Object.is(half[bits], bits < 32768 ? size : -size)) {
        expect(half[bits], `float16 ${bits}`).toBe(bits < 32768 ? size : -size);
      }
    }
    const brain = new Uint32Array(load("BF16").buffer);
    for (let bits = 0; bits < 65536; bits++) {
      const notNumber = (bits & 0x7fff) > 0x7f80;
      if (!notNumber && brain[bits] !== bits * 65536) expect(brain[bits], `bfloat16 ${bits}`).toBe(bits * 65536);
    }
  });

  it("reads a view into a larger buffer at an odd offset, and an ArrayBuffer", () => {
    const bytes = saveSafetensors({ x: tensor([1, 2, 3]), i: tensor(Int32Array.of(-7)) });
    const moved = new Uint8Array(bytes.length + 3);
    moved.set(bytes, 3);
    const state = loadSafetensors(moved.subarray(3));
    expect([state.x?.toArray(), state.i?.toArray()]).toEqual([[1, 2, 3], [-7]]);
    expect(loadSafetensors(bytes.buffer).x?.toArray()).toEqual([1, 2, 3]);
  });

  it("hands its tensors to the scope it was called in", () => {
    const bytes = saveSafetensors({ x: tensor([1, 2, 3]), y: tensor([4]) });
    const before = memory().liveBytes;
    const y = scope(() => loadSafetensors(bytes).y);
    expect(y?.toArray()).toEqual([4]);
    y?.dispose();
    expect(memory().liveBytes).toBe(before);
  });

  it("takes names that objects have of their own", () => {
    const state = loadSafetensors(
      saveSafetensors({ constructor: tensor([1]), toString: tensor([2]), "": tensor([3]) }),
    );
    expect(Object.entries(state).map(([name, t]) => [name, t.item()])).toEqual([
      ["constructor", 1],
      ["toString", 2],
      ["", 3],
    ]);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ["an empty file", new Uint8Array(0), /only 0 bytes/],
    ["half a length", new Uint8Array(7), /only 7 bytes/],
    ["a length of nothing", new Uint8Array(8), /does not begin with \{/],
    ["a huge length", new Uint8Array(8).fill(255), /claims \d+ bytes, at most 100000000/],
    ["a length past the end", file("{}").subarray(0, 9), /claims 2 bytes, but only 1 follow/],
    ["no JSON", file("hello"), /does not begin with \{/],
    ["a list", file("[]"), /does not begin with \{/],
    ["a blank before the header", file(" {}"), /does not begin with \{/],
    ["a byte order mark", file("\ufeff{}"), /does not begin with \{/],
    ["bytes that are not UTF-8", file(Uint8Array.of(0x7b, 0xff, 0x7d)), /not UTF-8/],
    ["an open brace", file("{"), /expected ", got its end/],
    ["an open string", file('{"a'), /a string does not end/],
    ["an open escape", file('{"a\\'), /a string does not end/],
    ["a bad escape", file('{"\\x41":1}'), /bad escape/],
    ["a line break in a name", file('{"a\n":1}'), /bad escape or a control character/],
    ["a comma at the end", file(`{"a":${entry("U8", [0], 0, 0)},}`), /expected "/],
    ["something after the header", file("{}{}"), /follows the closing brace/],
    ["a tensor that is a number", file('{"a":1}'), /expected \{, got "1"/],
    ["deep nesting", file(`{"a":${"[".repeat(1e5)}`), /expected \{, got "\["/],
    ["a tensor without dtype", file('{"a":{"shape":[0],"data_offsets":[0,0]}}'), /a lacks its dtype/],
    ["a tensor without shape", file('{"a":{"dtype":"U8","data_offsets":[0,0]}}'), /a lacks its dtype, shape/],
    ["a tensor without offsets", file('{"a":{"dtype":"U8","shape":[0]}}'), /a lacks its dtype, shape or data_offsets/],
    ["an unknown key", file('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"code":"x"}}'), /unknown key "code"/],
    [
      "an unknown dtype",
      file(`{"a":${entry("F8_E4M3", [0], 0, 0)}}`),
      /a has the dtype F8_E4M3; expected one of F64 F32/,
    ],
    ["a dtype of the prototype", file(`{"a":${entry("toString", [0], 0, 0)}}`), /a has the dtype toString/],
    ["a dtype that is a number", file('{"a":{"dtype":1,"shape":[0],"data_offsets":[0,0]}}'), /expected ", got "1"/],
    [
      "a negative size",
      file('{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,0]}}'),
      /expected a whole number.*"-1"/,
    ],
    ["a broken size", file('{"a":{"dtype":"U8","shape":[1.5],"data_offsets":[0,0]}}'), /whole number.*"1.5"/],
    ["a size with an exponent", file('{"a":{"dtype":"U8","shape":[1e0],"data_offsets":[0,1]}}', 1), /"1e0"/],
    ["a size with a leading zero", file('{"a":{"dtype":"U8","shape":[01],"data_offsets":[0,1]}}', 1), /"01"/],
    [
      "a size past 2^53",
      file('{"a":{"dtype":"U8","shape":[9007199254740992],"data_offsets":[0,1]}}', 1),
      /whole number/,
    ],
    ["a size of many digits", file(`{"a":{"dtype":"U8","shape":[${"9".repeat(1000)}]}}`), /whole number below 2\^53/],
    [
      "a product past 2^53",
      file(`{"a":${entry("U8", [2 ** 30, 2 ** 30, 2 ** 30], 0, 1)}}`, 1),
      /does not fill its 1 bytes/,
    ],
    [
      "a product past 2^53 beside a 0",
      file(`{"a":${entry("U8", [2 ** 50, 2 ** 50, 0], 0, 0)}}`),
      /does not fill its 0/,
    ],
    ["too many dims", file(`{"a":${entry("U8", new Array(65).fill(1), 0, 1)}}`, 1), /longer than 64/],
    [
      "a shape larger than its bytes",
      file(`{"a":${entry("F32", [3], 0, 8)}}`, 8),
      /shape \[3\] does not fill its 8 bytes/,
    ],
    [
      "a shape smaller than its bytes",
      file(`{"a":${entry("F32", [1], 0, 8)}}`, 8),
      /shape \[1\] does not fill its 8 bytes/,
    ],
    ["offsets past the end", file(`{"a":${entry("U8", [9], 0, 9)}}`, 8), /\[0, 9\], but 8 bytes of data follow/],
    ["offsets the wrong way round", file(`{"a":${entry("U8", [0], 4, 0)}}`, 8), /data_offsets \[4, 0\]/],
    ["one offset", file('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0]}}'), /data_offsets \[0\]/],
    ["three offsets", file('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0,0]}}'), /longer than 2/],
    ["an overlap", file(`{"a":${entry("U8", [4], 0, 4)},"b":${entry("U8", [4], 2, 6)}}`, 6), /bytes of b overlap/],
    ["a hole", file(`{"a":${entry("U8", [2], 0, 2)},"b":${entry("U8", [2], 4, 6)}}`, 6), /hole of 2 bytes before/],
    ["bytes at the end", file(`{"a":${entry("U8", [2], 0, 2)}}`, 3), /1 bytes follow the last tensor/],
    ["a name twice", file(`{"a":${entry("U8", [0], 0, 0)},"a":${entry("U8", [0], 0, 0)}}`), /key "a" appears twice/],
    ["a name twice, once escaped", file(`{"a":${entry("U8", [0], 0, 0)},"\\u0061":{}}`), /key "a" appears twice/],
    ["a dtype twice", file('{"a":{"dtype":"U8","dtype":"F32"}}'), /key "dtype" appears twice/],
    ["a prototype", file(`{"__proto__":${entry("U8", [0], 0, 0)}}`), /__proto__.*prototype/],
    ["an escaped prototype", file('{"\\u005f_proto__":{}}'), /__proto__.*prototype/],
    ["half a surrogate pair", file('{"\\ud800":{}}'), /not well-formed Unicode/],
    ["metadata twice", file('{"__metadata__":{},"__metadata__":{}}'), /"__metadata__" appears twice/],
    ["metadata that is no text", file('{"__metadata__":{"a":1}}'), /expected ", got "1"/],
    ["metadata with a prototype", file('{"__metadata__":{"__proto__":"x"}}'), /__proto__.*prototype/],
    [
      "a bool of 2",
      Uint8Array.of(...file(`{"a":${entry("BOOL", [1], 0, 1)}}`), 2),
      /element 0 of a, 2, does not fit: expected 0 to 1/,
    ],
    [
      "an int64 past int32",
      Uint8Array.of(...file(`{"a":${entry("I64", [1], 0, 8)}}`), 0, 0, 0, 128, 0, 0, 0, 0),
      /element 0 of a, 2147483648, does not fit/,
    ],
    [
      "a uint32 past int32",
      Uint8Array.of(...file(`{"a":${entry("U32", [1], 0, 4)}}`), 0, 0, 0, 128),
      /element 0 of a, 2147483648, does not fit/,
    ],
  ])("refuses %s", (_, bytes, message) => {
    const before = memory();
    expect(() => loadSafetensors(bytes)).toThrow(message);
    expect(memory().liveBytes).toBe(before.liveBytes);
    expect(memory().peakBytes).toBe(before.peakBytes);
  });

  it("loads nothing when memory runs out halfway", () => {
    const bytes = saveSafetensors({ a: tensor([1]), b: tensor([2]), c: tensor([3]) });
    const { liveTensors, liveBytes } = memory();
    const allocate = Storage.allocate.bind(Storage);
    let calls = 0;
    const spy = vi.spyOn(Storage, "allocate").mockImplementation((size) => {
      if (++calls === 3) throw new RangeError("out of memory");
      return allocate(size);
    });
    expect(() => loadSafetensors(bytes)).toThrow(/out of memory/);
    spy.mockRestore();
    expect([memory().liveTensors, memory().liveBytes]).toEqual([liveTensors, liveBytes]);
  });

  it("refuses what is no file", () => {
    for (const bad of [undefined, null, "text", 3, {}, [1, 2]]) {
      expect(() => loadSafetensors(bad as unknown as Uint8Array)).toThrow(/expected the file as a Uint8Array/);
    }
  });
});

describe("a net of PyTorch's", () => {
  class Net extends nn.Module {
    conv: nn.Conv2d = new nn.Conv2d(1, 2, 3, { padding: 1 });
    bn: nn.BatchNorm2d = new nn.BatchNorm2d(2);
    layers: nn.Sequential = new nn.Sequential(new nn.ReLU(), new nn.MaxPool2d(2), new nn.Flatten());
    lstm: nn.LSTM = new nn.LSTM(8, 3, { batchFirst: true });
    fc: nn.Linear = new nn.Linear(3, 2);
    override forward(x: Tensor): Tensor {
      const features = this.layers.forward(this.bn.forward(this.conv.forward(x)));
      const [output] = this.lstm.forward(features.unsqueeze(1));
      return this.fc.forward(output.select(1, -1));
    }
  }

  it("loads without renaming, int64 counts included, and gives PyTorch's output", () => {
    const figures = python.net as Case & { x: number[]; y: number[][] };
    const net = new Net();
    const report = net.loadStateDict(loadSafetensors(bytesOf(figures)));
    expect(report).toEqual({ missingKeys: [], unexpectedKeys: [] });
    expect(net.stateDict()["bn.num_batches_tracked"]?.item()).toBe(3);
    net.eval();
    close(net.forward(tensor(figures.x.flat(), { shape: [4, 1, 4, 4] })), figures.y, { rtol: 1e-5, atol: 1e-6 });
  });
});

describe("saveSafetensors", () => {
  it("writes byte for byte what Python writes", () => {
    const { ours } = python;
    const state = Object.entries(ours.tensors).map(([name, { dtype, shape, values }]) => [
      name,
      tensor(dtype === "I32" ? Int32Array.from(values) : Float32Array.from(values), { shape }),
    ]);
    const bytes = saveSafetensors(Object.fromEntries(state), { metadata: ours.metadata });
    expect(Buffer.from(bytes).toString("base64")).toBe(ours.file);
  });

  it("comes back as it went, NaN, -0, views, scalars and empty tensors included", () => {
    const values = Float32Array.of(Number.NaN, -0, Infinity, 1e-45, -3.5, 2);
    const state = {
      flat: tensor(values),
      turned: strided(values, [2, 3]),
      scalar: tensor(7),
      empty: tensor(new Float32Array(0), { shape: [2, 0] }),
      ints: tensor(Int32Array.of(1, -(2 ** 31), 2 ** 31 - 1)),
    };
    const back = io.loadSafetensors(io.saveSafetensors(state));
    expect(Object.keys(back).sort()).toEqual(Object.keys(state).sort());
    for (const [name, t] of Object.entries(state)) {
      expect([back[name]?.shape, back[name]?.dtype], name).toEqual([t.shape, t.dtype]);
      expect(back[name]?.data, name).toEqual(t.data);
    }
  });

  it("leaves nothing behind, and holds nothing of the model", () => {
    const state = { x: tensor([1, 2, 3]) };
    const before = memory().liveBytes;
    const bytes = saveSafetensors(state, { metadata: { a: "b" } });
    const back = loadSafetensors(bytes);
    noGrad(() => back.x?.fill_(9));
    expect(state.x.toArray()).toEqual([1, 2, 3]);
    back.x?.dispose();
    expect(memory().liveBytes).toBe(before);
    expect(readSafetensorsMetadata(bytes)).toEqual({ a: "b" });
    expect(readSafetensorsMetadata(saveSafetensors(state))).toEqual({});
  });

  it("refuses what a file cannot hold", () => {
    const x = tensor([1]);
    const gone = tensor([1]);
    gone.dispose();
    const named = (name: string) => Object.fromEntries([[name, x]]);
    const bad: [unknown, unknown, RegExp][] = [
      [null, undefined, /expected an object of tensors, got null/],
      [{ x: 3 }, undefined, /expected x to be a Tensor, got 3/],
      [{ x: undefined }, undefined, /expected x to be a Tensor, got undefined/],
      [{ x: gone }, undefined, /was freed/],
      [named("__proto__"), undefined, /"__proto__" would change the prototype/],
      [named("__metadata__"), undefined, /"__metadata__" is reserved/],
      [named("\ud800"), undefined, /not well-formed/],
      [{ x }, null, /expected metadata to be an object/],
      [{ x }, { epoch: 3 }, /expected the metadata epoch to be well-formed text, got 3/],
      [{ x }, { text: "\udfff" }, /expected the metadata text to be well-formed text/],
    ];
    for (const [state, metadata, message] of bad) {
      const options = { metadata: metadata as Record<string, string> };
      expect(() => saveSafetensors(state as { x: typeof x }, options)).toThrow(message);
    }
  });
});
