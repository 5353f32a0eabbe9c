// The ops that are methods of torch.Tensor: here they are methods too, and functions.

export * from "./binary.ts";
export * from "./compare.ts";
export * from "./copy.ts";
export * from "./extreme.ts";
export * from "./indexing.ts";
export * from "./inplace.ts";
export * from "./matmul.ts";
export * from "./movement.ts";
export * from "./piecewise.ts";
export * from "./random.ts";
export * from "./reduce.ts";
export * from "./repeat.ts";
export * from "./slicing.ts";
export * from "./softmax.ts";
export * from "./unary.ts";
