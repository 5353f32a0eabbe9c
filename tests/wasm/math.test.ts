// The vector functions of both builds against double precision, over all floats: errors in units in the last place.
import { describe, expect, it } from "vitest";
import { core, type Kernels } from "../../src/wasm/kernels.gen.ts";
import { unpack } from "../../src/wasm/unpack.ts";

const N = 1 << 16;
const X = 1 << 20;
const Y = X + N * 4;

const both: [string, Uint8Array<ArrayBuffer>][] = [
  ["simd", unpack(core, "simd")],
  ["relaxed", unpack(core, "relaxed")],
];
const builds = both.filter(([, bytes]) => WebAssembly.validate(bytes));

function erf(x: number): number {
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  let sum = x;
  if (a < 2.5) {
    for (let i = 1, term = x; i < 80; i++) {
      term *= (-x * x) / i;
      sum += term / (2 * i + 1);
    }
    return (sum * 2) / Math.sqrt(Math.PI);
  }
  let fraction = 0;
  for (let i = 60; i > 0; i--) fraction = i / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / (a + fraction) / Math.sqrt(Math.PI));
}

type Name = keyof Kernels &
  ("exp" | "expm1" | "exp2" | "log" | "log1p" | "log2" | "log10" | "tanh" | "sigmoid" | "erf");
/** The function, and the most units in the last place it may be off. */
const functions: [Name | "sin" | "cos" | "tan", (x: number) => number, number][] = [
  ["exp", Math.exp, 1.1],
  ["expm1", Math.expm1, 1.6],
  ["exp2", (x) => 2 ** x, 1.1],
  ["log", Math.log, 0.95],
  ["log1p", Math.log1p, 1.6],
  ["log2", Math.log2, 1.6],
  ["log10", Math.log10, 2],
  ["tanh", Math.tanh, 2.6],
  ["sigmoid", (x) => (x < -88.7228 ? 0 : 1 / (1 + Math.exp(-x))), 2.1],
  ["erf", erf, 3.6],
  ["sin", Math.sin, 2],
  ["cos", Math.cos, 2],
  ["tan", Math.tan, 4],
];

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);
/** Distance from |v| to the next float above. */
function unit(v: number): number {
  float[0] = Math.abs(v);
  if (!(float[0] < 3e38)) return 2 ** 104;
  const low = float[0];
  bits[0] = (bits[0] as number) + 1;
  return (float[0] as number) - low;
}

describe.each(builds)("the %s build", (_, bytes) => {
  const memory = new WebAssembly.Memory({ initial: 32 });
  const module = new WebAssembly.Module(bytes);
  const k = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
  const f32 = new Float32Array(memory.buffer);
  const u32 = new Uint32Array(memory.buffer);

  it.each(functions)("%s", (name, exact, allowed) => {
    let worst = 0;
    let at = 0;
    for (let start = 0; start < 2 ** 32; ) {
      let n = 0;
      for (; n < N && start < 2 ** 32; n++, start += 40009) u32[X / 4 + n] = start;
      k[name](X, Y, n);
      for (let i = 0; i < n; i++) {
        const x = f32[X / 4 + i] as number;
        const y = f32[Y / 4 + i] as number;
        const e = exact(x);
        const rounded = Math.fround(e);
        if (Object.is(y, rounded)) continue;
        if (!Number.isFinite(y) || !Number.isFinite(rounded)) expect(y, `${name}(${x})`).toBe(rounded);
        if (y === 0 && rounded === 0) expect(Object.is(y, rounded), `sign of ${name}(${x})`).toBe(true);
        const error = Math.abs(y - e) / unit(e);
        if (error > worst) [worst, at] = [error, x];
      }
    }
    expect(worst, `${name} at ${at}`).toBeLessThan(allowed);
  });

  it("pow agrees with double precision, overflow and subnormals included", () => {
    let worst = 0;
    for (let i = 0; i < N; i++) {
      u32[X / 4 + i] = (i * 2654435761) % 2139095040;
      const span = Math.abs(Math.log2(f32[X / 4 + i] as number)) || 1;
      f32[Y / 4 + i] = ((((i * 0.618034) % 1) - 0.5) * 300) / span;
    }
    const bases = f32.slice(X / 4, X / 4 + N);
    const powers = f32.slice(Y / 4, Y / 4 + N);
    k.pow(X, Y, X, 1, N, 0, 1, 0, 1);
    for (let i = 0; i < N; i++) {
      const e = (bases[i] as number) ** (powers[i] as number);
      const y = f32[X / 4 + i] as number;
      if (y !== Math.fround(e)) worst = Math.max(worst, Math.abs(y - e) / unit(e));
    }
    expect(worst).toBeLessThan(0.51);
  });
});
