// Files: weights as safetensors, and whole runs as checkpoints.
import "../ops/methods.ts";

export * from "./checkpoint.ts";
export * from "./safetensors.ts";
