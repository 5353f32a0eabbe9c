// The compiled core where bytes may be compiled: Node, Deno, Bun, browsers. module-core.workerd.ts stands in for it in Workers.
import { compile } from "./compile.ts";
import { core } from "./kernels.gen.ts";

export function compiled(): WebAssembly.Module {
  return compile(core);
}
