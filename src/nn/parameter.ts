// Parameters and buffers: the tensors that a module owns.
import { checkObject, checkTensor } from "../op.ts";
import { track } from "../scope.ts";
import { Tensor } from "../tensor.ts";

/** One more reference to the memory of `data`. */
function shared(data: Tensor, name: string): Tensor["storage"] {
  checkTensor(data, name, "data");
  data.storage.refs++;
  return data.storage;
}

const stridesOf = (data: Tensor): Tensor["shape"] | null => (data.isDense ? null : data.strides);

/**
 * A tensor that a module learns. Shares the memory of `data`, requires grad and outlives scopes.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.parameter.Parameter.html
 */
export class Parameter extends Tensor {
  constructor(data: Tensor, options: { requiresGrad?: boolean } = {}) {
    checkObject(options, "Parameter", "requiresGrad");
    super(shared(data, "Parameter"), data.shape, data.dtype, data.offset, stridesOf(data));
    this.kept = true;
    const { requiresGrad = true } = options;
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
    super(shared(data, "Buffer"), data.shape, data.dtype, data.offset, stridesOf(data));
    this.kept = true;
    track(this);
  }
}
