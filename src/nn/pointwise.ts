// Elementwise activations as modules: no parameters, any shape. Those with options are in pointwise-options.ts.
import {
  hardsigmoid,
  hardswish,
  logSigmoid,
  mish,
  relu6,
  selu,
  silu,
  softsign,
  tanhshrink,
} from "../ops/activation.ts";
import { relu } from "../ops/piecewise.ts";
import { sigmoid, tanh } from "../ops/unary.ts";
import type { Tensor } from "../tensor.ts";
import { TensorLayer } from "./tensor-layer.ts";

/**
 * max(x, 0)
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ReLU.html
 */
export class ReLU extends TensorLayer {
  protected override layerForward(input: Tensor): Tensor {
    return relu(input);
  }
}

/**
 * min(max(x, 0), 6)
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ReLU6.html
 */
export class ReLU6 extends TensorLayer {
  protected override layerForward(input: Tensor): Tensor {
    return relu6(input);
  }
}

/**
 * 1 / (1 + e^-x)
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Sigmoid.html
 */
export class Sigmoid extends TensorLayer {
  protected override layerForward(input: Tensor): Tensor {
    return sigmoid(input);
  }
}

/**
 * The hyperbolic tangent of x
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Tanh.html
 */
export class Tanh extends TensorLayer {
  protected override layerForward(input: Tensor): Tensor {
    return tanh(input);
  }
}

/**
 * x / (1 + e^-x)
 * @see https://pytorch.org/docs/stable/generated/torch.nn.SiLU.html
 */
export class SiLU extends TensorLayer {
  protected override layerForward(input: Tensor): Tensor {
    return silu(input);
  }
}

/**
 * x tanh(ln(1 + e^x))
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Mish.html
 */
export class Mish extends TensorLayer {
  protected override layerForward(input: Tensor): Tensor {
    return mish(input);
  }
}

/**
 * 1.0507 x, 1.0507 * 1.6733 (e^x - 1) where x is not positive
 * @see https://pytorch.org/docs/stable/generated/torch.nn.SELU.html
 */
export class SELU extends TensorLayer {
  protected override layerForward(input: Tensor): Tensor {
    return selu(input);
  }
}

/**
 * min(max(x + 3, 0), 6) / 6
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Hardsigmoid.html
 */
export class Hardsigmoid extends TensorLayer {
  protected override layerForward(input: Tensor): Tensor {
    return hardsigmoid(input);
  }
}

/**
 * x min(max(x + 3, 0), 6) / 6
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Hardswish.html
 */
export class Hardswish extends TensorLayer {
  protected override layerForward(input: Tensor): Tensor {
    return hardswish(input);
  }
}

/**
 * -ln(1 + e^-x)
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LogSigmoid.html
 */
export class LogSigmoid extends TensorLayer {
  protected override layerForward(input: Tensor): Tensor {
    return logSigmoid(input);
  }
}

/**
 * x / (1 + |x|)
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Softsign.html
 */
export class Softsign extends TensorLayer {
  protected override layerForward(input: Tensor): Tensor {
    return softsign(input);
  }
}

/**
 * x - tanh x
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Tanhshrink.html
 */
export class Tanhshrink extends TensorLayer {
  protected override layerForward(input: Tensor): Tensor {
    return tanhshrink(input);
  }
}
