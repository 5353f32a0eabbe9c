// How a tensor prints: PyTorch's rules for widths, scientific notation, line breaks and summaries.
import type { Tensor } from "./tensor.ts";

const PRECISION = 4;
const EDGE = 3;
const THRESHOLD = 1000;
const LINE_WIDTH = 80;

function exponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}

function special(v: number): string | null {
  if (Number.isNaN(v)) return "nan";
  if (v === Infinity) return "inf";
  if (v === -Infinity) return "-inf";
  return null;
}

function isNegative(v: number): boolean {
  return v < 0 || Object.is(v, -0);
}

/** Formats every number alike, so that columns line up. */
function formatter(values: readonly number[], integers: boolean): (v: number) => string {
  let write: (v: number) => string;
  if (integers) write = (v) => String(v);
  else {
    const finite = values.filter((v) => Number.isFinite(v) && v !== 0).map(Math.abs);
    const most = finite.reduce((a, b) => Math.max(a, b), 0);
    const least = finite.reduce((a, b) => Math.min(a, b), Infinity);
    const whole = finite.every((v) => v === Math.ceil(v));
    const minus = (v: number, text: string) => (isNegative(v) && !text.startsWith("-") ? `-${text}` : text);
    const scientific = (v: number) => minus(v, exponent(v.toExponential(PRECISION)));
    if (finite.length === 0) write = (v) => minus(v, `${v}.`);
    else if (whole) {
      write = most / least > 1000 || most > 1e8 ? scientific : (v) => minus(v, `${v}.`);
    } else {
      write = most / least > 1000 || most > 1e8 || least < 1e-4 ? scientific : (v) => minus(v, v.toFixed(PRECISION));
    }
  }
  const text = (v: number) => special(v) ?? write(v);
  const counted = integers ? values : values.filter((v) => Number.isFinite(v) && v !== 0);
  const width = counted.reduce((w, v) => Math.max(w, text(v).length), 1);
  return (v) => text(v).padStart(width);
}

/** The indices of a dim that are shown; null stands for the gap. */
function shownOf(size: number, summarised: boolean): (number | null)[] {
  const all = Array.from({ length: size }, (_, i) => i);
  if (!summarised || size <= 2 * EDGE) return all;
  return [...all.slice(0, EDGE), null, ...all.slice(-EDGE)];
}

export function print(t: Tensor): string {
  if (t.isFreed) return `tensor(<freed>, size=[${t.shape.join(", ")}])`;
  const { shape, data } = t;
  const summarised = t.numel > THRESHOLD;
  const leaves: number[] = [];
  const visit = (d: number, at: number): void => {
    if (d === shape.length) {
      leaves.push(data[at] as number);
      return;
    }
    for (const i of shownOf(shape[d] as number, summarised))
      if (i !== null) visit(d + 1, at * (shape[d] as number) + i);
  };
  if (t.numel > 0) visit(0, 0);
  const format = formatter(leaves, t.dtype === "int32");
  const width = leaves.reduce((w, v) => Math.max(w, format(v).length), 1);

  const body = (d: number, at: number, indent: number): string => {
    if (d === shape.length) return format(data[at] as number).trim();
    const size = shape[d] as number;
    const shown = shownOf(size, summarised);
    if (d === shape.length - 1) {
      const perLine = Math.max(1, Math.floor((LINE_WIDTH - indent) / (width + 2)));
      const cells = shown.map((i) => (i === null ? " ..." : format(data[at * size + i] as number)));
      const lines: string[] = [];
      for (let i = 0; i < cells.length; i += perLine) lines.push(cells.slice(i, i + perLine).join(", "));
      return `[${lines.join(`,\n${" ".repeat(indent + 1)}`)}]`;
    }
    const gap = `,${"\n".repeat(shape.length - d - 1)}${" ".repeat(indent + 1)}`;
    return `[${shown.map((i) => (i === null ? "..." : body(d + 1, at * size + i, indent + 1))).join(gap)}]`;
  };

  const suffix: string[] = [];
  if (t.numel === 0 && shape.length !== 1) suffix.push(`size=(${shape.join(", ")})`);
  if (t.dtype === "int32") suffix.push("dtype=torch.int32");
  if (t.requiresGrad) suffix.push(t.isLeaf ? "requires_grad=True" : "grad_fn=<Backward>");
  const text = t.numel === 0 ? "[]" : body(0, 0, "tensor(".length);
  return `tensor(${[text, ...suffix].join(", ")})`;
}

/** Makes console.log of Node, Bun and Deno show what toString() of an object, or of those it is the prototype of, gives. */
export function inspectable(shown: object): void {
  for (const hook of ["nodejs.util.inspect.custom", "Deno.customInspect"]) {
    Object.defineProperty(shown, Symbol.for(hook), {
      value(this: object) {
        return this.toString();
      },
    });
  }
}
