// How Python writes the values that modules print.

/** A float as Python's repr: 1.0, 0.1, 1e-05. */
export function pythonFloat(v: number): string {
  if (Number.isNaN(v)) return "nan";
  if (!Number.isFinite(v)) return v > 0 ? "inf" : "-inf";
  const size = Math.abs(v);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    return v.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  }
  return Number.isInteger(v) ? `${v}.0` : String(v);
}

export function pythonBool(v: boolean): string {
  return v ? "True" : "False";
}

/** A tuple of integers: (3,) or (3, 4). */
export function pythonTuple(values: readonly number[]): string {
  return values.length === 1 ? `(${values[0]},)` : `(${values.join(", ")})`;
}

/** A camelCase name as Python writes it. */
export const snake = (name: string): string => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
