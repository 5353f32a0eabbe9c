// Files: weights as safetensors, and whole runs as checkpoints.

export * from "./checkpoint.ts";
export * from "./safetensors.ts";
