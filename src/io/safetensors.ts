// Weights as safetensors, the format that PyTorch's world exchanges them in: tensors by name, plain bytes, no code.
import { plainError, typeError } from "../check.ts";
import { checkObject, checkTensor, empty, type Tensor } from "../op.ts";
import { settle, sweep } from "../scope.ts";
import { f32, i32, u8 } from "../wasm/index.ts";
import { checkValues, decodeInto, FLOATS } from "./decode.ts";
import { badName, METADATA, parseHeader } from "./header.ts";

/** What a file may say about itself: strings by name. */
export type Metadata = Record<string, string>;

function checkBytes(bytes: unknown, op: string): Uint8Array {
  if (bytes instanceof Uint8Array) return bytes;
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes);
  throw typeError`${op}: expected the file as a Uint8Array or ArrayBuffer, got ${bytes}`;
}

function checkNames(state: unknown, metadata: unknown): void {
  const op = "saveSafetensors";
  if (typeof state !== "object" || state === null) {
    throw typeError`${op}: expected an object of tensors, got ${state}`;
  }
  if (typeof metadata !== "object" || metadata === null) {
    throw typeError`${op}: expected metadata to be an object of strings, got ${metadata}`;
  }
  for (const name of [...Object.keys(state), ...Object.keys(metadata)]) {
    const bad = name === METADATA ? "is reserved for the metadata" : badName(name);
    if (bad !== null) throw plainError`${op}: the name ${JSON.stringify(name)} ${bad}`;
  }
  for (const [name, value] of Object.entries(metadata)) {
    if (typeof value !== "string" || badName(value) === "is not well-formed Unicode") {
      throw typeError`${op}: expected the metadata ${name} to be well-formed text, got ${value}`;
    }
  }
}

/**
 * The bytes of a safetensors file with these tensors, in their order, as F32 and I32. Strided tensors are written row-major.
 * `metadata`: strings to put beside them.
 * @throws TypeError if a value is no tensor, Error if one was freed or a name cannot be stored.
 * @see https://github.com/huggingface/safetensors#format
 */
export function saveSafetensors(
  state: Readonly<Record<string, Tensor>>,
  options: { metadata?: Readonly<Metadata> } = {},
): Uint8Array<ArrayBuffer> {
  checkObject(options, "saveSafetensors", "metadata");
  const { metadata = {} } = options;
  checkNames(state, metadata);
  const header: [string, unknown][] = [];
  if (Object.keys(metadata).length > 0) header.push([METADATA, { ...metadata }]);
  let size = 0;
  for (const [name, t] of Object.entries(state)) {
    checkTensor(t, "saveSafetensors", name);
    const begin = size;
    size += t.numel * 4;
    const dtype = t.dtype === "int32" ? "I32" : "F32";
    header.push([name, { dtype, shape: t.shape, data_offsets: [begin, size] }]);
  }
  // data is aligned to 8 bytes with spaces, as the reference writes it
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const dataStart = 8 + Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(dataStart + size);
  bytes.fill(0x20, 8 + json.length, dataStart);
  bytes.set(json, 8);
  new DataView(bytes.buffer).setUint32(0, dataStart - 8, true);
  let at = dataStart;
  for (const t of Object.values(state)) {
    if (t.isContiguous()) bytes.set(u8.subarray(t.ptr, t.ptr + t.numel * 4), at);
    else bytes.set(new Uint8Array(t.data.buffer), at);
    at += t.numel * 4;
  }
  return bytes;
}

/**
 * The tensors of a safetensors file by name. F16, BF16 and F64 become float32; the integers and BOOL become int32, checked to fit.
 * A file from an unknown hand is safe to pass: it is checked as a whole before the first tensor is made.
 * @throws Error for a malformed file, and RangeError for an integer outside int32 or when memory has run out; nothing is loaded then.
 * @see https://github.com/huggingface/safetensors#format
 */
export function loadSafetensors(bytes: Uint8Array | ArrayBuffer): Record<string, Tensor> {
  const op = "loadSafetensors";
  const file = checkBytes(bytes, op);
  const { entries } = parseHeader(file, op);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (const entry of entries) checkValues(view, entry, op);
  const loaded: [string, Tensor][] = [];
  try {
    for (const entry of entries) {
      const isFloat = FLOATS.has(entry.dtype);
      const t = empty(entry.shape, isFloat ? "float32" : "int32");
      if (entry.dtype === "F32" || entry.dtype === "I32") u8.set(file.subarray(entry.begin, entry.end), t.ptr);
      else decodeInto(view, entry, isFloat ? f32 : i32, t.ptr / 4);
      loaded.push([entry.name, settle(t)]);
    }
  } catch (error) {
    sweep();
    for (const [, t] of loaded) t.dispose();
    throw error;
  }
  return Object.fromEntries(loaded);
}

/** What a safetensors file says about itself; empty if it says nothing. @throws Error for a malformed file. */
export function readSafetensorsMetadata(bytes: Uint8Array | ArrayBuffer): Metadata {
  const op = "readSafetensorsMetadata";
  return Object.fromEntries(parseHeader(checkBytes(bytes, op), op).metadata);
}
