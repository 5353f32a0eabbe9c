// Every op, and nothing else: the free functions, `functional`, and the methods of Tensor are derived from this list.
export * from "./inplace.ts";
export * from "./copy.ts";
