// The kernels of the other layers and of losses, which a program may do without: bundles that use none of them leave this module out.
export * from "./activation";
export * from "./crossentropy";
export * from "./dropout";
export * from "./kinks";
export * from "./logloss";
export * from "./norm";
export * from "./onehot";
export * from "./frame";
export * from "./pad";
export * from "./robust";
