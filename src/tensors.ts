// Tensors without their ops: how they are made, drawn, kept and freed.

export * from "./create.ts";
export type { CreateOptions, Sizes } from "./options.ts";
export { Generator, getRngState, initialSeed, manualSeed, seed, setRngState } from "./random.ts";
export * from "./range.ts";
export * from "./sample.ts";
export { enableGrad, isGradEnabled, keep, noGrad, scope } from "./scope.ts";
export type { Shape } from "./shape.ts";
export { type MemoryReport, memory } from "./storage.ts";
export { type DType, type NestedArray, Tensor } from "./tensor.ts";
