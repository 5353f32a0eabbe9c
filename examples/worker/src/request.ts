// What requests may say, checked before any of it reaches a model.
import { PIXELS } from "../../reader/model.ts";

/** A request that is wrong, with the status that says how. */
export class BadRequest extends Error {
  constructor(
    message: string,
    readonly status: number = 400,
  ) {
    super(message);
  }
}

/** A picture as JSON is at most 784 numbers of some 20 characters. */
const MOST_BYTES = 32 * 1024;

async function readBytes(request: Request): Promise<Uint8Array> {
  const body = new Uint8Array(MOST_BYTES);
  let length = 0;
  try {
    for await (const chunk of request.body ?? []) {
      if (length + chunk.length > MOST_BYTES) throw new BadRequest(`the body is larger than ${MOST_BYTES} bytes`, 413);
      body.set(chunk, length);
      length += chunk.length;
    }
  } catch (error) {
    throw error instanceof BadRequest ? error : new BadRequest("the body broke off, or its chunks are damaged");
  }
  return body.subarray(0, length);
}

/** The body: bytes, or a JSON value. Reads no more than a picture can have, whatever the headers claim. */
export async function readBody(request: Request): Promise<unknown> {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (type !== "application/json" && type !== "application/octet-stream") {
    throw new BadRequest(
      `expected content-type application/json or application/octet-stream, got ${type || "none"}`,
      415,
    );
  }
  const bytes = await readBytes(request);
  if (type === "application/octet-stream") return bytes;
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch {
    throw new BadRequest("the body is not JSON");
  }
}

function fieldOf(body: unknown, name: string): unknown {
  if (typeof body !== "object" || body === null || !Object.hasOwn(body, name)) {
    throw new BadRequest(`expected an object with ${JSON.stringify(name)}`);
  }
  return (body as Record<string, unknown>)[name];
}

/** The pixels of a picture from 0 to 1: a byte each, or the numbers of { pixels }. */
export function readPixels(body: unknown): Float32Array {
  const given = body instanceof Uint8Array ? body : fieldOf(body, "pixels");
  if (!Array.isArray(given) && !(given instanceof Uint8Array)) {
    throw new BadRequest(
      `expected pixels as a list of ${PIXELS} numbers, got ${given === null ? "null" : typeof given}`,
    );
  }
  if (given.length !== PIXELS) throw new BadRequest(`expected ${PIXELS} pixels (28 x 28), got ${given.length}`);
  if (given instanceof Uint8Array) return Float32Array.from(given, (v) => v / 255);
  for (const [i, v] of given.entries()) {
    if (typeof v !== "number" || !(v >= 0 && v <= 1)) {
      throw new BadRequest(`expected pixels from 0 to 1, got ${JSON.stringify(v)?.slice(0, 40)} at ${i}`);
    }
  }
  return Float32Array.from(given);
}

/** A picture and what it shows. */
export function readCorrection(body: unknown): { pixels: Float32Array; label: number } {
  if (body instanceof Uint8Array) throw new BadRequest("expected content-type application/json", 415);
  const pixels = readPixels(body);
  const label = fieldOf(body, "label");
  if (!Number.isInteger(label) || (label as number) < 0 || (label as number) > 9) {
    throw new BadRequest(`expected label to be a whole number from 0 to 9, got ${JSON.stringify(label)?.slice(0, 40)}`);
  }
  return { pixels, label: label as number };
}
