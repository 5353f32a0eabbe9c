// torch.nn: layers, losses and what they are made of.

export * from "./container.ts";
export * from "./conv.ts";
export * from "./dropout.ts";
export * from "./flatten.ts";
export { fuse } from "./fuse.ts";
export * as init from "./init.ts";
export * from "./linear.ts";
export * from "./loss.ts";
export * from "./module.ts";
export * from "./norm.ts";
export * from "./parameter.ts";
export * from "./pointwise.ts";
export * from "./pointwise-options.ts";
export * from "./pool.ts";
export * from "./recurrent.ts";
export * from "./softmax.ts";
export { type LayerSummary, ModelSummary, summary } from "./summary.ts";
