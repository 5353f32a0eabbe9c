// Checks of arguments that are no tensors, and one wording for what they find: "op: expected this, got that".
import { show } from "./shape.ts";

/** A value as errors tell it. */
export function say(x: unknown): string {
  if (Array.isArray(x)) return x.every((v) => typeof v === "number") ? show(x) : "an array";
  if (typeof x === "object" && x !== null) return `a ${x.constructor?.name ?? "object"}`;
  return typeof x === "function" ? "a function" : String(x);
}

/** @throws TypeError: `${what}, got ...` */
export function wrongType(what: string, got: unknown): never {
  throw new TypeError(`${what}, got ${say(got)}`);
}

/** @throws RangeError: `${what}, got ...` */
export function wrongValue(what: string, got: unknown): never {
  throw new RangeError(`${what}, got ${say(got)}`);
}

/** @throws TypeError unless `value` is a number. */
export function checkNumber(value: unknown, op: string, name: string): asserts value is number {
  if (typeof value !== "number") wrongType(`${op}: expected ${name} to be a number`, value);
}

/** @throws TypeError unless `value` is true or false. */
export function checkBoolean(value: unknown, op: string, name: string): asserts value is boolean {
  if (typeof value !== "boolean") wrongType(`${op}: expected ${name} to be a boolean`, value);
}

/** @throws TypeError unless `value` is an integer. */
export function checkInteger(value: unknown, op: string, name: string): asserts value is number {
  if (!Number.isInteger(value)) wrongType(`${op}: expected ${name} to be an integer`, value);
}

/** @throws RangeError unless `value` is an integer of at least `least`, 0 or 1. */
export function checkCount(value: unknown, op: string, name: string, least: 0 | 1 = 0): asserts value is number {
  if (Number.isInteger(value) && (value as number) >= least) return;
  wrongValue(`${op}: expected ${name} to be a ${least > 0 ? "positive" : "non-negative"} integer`, value);
}

/** @throws RangeError unless `value` is one of the texts. */
export function checkOneOf<T extends string>(
  value: unknown,
  op: string,
  name: string,
  texts: readonly T[],
): asserts value is T {
  if (texts.includes(value as T)) return;
  wrongValue(`${op}: expected ${name} to be ${texts.map((text) => `"${text}"`).join(" or ")}`, value);
}
