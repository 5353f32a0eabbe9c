// onnxruntime-web on its wasm backend, one thread: a model a row. Its API takes arrays and gives arrays, so both copies count.
import * as ort from "onnxruntime-web";
import { model, node } from "./onnx.mjs";

ort.env.wasm.numThreads = 1;
ort.env.wasm.proxy = false;
ort.env.logLevel = "error";
export const version = `onnxruntime-web ${ort.env.versions.web}`;

const names = { exp: "Exp", tanh: "Tanh", sigmoid: "Sigmoid", log: "Log", relu: "Relu", gelu: "Gelu" };
const axes = (...dims) => ({ data: BigInt64Array.from(dims, BigInt), shape: [dims.length] });

/** PyTorch's gates i, f, g, o in ONNX's order i, o, f, g, with a leading dim for the direction. */
function gates({ data, shape }) {
  const part = data.length / 4;
  const out = new Float32Array(data.length);
  for (const [to, from] of [0, 3, 1, 2].entries()) out.set(data.subarray(from * part, (from + 1) * part), to * part);
  return { data: out, shape: [1, ...shape] };
}

/** The nodes, and those of the row's inputs that are weights; the others are given to every call. */
const forward = {
  gemm: () => [[node("MatMul", ["a", "b"], ["y"])], {}],
  linear: (_, { weight, bias }) => [[node("Gemm", ["x", "weight", "bias"], ["y"], { transB: 1 })], { weight, bias }],
  conv: ({ k, stride, padding, dilation, groups: group }, { weight, bias }) => {
    const attributes = {
      kernel_shape: [k, k],
      strides: [stride, stride],
      pads: [padding, padding, padding, padding],
      dilations: [dilation, dilation],
      group,
    };
    return [[node("Conv", ["x", "weight", "bias"], ["y"], attributes)], { weight, bias }];
  },
  maxpool: ({ k, stride, padding }) => {
    const pads = [padding, padding, padding, padding];
    return [[node("MaxPool", ["x"], ["y"], { kernel_shape: [k, k], strides: [stride, stride], pads })], {}];
  },
  batchnorm: (_, { x, ...weights }) => {
    const inputs = ["x", "weight", "bias", "running_mean", "running_var"];
    return [[node("BatchNormalization", inputs, ["y"], { epsilon: 1e-5 })], weights];
  },
  layernorm: (_, { x, ...weights }) => [
    [node("LayerNormalization", ["x", "weight", "bias"], ["y"], { axis: -1, epsilon: 1e-5 })],
    weights,
  ],
  softmax: () => [[node("Softmax", ["x"], ["y"], { axis: 1 })], {}],
  unary: ({ fn }) => [[node(names[fn], ["x"], ["y"])], {}],
  add: () => [[node("Add", ["a", "b"], ["y"])], {}],
  sum: () => [[node("ReduceSum", ["x"], ["y"], { keepdims: 0 })], {}],
  mean: ({ dim }) => [[node("ReduceMean", ["x", "axes"], ["y"], { keepdims: 0 })], { axes: axes(dim) }],
  lstm: ({ hidden }, inputs) => {
    const [ih, hh] = [gates(inputs.bias_ih_l0), gates(inputs.bias_hh_l0)];
    const bias = { data: Float32Array.of(...ih.data, ...hh.data), shape: [1, 8 * hidden] };
    const weights = { w: gates(inputs.weight_ih_l0), r: gates(inputs.weight_hh_l0), bias };
    return [[node("LSTM", ["x", "w", "r", "bias"], ["y"], { hidden_size: hidden })], weights];
  },
};

export async function make(row, inputs) {
  if (row.kind === "training") return "no training";
  const [nodes, weights] = forward[row.op](row, inputs);
  const fed = Object.entries(inputs).filter(([name]) => ["x", "a", "b"].includes(name));
  const bytes = model(nodes, Object.fromEntries(fed.map(([name, { shape }]) => [name, shape])), weights);
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
  const feeds = Object.fromEntries(
    fed.map(([name, { data, shape }]) => [name, new ort.Tensor("float32", data, shape)]),
  );
  return {
    call: () => session.run(feeds),
    result: async () => (await session.run(feeds)).y.data,
    dispose: () => session.release(),
  };
}
