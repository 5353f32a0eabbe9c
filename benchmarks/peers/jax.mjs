// jax-js on its wasm backend, everything under jit. An array is owned by the call it is given to; `.ref` keeps it.
import { readFileSync } from "node:fs";
import { blockUntilReady, defaultDevice, init, jit, lax, nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import { stateOf } from "./data.mjs";

await init("wasm");
defaultDevice("wasm");
const manifest = new URL("node_modules/@jax-js/jax/package.json", import.meta.url);
export const version = `jax-js ${JSON.parse(readFileSync(manifest, "utf8")).version}`;

const toArray = ({ data, shape }) => np.array(data).reshape(shape);
const toArrays = (inputs) => Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, toArray(input)]));

const linear = (x, weight, bias) => np.matmul(x, np.transpose(weight)).add(bias);
const channels = (v) => v.reshape([1, -1, 1, 1]);

function convolve(x, weight, bias, { stride = 1, padding = 0, dilation = 1, groups = 1 } = {}) {
  const pads = [
    [padding, padding],
    [padding, padding],
  ];
  const options = { rhsDilation: [dilation, dilation], featureGroupCount: groups };
  return lax.convGeneralDilated(x, weight, [stride, stride], pads, options).add(channels(bias));
}

function maxPool(x, k, stride, padding) {
  const sides = [padding, padding];
  // it pads with zeros: below every element once these are moved up
  const padded = padding > 0 ? np.pad(x.add(4), [[0, 0], [0, 0], sides, sides]).sub(4) : x;
  return lax.reduceWindow(padded, np.max, [k, k], [stride, stride]);
}

/** Steps unrolled: there is no scan. x: [steps, batch, size]; gives [steps, batch, hidden]. */
function lstm({ hidden }, { x, weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0 }) {
  const [steps, batch, size] = x.shape;
  const bias = bias_ih_l0.add(bias_hh_l0);
  const projected = linear(x.reshape([steps * batch, size]), weight_ih_l0, bias).reshape([steps, batch, 4 * hidden]);
  const recurrent = np.transpose(weight_hh_l0);
  let [h, c] = [np.zeros([batch, hidden]), np.zeros([batch, hidden])];
  const outputs = [];
  for (const input of np.split(projected, steps, 0)) {
    const all = input.reshape([batch, 4 * hidden]).add(np.matmul(h, recurrent.ref));
    const [i, f, g, o] = np.split(all, 4, 1);
    c = nn
      .sigmoid(f)
      .mul(c)
      .add(nn.sigmoid(i).mul(np.tanh(g)));
    h = nn.sigmoid(o).mul(np.tanh(c.ref));
    outputs.push(h.ref);
  }
  for (const last of [h, c, recurrent]) last.dispose();
  return np.stack(outputs);
}

function normalise(x, axes, { weight, bias, mean, variance }, shaped) {
  const m = mean ? shaped(mean) : np.mean(x.ref, axes, { keepdims: true });
  const centred = x.sub(m);
  const v = variance ? shaped(variance) : np.mean(centred.ref.mul(centred.ref), axes, { keepdims: true });
  return centred.mul(shaped(weight).div(np.sqrt(v.add(1e-5)))).add(shaped(bias));
}

const functions = {
  ...{ exp: np.exp, tanh: np.tanh, log: np.log, sigmoid: nn.sigmoid, relu: nn.relu },
  gelu: (x) => nn.gelu(x, { approximate: false }),
};

const forward = {
  gemm: (_, { a, b }) => np.matmul(a, b),
  linear: (_, { x, weight, bias }) => linear(x, weight, bias),
  conv: (row, { x, weight, bias }) => convolve(x, weight, bias, row),
  maxpool: ({ k, stride, padding }, { x }) => maxPool(x, k, stride, padding),
  batchnorm: (_, { x, weight, bias, running_mean: mean, running_var: variance }) =>
    normalise(x, [0, 2, 3], { weight, bias, mean, variance }, channels),
  layernorm: (_, { x, weight, bias }) => normalise(x, 1, { weight, bias }, (v) => v.reshape([1, -1])),
  softmax: (_, { x }) => nn.softmax(x, 1),
  unary: ({ fn }, { x }) => functions[fn](x),
  add: (_, { a, b }) => a.add(b),
  sum: (_, { x }) => np.sum(x),
  mean: ({ dim }, { x }) => np.mean(x, dim),
  lstm,
};

const crossEntropy = (y, oneHot) => np.sum(nn.logSoftmax(y, 1).mul(oneHot)).mul(-1 / y.shape[0]);
function meanSquare(y, target) {
  const difference = y.sub(target);
  return np.mean(difference.ref.mul(difference));
}
const dense = (p, i, x) => linear(x, p[`${i}.weight`], p[`${i}.bias`]);
const kernel = (p, i, x, options) => convolve(x, p[`${i}.weight`], p[`${i}.bias`], options);
const perceptron = (p, x) => dense(p, 2, nn.relu(dense(p, 0, x)));

/** Each gives the loss. */
const training = {
  "train-mlp": (_, p, x, target) => crossEntropy(perceptron(p, x), target),
  "train-small": (_, p, x, target) => meanSquare(perceptron(p, x), target),
  "train-lenet": (_, p, x, target) => {
    const first = maxPool(nn.relu(kernel(p, 0, x, { padding: 2 })), 2, 2, 0);
    const second = maxPool(nn.relu(kernel(p, 3, first)), 2, 2, 0).reshape([-1, 400]);
    return crossEntropy(dense(p, 11, nn.relu(dense(p, 9, nn.relu(dense(p, 7, second))))), target);
  },
  "train-lstm": (row, p, x, target) => meanSquare(lstm(row, { ...p, x }), target),
  "train-block": (_, p, x, target) => {
    const affine = { weight: p["1.weight"], bias: p["1.bias"] };
    return meanSquare(nn.relu(normalise(kernel(p, 0, x, { padding: 1 }), [0, 2, 3], affine, channels)), target);
  },
};

function oneHot({ data }) {
  const out = new Float32Array(data.length * 10);
  for (const [i, label] of data.entries()) out[i * 10 + label] = 1;
  return { data: out, shape: [data.length, 10] };
}

const sgd = (loss) =>
  jit(({ p, x, target }) => {
    const [value, g] = valueAndGrad(loss)(tree.ref(p), x, target);
    return { p: tree.map((w, d) => w.sub(d.mul(0.01)), p, g), value };
  });

/** `c1` and `c2` correct the bias of the moments `m` and `v`. */
const adam = (loss) =>
  jit(({ p, m, v, x, target, c1, c2 }) => {
    const [value, g] = valueAndGrad(loss)(tree.ref(p), x, target);
    const first = tree.map((e, d) => e.mul(0.9).add(d.mul(0.1)), m, tree.ref(g));
    const second = tree.map((e, d) => e.mul(0.999).add(d.ref.mul(d).mul(0.001)), v, g);
    const update = (w, e, s) =>
      w.sub(
        e
          .mul(1e-3)
          .div(c1.ref)
          .div(np.sqrt(s.div(c2.ref)).add(1e-8)),
      );
    const next = tree.map(update, p, tree.ref(first), tree.ref(second));
    for (const c of [c1, c2]) c.dispose();
    return { p: next, m: first, v: second, value };
  });

function trainer(row, inputs) {
  const loss = (p, x, target) => training[row.op](row, p, x, target);
  const plain = row.op === "train-small";
  const compiled = plain ? sgd(loss) : adam(loss);
  const x = toArray(inputs.x);
  const target = toArray(inputs.target.data instanceof Int32Array ? oneHot(inputs.target) : inputs.target);
  const zeros = (p) => tree.map((w) => np.zeros(w.shape), p);
  let state = { p: toArrays(stateOf(inputs)) };
  if (!plain) state = { ...state, m: zeros(state.p), v: zeros(state.p) };
  let steps = 0;
  const step = async () => {
    steps++;
    const corrections = plain ? {} : { c1: np.array(1 - 0.9 ** steps), c2: np.array(1 - 0.999 ** steps) };
    const { value, ...next } = compiled({ ...state, x: x.ref, target: target.ref, ...corrections });
    state = next;
    await blockUntilReady({ value, ...state });
    return value;
  };
  return {
    call: async () => (await step()).dispose(),
    result: async () => {
      const losses = new Float32Array(3);
      for (let i = 0; i < 3; i++) losses.set(await (await step()).data(), i);
      return losses;
    },
    dispose: () => {
      tree.dispose({ state, x, target });
      compiled.dispose();
    },
  };
}

export function make(row, inputs) {
  if (row.kind === "training") return trainer(row, inputs);
  const arrays = toArrays(inputs);
  const compiled = jit((given) => forward[row.op](row, given));
  const run = () => blockUntilReady(compiled(tree.ref(arrays)));
  return {
    call: async () => (await run()).dispose(),
    result: async () => (await run()).data(),
    dispose: () => {
      tree.dispose(arrays);
      compiled.dispose();
    },
  };
}
