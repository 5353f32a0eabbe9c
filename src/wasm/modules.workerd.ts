// The compiled kernels in Workers, which compile no bytes at run time: static imports of the relaxed SIMD build, which workerd has.
// Each in a file of its own, so that bundlers leave out those that are not used.
export { convolution } from "./module-convolution.workerd.ts";
export { core } from "./module-core.workerd.ts";
export { layers } from "./module-layers.workerd.ts";
export { ops } from "./module-ops.workerd.ts";
export { pooling } from "./module-pooling.workerd.ts";
export { recurrence } from "./module-recurrence.workerd.ts";
