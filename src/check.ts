// Checks of arguments that are no tensors, and errors as templates that tell every value alike: throw rangeError`op: expected this, got ${that}`.

/** A value as errors tell it: [2, 3], null, a Map, whatever a number or a text is. */
function say(x: unknown): string {
  if (Array.isArray(x)) return `[${x.map(say).join(", ")}]`;
  if (isObject(x)) return x.constructor && x.constructor !== Object ? `a ${x.constructor.name}` : "an object";
  return typeof x === "function" ? "a function" : String(x);
}

function told(texts: readonly string[], values: readonly unknown[]): string {
  return String.raw({ raw: texts }, ...values.map(say));
}

export function isObject(x: unknown): x is object {
  return typeof x === "object" && x !== null;
}

/** For values of a wrong type. */
export function typeError(texts: readonly string[], ...values: readonly unknown[]): TypeError {
  return new TypeError(told(texts, values));
}

/** For values and shapes out of range. */
export function rangeError(texts: readonly string[], ...values: readonly unknown[]): RangeError {
  return new RangeError(told(texts, values));
}

/** For everything else. */
export function plainError(texts: readonly string[], ...values: readonly unknown[]): Error {
  return new Error(told(texts, values));
}

/** @throws TypeError unless `value` is a number. */
export function checkNumber(value: unknown, op: string, name: string): asserts value is number {
  if (typeof value !== "number") throw typeError`${op}: expected ${name} to be a number, got ${value}`;
}

/** @throws TypeError unless `value` is true or false. */
export function checkBoolean(value: unknown, op: string, name: string): asserts value is boolean {
  if (typeof value !== "boolean") throw typeError`${op}: expected ${name} to be a boolean, got ${value}`;
}

/** @throws TypeError unless `value` is an integer. */
export function checkInteger(value: unknown, op: string, name: string): asserts value is number {
  if (!Number.isInteger(value)) throw typeError`${op}: expected ${name} to be an integer, got ${value}`;
}

/** @throws RangeError unless `value` is an integer of at least `least`, 0 or 1. */
export function checkCount(value: unknown, op: string, name: string, least: number = 0): asserts value is number {
  if (Number.isInteger(value) && (value as number) >= least) return;
  throw rangeError`${op}: expected ${name} to be a ${least > 0 ? "positive" : "non-negative"} integer, got ${value}`;
}

/** @throws RangeError unless `value` is one of the texts. */
export function checkOneOf<T extends string>(
  value: unknown,
  op: string,
  name: string,
  texts: readonly T[],
): asserts value is T {
  if (texts.includes(value as T)) return;
  const known = texts.map((text) => `"${text}"`).join(" or ");
  throw rangeError`${op}: expected ${name} to be ${known}, got ${value}`;
}

/** Lists of names that were asked for, taken apart. */
const known: Map<string, Set<string>> = /* @__PURE__ */ new Map();

function listed(names: string): Set<string> {
  let set = known.get(names);
  if (set === undefined) {
    set = new Set(names.split(", "));
    known.set(names, set);
  }
  return set;
}

/**
 * @throws TypeError unless `options` is an object with no names but those of the list "stride, padding": `weight_decay` or a slip
 * of the pen would else be passed over in silence. What is made by a class, such as a layer that passes itself, may have more.
 */
export function checkNames(options: unknown, op: string, names: string): void {
  if (!isObject(options) || Array.isArray(options)) {
    throw typeError`${op}: expected an object of options such as { ${names} }, got ${options}`;
  }
  if (options.constructor !== undefined && options.constructor !== Object) return;
  for (const name in options) {
    if (!listed(names).has(name)) throw typeError`${op}: unknown option ${name}; expected ${names}`;
  }
}
