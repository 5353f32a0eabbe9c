// What a model is made of: its layers, what each gives, its parameters and bytes.
import { typeError } from "../check.ts";
import { zeros } from "../create.ts";
import { inspectable } from "../print.ts";
import { noGrad } from "../scope.ts";
import { checkShape, type Shape, show } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";

/** One module of a model. */
export interface LayerSummary {
  /** Dotted name; "" for the model itself. */
  name: string;
  /** What the module it lies in calls it. */
  label: string;
  /** Its class. */
  type: string;
  /** How many modules it lies in. */
  depth: number;
  /** Shapes of the tensors that its last call gave; null if it was not called. */
  outputShapes: Shape[] | null;
  /** Elements of its own parameters and of those below it, each parameter counted once. */
  parameters: number;
  /** Bytes of those parameters and of the buffers. */
  bytes: number;
}

/** What `summary` gives: figures, and as text (`console.log`, `String`) a table of them. */
export class ModelSummary {
  declare readonly layers: readonly LayerSummary[];
  /** Elements of all parameters, each counted once. */
  declare readonly parameters: number;
  /** Elements of the parameters that require grad. */
  declare readonly trainable: number;
  /** Bytes of parameters and buffers. */
  declare readonly bytes: number;
  /** Bytes that the innermost layers give in one forward pass: about what training keeps for the gradient. */
  declare readonly outputBytes: number;

  /** @internal */
  constructor(layers: readonly LayerSummary[], model: Module, outputBytes: number) {
    inspectable(this);
    const parameters = model.parameters();
    this.layers = layers;
    this.parameters = elements(parameters);
    this.trainable = elements(parameters.filter((p) => p.requiresGrad));
    this.bytes = 4 * elements([...parameters, ...model.buffers()]);
    this.outputBytes = outputBytes;
  }

  /** The table. */
  toString(): string {
    const rows = this.layers.map(({ label, type, depth, outputShapes, parameters, bytes }) => [
      `${"  ".repeat(depth)}${label === "" ? type : `${label}: ${type}`}`,
      outputShapes === null ? "not called" : outputShapes.map(show).join(" "),
      grouped(parameters),
      grouped(bytes),
    ]);
    const total = ["total", "", grouped(this.parameters), grouped(this.bytes)];
    const table = [["layer", "output shape", "parameters", "bytes"], ...rows, total];
    const widths = [0, 1, 2, 3].map((c) => Math.max(...table.map((row) => (row[c] as string).length)));
    const lines = table.map((row) =>
      row
        .map((cell, c) => (c < 2 ? cell.padEnd(widths[c] as number) : cell.padStart(widths[c] as number)))
        .join("  ")
        .trimEnd(),
    );
    const rule = "─".repeat(widths.reduce((a, b) => a + b + 2, -2));
    lines.splice(1, 0, rule);
    lines.splice(-1, 0, rule);
    lines.push(
      `trainable: ${grouped(this.trainable)} parameters; one forward pass gives ${grouped(this.outputBytes)} bytes`,
    );
    return lines.join("\n");
  }
}

function elements(tensors: readonly Tensor[]): number {
  return tensors.reduce((sum, t) => sum + t.numel, 0);
}

/** 1234567 as 1,234,567, the same in every locale. */
function grouped(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Shapes of the tensors in what a forward gave: itself, or in arrays and objects. */
function shapesIn(value: unknown): Shape[] {
  if (value instanceof Tensor) return [value.shape];
  if (typeof value !== "object" || value === null) return [];
  return (Array.isArray(value) ? value : Object.values(value)).flatMap(shapesIn);
}

function inputsOf(input: unknown): Tensor[] {
  const isShape = Array.isArray(input) && input.every((size) => typeof size === "number");
  const list = isShape || !Array.isArray(input) ? [input] : input;
  return list.map((one) => (one instanceof Tensor ? one : zeros(checkShape(one, "summary"))));
}

/** Lets `seen` know what each call of a module's forward gave. Gives a function that undoes it. */
function watch(module: Module, seen: (output: unknown) => void): () => void {
  const own = Object.getOwnPropertyDescriptor(module, "forward");
  const forward = module.forward as (...inputs: unknown[]) => unknown;
  Object.defineProperty(module, "forward", {
    configurable: true,
    value: (...inputs: unknown[]) => {
      const output = forward.apply(module, inputs);
      seen(output);
      return output;
    },
  });
  return () => {
    Reflect.deleteProperty(module, "forward");
    if (own !== undefined) Object.defineProperty(module, "forward", own);
  };
}

/**
 * Runs `model` once on zeros, in evaluation mode and without gradients, and tells of every module its output shapes, parameters and bytes.
 * `input`: the shape of its input, a tensor to use instead, or a list of those for several inputs. The model is left as it was.
 * @throws TypeError unless `model` is a Module; whatever the model throws for such an input.
 */
export function summary(model: Module, input: Shape | Tensor | readonly (Shape | Tensor)[]): ModelSummary {
  if (!(model instanceof Module)) throw typeError`summary: expected a Module, got ${typeof model}`;
  const named = model.namedModules();
  const outputs = new Map<Module, Shape[]>();
  const modes = named.map(([, module]) => module.training);
  const undo = named.map(([, module]) => watch(module, (output) => outputs.set(module, shapesIn(output))));
  try {
    model.eval();
    noGrad(() => {
      (model.forward as (...inputs: Tensor[]) => unknown)(...inputsOf(input));
    });
  } finally {
    for (const restore of undo) restore();
    for (const [i, [, module]] of named.entries()) module.training = modes[i] as boolean;
  }
  const names = named.map(([name]) => name);
  const layers = named.map(([name, module]): LayerSummary => {
    const parameters = module.parameters();
    const above = names.filter((other) => name !== "" && (other === "" || name.startsWith(`${other}.`)));
    const nearest = Math.max(0, ...above.map((other) => other.length));
    return {
      name,
      label: nearest === 0 ? name : name.slice(nearest + 1),
      type: module.constructor.name,
      depth: above.length,
      outputShapes: outputs.get(module) ?? null,
      parameters: elements(parameters),
      bytes: 4 * elements([...parameters, ...module.buffers()]),
    };
  });
  const outputBytes = named
    .filter(([, module]) => module.children().length === 0)
    .flatMap(([, module]) => outputs.get(module) ?? [])
    .reduce((sum, shape) => sum + 4 * shape.reduce((a, b) => a * b, 1), 0);
  return new ModelSummary(layers, model, outputBytes);
}
