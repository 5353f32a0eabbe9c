// TensorFlow.js on its wasm backend (XNNPACK, one thread): its own layouts (NHWC, kernels as [in, out]), its fused ops and layers.
import * as tf from "@tensorflow/tfjs";
import * as wasm from "@tensorflow/tfjs-backend-wasm";
import { permute } from "./data.mjs";

wasm.setThreadsCount(1);
await tf.setBackend("wasm");
await tf.ready();
export const version = `tfjs-backend-wasm ${wasm.version_wasm}`;

const plain = ({ data, shape }) => tf.tensor(data, shape);
const transposed = ({ data, shape }) => tf.tensor(permute(data, shape, [1, 0]), [shape[1], shape[0]]);
const reordered = ({ data, shape }, order) =>
  tf.tensor(
    permute(data, shape, order),
    order.map((d) => shape[d]),
  );
const images = (x) => reordered(x, [0, 2, 3, 1]);
/** The elements of an NHWC result in the order of NCHW. */
const channelsFirst = (y) => permute(y.dataSync(), y.shape, [0, 3, 1, 2]);
const sum = (a, b) => tf.tensor(a.data.map((v, i) => v + b.data[i]));

function lstmLayer({ size, hidden }, inputs) {
  const layer = tf.layers.lstm({
    units: hidden,
    returnSequences: true,
    recurrentInitializer: "zeros",
    recurrentActivation: "sigmoid",
    inputShape: [null, size],
  });
  // the first call makes the weights
  tf.tidy(() => layer.apply(tf.zeros([1, 1, size])));
  const bias = sum(inputs.bias_ih_l0, inputs.bias_hh_l0);
  layer.setWeights([transposed(inputs.weight_ih_l0), transposed(inputs.weight_hh_l0), bias]);
  return layer;
}
const batchFirst = (x) => reordered(x, [1, 0, 2]);

const functions = {
  ...{ exp: tf.exp, tanh: tf.tanh, sigmoid: tf.sigmoid, log: tf.log, relu: tf.relu },
  gelu: (x) => tf.tidy(() => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1))),
};

/** What a row computes, and how its result reads in PyTorch's layout. */
const forward = {
  gemm: (_, { a, b }) => {
    const [ta, tb] = [plain(a), plain(b)];
    return [() => tf.matMul(ta, tb)];
  },
  linear: (_, { x, weight, bias }) => {
    const [a, b, c] = [plain(x), transposed(weight), plain(bias)];
    return [() => tf.fused.matMul({ a, b, bias: c })];
  },
  conv: ({ stride, padding, dilation, groups }, inputs) => {
    const [o, c] = inputs.weight.shape;
    const common = { strides: stride, pad: padding, dilations: dilation, dimRoundingMode: "floor", dataFormat: "NHWC" };
    const x = images(inputs.x);
    const bias = plain(inputs.bias);
    if (groups === 1) {
      const filter = reordered(inputs.weight, [2, 3, 1, 0]);
      return [() => tf.fused.conv2d({ x, filter, bias, ...common }), channelsFirst];
    }
    if (groups !== o || c !== 1) return "no groups";
    const filter = reordered(inputs.weight, [2, 3, 0, 1]);
    return [() => tf.fused.depthwiseConv2d({ x, filter, bias, ...common }), channelsFirst];
  },
  maxpool: ({ k, stride, padding }, inputs) => {
    const x = images(inputs.x);
    return [() => tf.maxPool(x, k, stride, padding, "floor"), channelsFirst];
  },
  batchnorm: (_, inputs) => {
    const x = images(inputs.x);
    const [weight, bias, mean, variance] = ["weight", "bias", "running_mean", "running_var"].map((k) =>
      plain(inputs[k]),
    );
    return [() => tf.batchNorm(x, mean, variance, bias, weight, 1e-5), channelsFirst];
  },
  layernorm: (_, inputs) => {
    const x = plain(inputs.x);
    const layer = tf.layers.layerNormalization({ epsilon: 1e-5, inputShape: [x.shape[1]] });
    tf.tidy(() => layer.apply(x));
    layer.setWeights([plain(inputs.weight), plain(inputs.bias)]);
    return [() => tf.tidy(() => layer.apply(x))];
  },
  softmax: (_, inputs) => {
    const x = plain(inputs.x);
    return [() => tf.softmax(x)];
  },
  unary: ({ fn }, inputs) => {
    const x = plain(inputs.x);
    return [() => functions[fn](x)];
  },
  add: (_, inputs) => {
    const [a, b] = [plain(inputs.a), plain(inputs.b)];
    return [() => tf.add(a, b)];
  },
  sum: (_, inputs) => {
    const x = plain(inputs.x);
    return [() => tf.sum(x)];
  },
  mean: ({ dim }, inputs) => {
    const x = plain(inputs.x);
    return [() => tf.mean(x, dim)];
  },
  lstm: (row, inputs) => {
    const layer = lstmLayer(row, inputs);
    const x = batchFirst(inputs.x);
    return [() => tf.tidy(() => layer.apply(x)), (y) => permute(y.dataSync(), y.shape, [1, 0, 2])];
  },
};

function perceptron(inputs, layersAt, loss, optimizer) {
  const x = plain(inputs.x);
  const variables = layersAt.map((i) => [
    tf.variable(transposed(inputs[`${i}.weight`])),
    tf.variable(plain(inputs[`${i}.bias`])),
  ]);
  const logits = () =>
    variables.reduce(
      (a, [b, bias], i) => tf.fused.matMul({ a, b, bias, activation: i + 1 < variables.length ? "relu" : "linear" }),
      x,
    );
  return [() => loss(logits()), optimizer, variables.flat()];
}

/** The loss, the optimizer and what it changes. */
const training = {
  "train-mlp": (_, inputs) => {
    const oneHot = tf.oneHot(tf.tensor1d(inputs.target.data, "int32"), 10).toFloat();
    const loss = (y) => tf.losses.softmaxCrossEntropy(oneHot, y);
    return perceptron(inputs, [0, 2], loss, tf.train.adam(1e-3, 0.9, 0.999, 1e-8));
  },
  "train-small": (_, inputs) => {
    const target = plain(inputs.target);
    return perceptron(inputs, [0, 2], (y) => tf.losses.meanSquaredError(target, y), tf.train.sgd(0.01));
  },
  "train-lstm": (row, inputs) => {
    const layer = lstmLayer(row, inputs);
    const [x, target] = [batchFirst(inputs.x), batchFirst(inputs.target)];
    const loss = () => tf.losses.meanSquaredError(target, layer.apply(x, { training: true }));
    return [loss, tf.train.adam(1e-3, 0.9, 0.999, 1e-8), layer.trainableWeights.map((w) => w.val)];
  },
};

export function make(row, inputs) {
  if (row.op === "train-lenet" || row.op === "train-block") return "no gradient of convolution in wasm";
  tf.engine().startScope();
  const dispose = () => {
    tf.engine().endScope();
    tf.disposeVariables();
  };
  if (row.kind === "forward") {
    const built = forward[row.op](row, inputs);
    if (typeof built === "string") {
      dispose();
      return built;
    }
    const [run, read = (y) => y.dataSync()] = built;
    return {
      call: () => run().dispose(),
      result: () => {
        const y = run();
        const values = read(y);
        y.dispose();
        return values;
      },
      dispose,
    };
  }
  const [loss, optimizer, variables] = training[row.op](row, inputs);
  return {
    call: () => void optimizer.minimize(loss, false, variables),
    result: () =>
      Float32Array.from({ length: 3 }, () => {
        const value = optimizer.minimize(loss, true, variables);
        const number = value.dataSync()[0];
        value.dispose();
        return number;
      }),
    dispose,
  };
}
