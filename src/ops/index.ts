// Every op, and nothing else: the free functions, `functional`, and the methods of Tensor are derived from this list.

export * from "./activation.ts";
export * from "./binary.ts";
export * from "./compare.ts";
export * from "./conv.ts";
export * from "./copy.ts";
export * from "./crossentropy.ts";
export * from "./dropout.ts";
export * from "./extreme.ts";
export * from "./indexing.ts";
export * from "./inplace.ts";
export * from "./joins.ts";
export * from "./linear.ts";
export * from "./logloss.ts";
export * from "./loss.ts";
export * from "./matmul.ts";
export * from "./movement.ts";
export * from "./norm.ts";
export * from "./pad.ts";
export * from "./pool.ts";
export * from "./random.ts";
export * from "./recurrent.ts";
export * from "./reduce.ts";
export * from "./slicing.ts";
export * from "./softmax.ts";
export * from "./unary.ts";
