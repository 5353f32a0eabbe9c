// torch.nn: layers, losses and what they are made of.
export * from "./container.ts";
export * from "./flatten.ts";
export * from "./module.ts";
export * from "./parameter.ts";
