// What layers share that make one tensor of one tensor, and by which Sequential knows them.
import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";

/**
 * A layer of one tensor, which it reads once; what it gives is a new tensor or the input itself. While its forward is this one, and not a
 * subclass's, nobody sees what passes between it and its neighbours in a Sequential.
 */
export abstract class TensorLayer extends Module {
  override forward(input: Tensor): Tensor {
    return this.layerForward(input);
  }

  /** What forward gives. */
  protected abstract layerForward(input: Tensor): Tensor;
}
