// The modules that the kernels are cut in: each has the kernels of the files that the list of its name exports, assembly/core.ts
// and so on. The core comes first; bundles leave out the others where nothing calls them.
export const parts = ["core", "ops", "convolution", "pooling", "recurrence", "layers"];
