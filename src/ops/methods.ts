// Tensor's methods: the ops that torch.Tensor has.
import { Tensor } from "../tensor.ts";
import * as ops from "./tensor-ops.ts";

type Ops = typeof ops;
/** The same signatures, up to three of them, without the tensor in the first place. An op with one is matched three times. */
type Method<F> = F extends {
  (x: Tensor, ...args: infer A0 extends readonly unknown[]): infer R0;
  (x: Tensor, ...args: infer A1 extends readonly unknown[]): infer R1;
  (x: Tensor, ...args: infer A2 extends readonly unknown[]): infer R2;
}
  ? { (...args: A0): R0; (...args: A1): R1; (...args: A2): R2 }
  : never;
/** What a tensor has besides the members of its class: tensor.ts takes it from here. */
export type Methods = { [K in keyof Ops]: Method<Ops[K]> };

/** Makes methods of those ops. The root does so; who imports only parts of the package does without, and without their code. */
export function addMethods(): void {
  const prototype = Tensor.prototype as unknown as Record<string, unknown>;
  for (const [name, op] of Object.entries(ops) as [string, (...args: unknown[]) => unknown][]) {
    prototype[name] = function (this: Tensor, ...args: unknown[]) {
      return op(this, ...args);
    };
  }
}
