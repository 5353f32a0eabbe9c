// torch.optim: optimizers, learning rate schedulers, gradient clipping.

export * from "./adam.ts";
export * from "./clip.ts";
export * from "./one-cycle.ts";
export { Optimizer, type OptimizerState, type ParamGroup, type ParamState, type Params } from "./optimizer.ts";
export * from "./plateau.ts";
export {
  CosineAnnealingLR,
  ExponentialLR,
  LinearLR,
  type LinearLROptions,
  LRScheduler,
  MultiStepLR,
  type Scheduled,
  type SchedulerOptions,
  StepLR,
} from "./scheduler.ts";
export * from "./sgd.ts";
