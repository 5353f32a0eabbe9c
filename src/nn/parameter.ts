// Parameters and buffers: the tensors that a module owns.
import { checkTensor } from "../op.ts";
import { track } from "../scope.ts";
import { Tensor } from "../tensor.ts";

function share(data: Tensor, name: string): ConstructorParameters<typeof Tensor> {
  checkTensor(data, name, "data");
  const storage = data.storage;
  storage.refs++;
  return [storage, data.shape, data.dtype, data.offset, data.isDense ? null : data.strides];
}

/**
 * A tensor that a module learns. Shares the memory of `data`, requires grad and outlives scopes.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.parameter.Parameter.html
 */
export class Parameter extends Tensor {
  constructor(data: Tensor, { requiresGrad = true }: { requiresGrad?: boolean } = {}) {
    super(...share(data, "Parameter"));
    this.kept = true;
    if (requiresGrad) this.requiresGrad_();
    track(this);
  }
}

/**
 * A tensor that belongs to a module's state without being learned. Shares the memory of `data` and outlives scopes.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.parameter.Buffer.html
 */
export class Buffer extends Tensor {
  constructor(data: Tensor) {
    super(...share(data, "Buffer"));
    this.kept = true;
    track(this);
  }
}
