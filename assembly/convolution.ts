// The kernels of convolution, more than a third of all: bundles that convolve nothing leave this module out.
export * from "./conv";
