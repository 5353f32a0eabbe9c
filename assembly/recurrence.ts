// The kernels of recurrent layers: bundles without them leave this module out.
export * from "./recurrent";
