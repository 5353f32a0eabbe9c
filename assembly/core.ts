// The kernels of tensors, elementwise ops, products, sums and the optimizers: what every program needs, or calls at once.
export * from "./binary";
export * from "./convert";
export * from "./index-checks";
export * from "./loss";
export * from "./matmul";
export * from "./memory";
export * from "./movement";
export * from "./optim";
export * from "./piecewise";
export * from "./random";
export * from "./reduce";
export * from "./softmax";
export * from "./spread";
export * from "./transcendental";
export * from "./unary";
