// The kernels of layers and losses.
import type { Layers } from "./kernels.gen.ts";
import { late } from "./late.ts";
import { compiled } from "./module-layers.ts";

export const layers: () => Layers = /* @__PURE__ */ late(compiled);
