// The kernels of the other ops of tensors, which have methods: bundles that use none of them leave this module out.
export * from "./extreme";
export * from "./indexing";
export * from "./pnorm";
export * from "./scan";
export * from "./softmax";
export * from "./transcendental";
export * from "./unary";
