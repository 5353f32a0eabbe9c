// The kernels of the ops of tensors that the core has not.
import type { Ops } from "./kernels.gen.ts";
import { late } from "./late.ts";
import { compiled } from "./module-ops.ts";

export const ops: () => Ops = /* @__PURE__ */ late(compiled);
