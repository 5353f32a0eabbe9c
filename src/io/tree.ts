// Trees of plain values and tensors, as text beside the tensors by name: the shape of every state dict.
import { plainError, typeError } from "../check.ts";
import { sameShape } from "../shape.ts";
import { Tensor } from "../tensor.ts";

/** What JSON cannot say is an object with one of these keys. */
const TENSOR = "$tensor";
const NUMBER = "$number";
const UNSAID = ["NaN", "Infinity", "-Infinity", "-0"];
const MOST_DEPTH = 64;

type Plain = null | boolean | number | string | Plain[] | { [key: string]: Plain };

function isPlainObject(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * The tree without its tensors, which go into `tensors` under their dotted path. Entries that are undefined are left out.
 * @throws TypeError for values that a file cannot hold: functions, class instances, bigints, cycles.
 */
export function pack(value: unknown, path: string, tensors: Map<string, Tensor>, depth: number = 0): Plain {
  const refuse = (what: string): never => {
    throw typeError`saveCheckpoint: ${path} is ${what}, which a checkpoint cannot hold`;
  };
  if (depth > MOST_DEPTH) refuse(`nested deeper than ${MOST_DEPTH} levels`);
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") {
    const text = Object.is(value, -0) ? "-0" : String(value);
    return UNSAID.includes(text) ? { [NUMBER]: text } : value;
  }
  if (typeof value !== "object") return refuse(`a ${typeof value}`);
  if (value instanceof Tensor) {
    if (tensors.has(path)) refuse("the second tensor of that name");
    tensors.set(path, value);
    return { [TENSOR]: path };
  }
  if (Array.isArray(value)) return value.map((v, i) => pack(v, `${path}.${i}`, tensors, depth + 1));
  if (!isPlainObject(value)) return refuse(`a ${value.constructor?.name ?? "class instance"}`);
  const packed: [string, Plain][] = [];
  for (const [key, v] of Object.entries(value)) {
    if (key.startsWith("$") || key === "__proto__") refuse(`an object with the key ${JSON.stringify(key)}`);
    if (v !== undefined) packed.push([key, pack(v, `${path}.${key}`, tensors, depth + 1)]);
  }
  return Object.fromEntries(packed);
}

/** The tree that `pack` took apart. @throws Error if it is damaged. */
export function unpack(value: unknown, tensors: Readonly<Record<string, Tensor>>, depth: number = 0): unknown {
  const damaged = (what: string): never => {
    throw plainError`loadCheckpoint: the checkpoint is damaged: ${what}`;
  };
  if (depth > MOST_DEPTH) damaged(`it is nested deeper than ${MOST_DEPTH} levels`);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((v) => unpack(v, tensors, depth + 1));
  const entries = Object.entries(value);
  const [key, content] = entries[0] ?? ["", null];
  if (key === TENSOR) {
    if (typeof content !== "string" || !Object.hasOwn(tensors, content)) damaged(`it lacks the tensor ${content}`);
    return tensors[content as string];
  }
  if (key === NUMBER) return UNSAID.includes(content as string) ? Number(content) : damaged(`no number is ${content}`);
  for (const [name] of entries) if (name === "__proto__") damaged("it holds the name __proto__");
  return Object.fromEntries(entries.map(([name, v]) => [name, unpack(v, tensors, depth + 1)]));
}

/** Where two trees differ in kind: in keys, lengths, types, dtypes or shapes; null where they do not. */
export function difference(expected: unknown, given: unknown, path: string): string | null {
  const kind = (v: unknown): string => (v === null ? "null" : Array.isArray(v) ? "a list" : typeof v);
  if (kind(expected) !== kind(given)) return `${path} is ${kind(given)}, expected ${kind(expected)}`;
  if (typeof expected !== "object" || expected === null) return null;
  if (expected instanceof Tensor) {
    if (!(given instanceof Tensor)) return `${path} is no tensor`;
    if (sameShape(expected.shape, given.shape) && expected.dtype === given.dtype) return null;
    return `${path} is ${given.dtype} [${given.shape.join(", ")}], expected ${expected.dtype} [${expected.shape.join(", ")}]`;
  }
  const names = new Set([...Object.keys(expected), ...Object.keys(given as object)]);
  for (const name of names) {
    if (!Object.hasOwn(expected, name)) return `${path}.${name} is unexpected`;
    if (!Object.hasOwn(given as object, name)) return `${path}.${name} is missing`;
    const inner = (v: unknown): unknown => (v as Record<string, unknown>)[name];
    const found = difference(inner(expected), inner(given), `${path}.${name}`);
    if (found !== null) return found;
  }
  return null;
}
