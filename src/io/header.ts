// The header of a safetensors file: read from unknown hands, so nothing in it is believed before it was checked.
import { plainError } from "../check.ts";

/** One tensor as the header describes it; `begin` and `end` count bytes of the whole file. */
export interface Entry {
  name: string;
  dtype: Dtype;
  shape: number[];
  numel: number;
  begin: number;
  end: number;
}

export interface Header {
  /** In the order of their bytes. */
  entries: Entry[];
  metadata: [string, string][];
}

/** Bytes of an element, of the dtypes that can be read. */
export const WIDTHS = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const;
export type Dtype = keyof typeof WIDTHS;

/** What the reference implementation allows, in bytes. */
const MOST = 100_000_000;
const MOST_DIMS = 64;
/** Stands in the file for what no tensor may be called. */
export const METADATA = "__metadata__";

/** A name that an object may have as a key and UTF-8 can hold, or else why not. */
export function badName(name: string): string | null {
  if (name === "__proto__") return "would change the prototype of an object";
  if (/\p{Surrogate}/u.test(name)) return "is not well-formed Unicode";
  return null;
}

/** Reads the small part of JSON that a header may consist of, and refuses everything else. */
class Scanner {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly op: string,
  ) {}

  fail(what: string): never {
    throw plainError`${this.op}: the header is damaged: ${what}, at character ${this.at}`;
  }

  private blank(): void {
    while (this.at < this.text.length && " \t\n\r".includes(this.text[this.at] as string)) this.at++;
  }

  /** Whether `sign` comes next; if so it is passed. */
  private passes(sign: string): boolean {
    this.blank();
    if (this.text[this.at] !== sign) return false;
    this.at++;
    return true;
  }

  private expect(sign: string): void {
    if (!this.passes(sign)) {
      const found = this.at < this.text.length ? JSON.stringify(this.text[this.at]) : "its end";
      this.fail(`expected ${sign}, got ${found}`);
    }
  }

  end(): void {
    this.blank();
    if (this.at < this.text.length) this.fail("something follows the closing brace");
  }

  string(): string {
    this.expect('"');
    const from = this.at;
    let to = from;
    for (; this.text[to] !== '"'; to++) {
      if (to >= this.text.length) this.fail("a string does not end");
      if (this.text[to] === "\\") to++;
    }
    this.at = to + 1;
    try {
      return JSON.parse(this.text.slice(from - 1, this.at)) as string;
    } catch {
      return this.fail("a string holds a bad escape or a control character");
    }
  }

  integer(): number {
    this.blank();
    const from = this.at;
    while (/[\w.+-]/.test(this.text[this.at] ?? "")) this.at++;
    const word = this.text.slice(from, Math.min(this.at, from + 17));
    if (!/^(0|[1-9]\d*)$/.test(word) || !Number.isSafeInteger(Number(word))) {
      this.fail(`expected a whole number below 2^53, got ${JSON.stringify(word)}`);
    }
    return Number(word);
  }

  integers(most: number): number[] {
    const list: number[] = [];
    this.expect("[");
    if (this.passes("]")) return list;
    do {
      if (list.length === most) this.fail(`a list is longer than ${most}`);
      list.push(this.integer());
    } while (this.passes(","));
    this.expect("]");
    return list;
  }

  /** Calls `member` after each key, which must read the value. */
  object(member: (key: string) => void): void {
    const keys = new Set<string>();
    this.expect("{");
    if (this.passes("}")) return;
    do {
      const key = this.string();
      const bad = badName(key);
      if (bad !== null) this.fail(`the name ${JSON.stringify(key)} ${bad}`);
      if (keys.has(key)) this.fail(`the key ${JSON.stringify(key)} appears twice`);
      keys.add(key);
      this.expect(":");
      member(key);
    } while (this.passes(","));
    this.expect("}");
  }
}

/** The element count of a shape whose sizes may be anything; NaN when their product cannot be counted. */
function countOf(shape: readonly number[]): number {
  let product = 1;
  for (const size of shape) {
    if (size > 0) product *= size;
    if (product > Number.MAX_SAFE_INTEGER) return Number.NaN;
  }
  return shape.includes(0) ? 0 : product;
}

function entryOf(scanner: Scanner, name: string, dataStart: number, size: number): Entry {
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  scanner.object((key) => {
    if (key === "dtype") dtype = scanner.string();
    else if (key === "shape") shape = scanner.integers(MOST_DIMS);
    else if (key === "data_offsets") offsets = scanner.integers(2);
    else scanner.fail(`${name} has the unknown key ${JSON.stringify(key)}`);
  });
  if (dtype === undefined || shape === undefined || offsets === undefined) {
    return scanner.fail(`${name} lacks its dtype, shape or data_offsets`);
  }
  if (!Object.hasOwn(WIDTHS, dtype)) {
    return scanner.fail(`${name} has the dtype ${dtype}; expected one of ${Object.keys(WIDTHS).join(" ")}`);
  }
  const [begin, end] = offsets;
  if (begin === undefined || end === undefined || begin > end || end > size) {
    return scanner.fail(`${name} has the data_offsets [${offsets.join(", ")}], but ${size} bytes of data follow`);
  }
  const numel = countOf(shape);
  if (!(numel * WIDTHS[dtype as Dtype] === end - begin)) {
    return scanner.fail(
      `${name} of dtype ${dtype} and shape [${shape.join(", ")}] does not fill its ${end - begin} bytes`,
    );
  }
  return { name, dtype: dtype as Dtype, shape, numel, begin: dataStart + begin, end: dataStart + end };
}

/** Reads and checks the header; allocates nothing that the file does not fill. @throws Error for every malformed file. */
export function parseHeader(bytes: Uint8Array, op: string): Header {
  if (bytes.length < 8) throw plainError`${op}: the file has only ${bytes.length} bytes`;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (length > MOST) throw plainError`${op}: the header claims ${length} bytes, at most ${MOST} are allowed`;
  const dataStart = 8 + length;
  if (dataStart > bytes.length) {
    throw plainError`${op}: the header claims ${length} bytes, but only ${bytes.length - 8} follow`;
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.slice(8, dataStart));
  } catch {
    throw plainError`${op}: the header is damaged: it is not UTF-8`;
  }
  const scanner = new Scanner(text, op);
  const entries: Entry[] = [];
  const metadata: [string, string][] = [];
  if (text[0] !== "{") scanner.fail("it does not begin with {");
  scanner.object((name) => {
    if (name === METADATA) scanner.object((key) => metadata.push([key, scanner.string()]));
    else entries.push(entryOf(scanner, name, dataStart, bytes.length - dataStart));
  });
  scanner.end();
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = dataStart;
  for (const { name, begin, end } of entries) {
    if (begin !== at) {
      const what = begin < at ? "overlap those before" : `leave a hole of ${begin - at} bytes before`;
      throw plainError`${op}: the header is damaged: the bytes of ${name} ${what} it`;
    }
    at = end;
  }
  if (at !== bytes.length) throw plainError`${op}: ${bytes.length - at} bytes follow the last tensor`;
  return { entries, metadata };
}
