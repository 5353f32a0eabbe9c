// The public surface of lanegrad.
export * from "./ops/index.ts";
export { Tensor } from "./ops/methods.ts";
export * as functional from "./ops/index.ts";
export { enableGrad, isGradEnabled, keep, noGrad, scope } from "./scope.ts";
export { type MemoryReport, memory } from "./storage.ts";
export type { DType, NestedArray } from "./tensor.ts";
export type { Shape } from "./shape.ts";
