// Tensor's methods: every op that takes a tensor first.
import { Tensor } from "../tensor.ts";
import * as ops from "./index.ts";

type Ops = typeof ops;
/** An op with two signatures keeps both; the tensor itself takes the first place. */
type Method<F> = F extends {
  (x: Tensor): infer R0;
  (x: Tensor, ...args: infer A1): infer R1;
}
  ? { (): R0; (...args: A1): R1 }
  : F extends (x: infer X, ...args: infer A) => infer R
    ? Tensor extends X
      ? (...args: A) => R
      : never
    : never;
type Methods = { [K in keyof Ops]: Method<Ops[K]> };

declare module "../tensor.ts" {
  interface Tensor extends Methods {}
}

const prototype = Tensor.prototype as unknown as Record<string, unknown>;
for (const [name, op] of Object.entries(ops) as [string, (...args: unknown[]) => unknown][]) {
  prototype[name] = function (this: Tensor, ...args: unknown[]) {
    return op(this, ...args);
  };
}

export { Tensor };
