// Tensors without methods, for the smallest programs: their ops are the functions of lanegrad/functional.
import { missMethods } from "./ops/no-methods.ts";

missMethods();

export * from "./tensors.ts";
