// The kernels of selection, extremes, scans and norms, which have methods: bundles that use none of them leave this module out.
export * from "./extreme";
export * from "./indexing";
export * from "./pnorm";
export * from "./scan";
