// Packed copies of convolution weights: inference keeps them from call to call, and they never outlive the weights they were made of.
import { describe, expect, it } from "vitest";
import { conv2d, manualSeed, memory, nn, noGrad, ones, optim, randn, type Tensor, zeros } from "../../src/index.ts";

const run = (x: Tensor, w: Tensor, options = {}): Float32Array => {
  const y = noGrad(() => conv2d(x, w, options));
  const values = y.data as Float32Array;
  y.dispose();
  return values;
};
/** With a clone of the weights, of which there is no copy yet. */
const plain = (x: Tensor, w: Tensor, options = {}): Float32Array => {
  const fresh = noGrad(() => w.clone());
  const values = run(x, fresh, options);
  fresh.dispose();
  return values;
};

describe("packed weights", () => {
  const shapes: [string, number[], number[], object][] = [
    ["Winograd", [1, 16, 9, 11], [24, 16, 3, 3], { padding: 1 }],
    ["Winograd in groups", [2, 32, 9, 9], [48, 16, 3, 3], { padding: 1, groups: 2 }],
    ["Winograd with larger tiles", [1, 40, 14, 15], [36, 40, 3, 3], { padding: 1 }],
    ["Winograd with larger tiles in groups", [1, 80, 13, 13], [24, 40, 3, 3], { groups: 2 }],
    ["in place", [1, 24, 12, 13], [40, 24, 5, 3], {}],
    ["strided", [1, 24, 12, 13], [40, 24, 3, 3], { stride: 2, padding: 1 }],
    ["gathered columns", [3, 40, 3, 3], [33, 40, 2, 2], {}],
    ["gathered in chunks", [1, 700, 3, 3], [9, 700, 2, 2], {}],
    ["one by one", [1, 50, 7, 7], [70, 50, 1, 1], {}],
    ["groups", [1, 60, 8, 9], [90, 20, 3, 2], { groups: 3, dilation: 2 }],
  ];
  it.each(shapes)("give the same, bit for bit: %s", (_, input, weight, options) => {
    manualSeed(3);
    const [x, w] = [randn(input), randn(weight)];
    const expected = plain(x, w, options);
    const before = memory();
    for (let call = 0; call < 4; call++) expect(run(x, w, options)).toEqual(expected);
    expect(memory().packedBytes).toBeGreaterThan(before.packedBytes);
    expect(memory().liveBytes).toBe(before.liveBytes);
    w.dispose();
    expect(memory().packedBytes).toBe(before.packedBytes);
  });

  it("follow the weights through changes in place, steps and loaded states", () => {
    const layer = new nn.Conv2d(16, 16, 3, { padding: 1 });
    const x = randn(1, 16, 8, 8);
    const bias = layer.bias as Tensor;
    const same = () => {
      const expected = plain(x, layer.weight, { bias, padding: 1 });
      for (let call = 0; call < 3; call++) expect(noGrad(() => layer.forward(x)).data).toEqual(expected);
    };
    same();
    noGrad(() => layer.weight.mul_(2));
    same();
    const optimizer = new optim.SGD(layer.parameters(), { lr: 0.1 });
    layer.forward(x).sum().backward();
    optimizer.step();
    same();
    layer.loadStateDict({ weight: ones([16, 16, 3, 3]), bias: zeros(16) });
    same();
  });

  it("fit whatever batch and size comes next", () => {
    const w = randn(20, 12, 3, 3);
    for (const [n, h] of [
      [1, 4],
      [1, 4],
      [1, 4],
      [5, 4],
      [5, 4],
      [1, 12],
      [1, 12],
      [1, 12],
      [2, 3],
      [1, 4],
    ] as const) {
      const x = randn(n, 12, h, h);
      expect(run(x, w)).toEqual(plain(x, w));
    }
    w.dispose();
  });

  it("are given back where memory runs out, and made anew", () => {
    const [x, w] = [randn(1, 16, 8, 8), randn(16, 16, 3, 3)];
    const expected = plain(x, w);
    for (let call = 0; call < 3; call++) run(x, w);
    expect(memory().packedBytes).toBeGreaterThan(0);
    expect(() => zeros(2 ** 30)).toThrow("out of memory");
    expect(memory().packedBytes).toBe(0);
    for (let call = 0; call < 3; call++) expect(run(x, w)).toEqual(expected);
    expect(memory().packedBytes).toBeGreaterThan(0);
    w.dispose();
  });

  it("stay within 64 MB together", () => {
    const x = randn(1, 4096, 1, 1);
    const before = memory().packedBytes;
    const weights = [randn(2048, 4096, 1, 1), randn(2048, 4096, 1, 1)];
    const expected = weights.map((w) => plain(x, w));
    for (let call = 0; call < 3; call++) {
      for (const [i, w] of weights.entries()) expect(run(x, w)).toEqual(expected[i]);
    }
    expect(memory().packedBytes).toBeGreaterThan(2 ** 25);
    expect(memory().packedBytes).toBeLessThan(2 ** 26);
    // the second makes its way when the first has not been used for long
    for (let call = 0; call < 130; call++) run(x, weights[1] as Tensor);
    expect(run(x, weights[1] as Tensor)).toEqual(expected[1]);
    (weights[0] as Tensor).dispose();
    expect(memory().packedBytes).toBeGreaterThan(2 ** 25);
    (weights[1] as Tensor).dispose();
    expect(memory().packedBytes).toBe(before);
  });

  it("are not made for a training step", () => {
    const layer = new nn.Conv2d(16, 16, 3);
    const x = randn(1, 16, 8, 8);
    const before = memory().packedBytes;
    for (let call = 0; call < 3; call++) layer.forward(x).sum().backward();
    expect(memory().packedBytes).toBe(before);
  });
});
