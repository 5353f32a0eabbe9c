// The compiled kernels of ops, as module-core.ts; module-ops.workerd.ts stands in for it in Workers.
import { compileLater } from "./compile.ts";
import { ops } from "./kernels.gen.ts";

export const compiled: () => WebAssembly.Module = /* @__PURE__ */ compileLater(ops);
