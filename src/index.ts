// The public surface of lanegrad.
import { addMethods } from "./ops/methods.ts";

addMethods();

export * from "./data/index.ts";
export * as data from "./data/index.ts";
export * from "./io/index.ts";
export * as io from "./io/index.ts";
export * as nn from "./nn/index.ts";
export * from "./ops/index.ts";
export * as functional from "./ops/index.ts";
export * as optim from "./optim/index.ts";
export {
  clipGradNorm,
  clipGradNorm as clipGradNorm_,
  clipGradValue,
  clipGradValue as clipGradValue_,
} from "./optim/index.ts";
export * from "./tensors.ts";
