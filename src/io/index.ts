// Files: weights as safetensors.

export * from "./safetensors.ts";
