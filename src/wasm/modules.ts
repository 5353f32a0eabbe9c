// The compiled kernels where bytes may be compiled: Node, Bun, browsers. modules.deno.ts and modules.workerd.ts stand in for it there.
import { compile, compileLater } from "./compile.ts";
import * as packed from "./kernels.gen.ts";

type Compiled = () => WebAssembly.Module;

export const core: Compiled = () => compile(packed.core);
export const ops: Compiled = /* @__PURE__ */ compileLater(packed.ops);
export const convolution: Compiled = /* @__PURE__ */ compileLater(packed.convolution);
export const pooling: Compiled = /* @__PURE__ */ compileLater(packed.pooling);
export const recurrence: Compiled = /* @__PURE__ */ compileLater(packed.recurrence);
export const layers: Compiled = /* @__PURE__ */ compileLater(packed.layers);
