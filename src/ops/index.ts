// Every op, and nothing else: the free functions, `functional`, and the methods of Tensor are derived from this list.

export * from "./copy.ts";
export * from "./inplace.ts";
export * from "./matmul.ts";
