// Folds batch norms of eval mode into the convolution or linear layer before them.
import { plainError, typeError } from "../check.ts";
import { zeros } from "../create.ts";
import { add, div } from "../ops/binary.ts";
import { add_, mul_, sub_ } from "../ops/inplace.ts";
import { reshape } from "../ops/movement.ts";
import { sqrt } from "../ops/unary.ts";
import { noGrad } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { Sequential } from "./container.ts";
import { Conv2d } from "./conv.ts";
import { Identity } from "./flatten.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";
import { BatchNorm1d, BatchNorm2d } from "./norm.ts";
import { Parameter } from "./parameter.ts";

type Norm = BatchNorm1d | BatchNorm2d;

function fits(layer: Module, norm: Module): boolean {
  if (layer instanceof Conv2d) return norm instanceof BatchNorm2d && norm.numFeatures === layer.outChannels;
  return layer instanceof Linear && norm instanceof BatchNorm1d && norm.numFeatures === layer.outFeatures;
}

/** weight = weight s, bias = (bias - mean) s + shift, where s = scale / sqrt(var + eps) of each output channel */
function fold(layer: Conv2d | Linear, norm: Norm): void {
  const { weight, bias, running_mean: mean, running_var: variance } = norm;
  const n = norm.numFeatures;
  layer.bias ??= new Parameter(zeros(n), { requiresGrad: layer.weight.requiresGrad });
  const shift = layer.bias;
  noGrad(() => {
    const deviation = sqrt(add(variance as Tensor, norm.eps));
    const scale = weight === null ? div(1, deviation) : div(weight, deviation);
    mul_(layer.weight, reshape(scale, [n, ...layer.weight.shape.slice(1).map(() => 1)]));
    sub_(shift, mean as Tensor);
    mul_(shift, scale);
    if (bias !== null) add_(shift, bias);
  });
}

/**
 * Folds every BatchNorm that follows a Conv2d or Linear in a Sequential into that layer, in place, and puts an Identity where it was:
 * the same results up to rounding, a pass less over the activations. For inference: in eval mode, after the weights are loaded.
 * A layer that several places share, or a norm without running statistics, is left alone. A Linear is taken to see rows
 * [batch, features]. Gives the model.
 * @throws Error in training mode, whose batch norms follow the batch.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.fuse_conv_bn_eval.html
 */
export function fuse<M extends Module>(model: M): M {
  if (!(model instanceof Module)) throw typeError`fuse: expected a Module, got ${model}`;
  const places = new Map<Module, number>();
  for (const module of model.modules()) {
    for (const child of module.children()) places.set(child, (places.get(child) ?? 0) + 1);
  }
  const alone = (module: Module) => places.get(module) === 1;
  for (const sequence of model.modules()) {
    if (!(sequence instanceof Sequential)) continue;
    const slots = sequence as unknown as Record<string, unknown>;
    let before: Module | null = null;
    for (const name of Object.keys(slots)) {
      const module = slots[name];
      if (!(module instanceof Module)) continue;
      if (before !== null && fits(before, module) && alone(before) && alone(module)) {
        const norm = module as Norm;
        if (norm.running_mean !== null) {
          if (norm.training || before.training)
            throw plainError`fuse: expected a model in eval mode: call eval() first`;
          fold(before as Conv2d | Linear, norm);
          slots[name] = new Identity().eval();
        }
      }
      before = module;
    }
  }
  return model;
}
