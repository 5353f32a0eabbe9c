// The public surface of lanegrad.

export * from "./create.ts";
export * from "./data/index.ts";
export * as data from "./data/index.ts";
export * from "./io/index.ts";
export * as io from "./io/index.ts";
export * as nn from "./nn/index.ts";
export * from "./ops/index.ts";
export * as functional from "./ops/index.ts";
export { Tensor } from "./ops/methods.ts";
export * as optim from "./optim/index.ts";
export {
  clipGradNorm,
  clipGradNorm as clipGradNorm_,
  clipGradValue,
  clipGradValue as clipGradValue_,
} from "./optim/index.ts";
export type { CreateOptions, Sizes } from "./options.ts";
export { Generator, getRngState, initialSeed, manualSeed, seed, setRngState } from "./random.ts";
export * from "./range.ts";
export * from "./sample.ts";
export { enableGrad, isGradEnabled, keep, noGrad, scope } from "./scope.ts";
export type { Shape } from "./shape.ts";
export { type MemoryReport, memory } from "./storage.ts";
export type { DType, NestedArray } from "./tensor.ts";
