// Every op, and nothing else: the free functions and `functional`. Those of tensor-ops.ts are methods of Tensor too.

export * from "./activation.ts";
export * from "./conv.ts";
export * from "./crossentropy.ts";
export * from "./dropout.ts";
export * from "./joins.ts";
export * from "./linear.ts";
export * from "./logloss.ts";
export * from "./loss.ts";
export * from "./norm.ts";
export * from "./onehot.ts";
export * from "./pad.ts";
export * from "./pool.ts";
export * from "./recurrent.ts";
export * from "./softmin.ts";
export * from "./tensor-ops.ts";
