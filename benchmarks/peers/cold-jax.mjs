// The first training step of benchmarks/cold.mjs with jax-js on its wasm backend, by plain gradient descent.
import { blockUntilReady, defaultDevice, init, nn, numpy as np, random, tree, valueAndGrad } from "@jax-js/jax";

await init("wasm");
defaultDevice("wasm");
const draw = (seed, shape) => random.normal(random.key(seed), shape);
const p = { w1: draw(1, [10, 5]), b1: np.zeros([5]), w2: draw(2, [5, 2]), b2: np.zeros([2]) };
const step = valueAndGrad((p, x, target) => {
  const y = np.matmul(nn.relu(np.matmul(x, p.w1).add(p.b1)), p.w2).add(p.b2);
  const d = y.sub(target);
  return np.mean(d.ref.mul(d));
});
const [value, gradient] = step(tree.ref(p), draw(3, [3, 10]), draw(4, [3, 2]));
const next = tree.map((w, d) => w.sub(d.mul(0.01)), p, gradient);
await blockUntilReady(next);
const loss = (await value.data())[0];
if (!(loss > 0)) throw new Error("no loss");
