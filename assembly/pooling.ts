// The kernels of pooling: bundles that pool nothing leave this module out.
export * from "./pool";
