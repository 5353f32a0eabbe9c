import { describe, expect, it } from "vitest";
import { clipGradNorm, clipGradValue, memory, noGrad, optim, type Tensor, tensor, zeros } from "../../src/index.ts";
import { close, fixtures, strided } from "../check.ts";

type Options = Record<string, unknown>;
const figures = fixtures<{
  start: number[];
  grads: number[][];
  optimizers: { name: "SGD" | "Adam" | "AdamW"; options: Options; final: number[]; state: Record<string, number[]> }[];
  groups: Record<"SGD" | "Adam", { final: number[][]; groups: Options[]; state: number[] }>;
  infinite: Record<"SGD" | "Adam", number[]>;
  clipping: { maxNorm: number; normType: number; norm: number; grads: number[][] }[];
}>("optim");

const wrong = <T>(value: unknown): T => value as T;
const camel = (options: Options): Options =>
  Object.fromEntries(
    Object.entries(options).map(([k, v]) => [k.replace(/_(.)/g, (_, c: string) => c.toUpperCase()), v]),
  );
const leaf = (values: ArrayLike<number> = figures.start): Tensor =>
  tensor(Float32Array.from(values), { requiresGrad: true });

describe("optimizers over ten steps", () => {
  it.each(figures.optimizers.map((r) => [r.name, JSON.stringify(r.options), r] as const))("%s %s", (name, _, row) => {
    const p = leaf();
    const optimizer = new optim[name]([p], camel(row.options));
    for (const g of figures.grads) {
      p.grad = tensor(g);
      optimizer.step();
    }
    close(p, row.final, { atol: 1e-6, rtol: 1e-6 });
    const state = optimizer.stateDict().state[0] ?? {};
    expect(Object.keys(state).sort()).toEqual(Object.keys(row.state).sort());
    for (const [key, values] of Object.entries(row.state))
      close(state[key] as Tensor, values, { atol: 1e-6, rtol: 2e-6 });
  });

  it("change a strided parameter and a view in the middle of its storage alike", () => {
    const values = [1, 2, 3, 4, 5, 6];
    const big = tensor([9, ...values, 9]);
    const view = big.slice(0, 1, 7).requiresGrad_();
    const turned = strided(values, [2, 3]).requiresGrad_();
    const plain = leaf(values);
    const make = [(p: Tensor) => new optim.SGD([p], { lr: 0.1, momentum: 0.9 }), (p: Tensor) => new optim.Adam([p])];
    for (const optimizer of make) {
      for (const p of [view, turned, plain]) {
        p.grad = tensor(
          Float32Array.from(values, (v) => v / 3),
          { shape: p.shape },
        );
        const o = optimizer(p);
        o.step();
        o.step();
      }
    }
    expect(Array.from(view.data)).toEqual(Array.from(plain.data));
    expect(Array.from(turned.data)).toEqual(Array.from(plain.data));
    expect([big.data[0], big.data[7]]).toEqual([9, 9]);
  });

  it.each(["SGD", "Adam"] as const)("%s leaves infinite weights what they are without weight decay", (name) => {
    const p = leaf([1, Infinity, -Infinity, Number.NaN, 2]);
    p.grad = tensor([1, 1, 1, 1, Infinity]);
    new optim[name]([p], { lr: 0.1 }).step();
    close(p, figures.infinite[name]);
  });

  it("skip parameters without a gradient, and give the closure's loss back", () => {
    const p = leaf([1, 2]);
    const optimizer = new optim.Adam([p]);
    optimizer.step();
    expect(p.toArray()).toEqual([1, 2]);
    expect(optimizer.stateDict().state).toEqual({});
    const loss = noGrad(() =>
      optimizer.step(() => {
        const y = p.clone();
        y.backward(tensor([1, -1]));
        return 7;
      }),
    );
    expect(loss).toBe(7);
    close(p, [1 - 1e-3, 2 + 1e-3]);
  });
});

describe("parameter groups", () => {
  it.each([
    ["SGD", { lr: 0.1, momentum: 0.9 }, { lr: 0.01, momentum: 0, weightDecay: 0.5 }],
    ["Adam", { lr: 0.1 }, { lr: 0.01, betas: [0.5, 0.5] as [number, number], amsgrad: true }],
  ] as const)("%s gives each group its options", (name, first, second) => {
    const ps = [leaf(), leaf(), leaf()] as [Tensor, Tensor, Tensor];
    const optimizer = new optim[name]([{ params: ps[0] }, { params: ps.slice(1), ...second }], first);
    for (const g of figures.grads) {
      ps[0].grad = tensor(g);
      ps[1].grad = tensor(g.map((v) => -v));
      optimizer.step();
    }
    const expected = figures.groups[name];
    for (const [i, p] of ps.entries()) close(p, expected.final[i] as number[], { atol: 1e-6, rtol: 1e-6 });
    const dict = optimizer.stateDict();
    for (const [i, group] of expected.groups.entries()) {
      expect(Object.keys(dict.param_groups[i] as Options).sort()).toEqual(Object.keys(group).sort());
      expect(dict.param_groups[i]).toEqual(group);
    }
    const indices = Object.keys(dict.state).map(Number);
    // PyTorch 1.13 also notes { momentum_buffer: None } for parameters without momentum, as 2.x no longer does.
    expect(indices).toEqual(name === "SGD" ? [0] : expected.state);
  });

  it("may be added later, and obey changes of their options", () => {
    const [a, b] = [leaf([1]), leaf([1])];
    const optimizer = new optim.SGD([a], { lr: 1 });
    optimizer.addParamGroup({ params: b, lr: 0.5 });
    (optimizer.paramGroups[0] as { lr: number }).lr = 0.25;
    for (const p of [a, b]) p.grad = tensor([1]);
    optimizer.step();
    expect([a.item(), b.item()]).toEqual([0.75, 0.5]);
  });

  it("print as PyTorch's", () => {
    expect(String(new optim.Adam([leaf([1])], { lr: 0.1 }))).toBe(
      "Adam (\nParameter Group 0\n    amsgrad: False\n    betas: (0.9, 0.999)\n    eps: 1e-8\n    lr: 0.1\n" +
        "    maximize: False\n    weight_decay: 0\n)",
    );
  });
});

describe("zeroGrad", () => {
  it("sets gradients to null, or to zero where asked", () => {
    const p = leaf([1, 2]);
    const optimizer = new optim.SGD([p]);
    p.grad = tensor([3, 4]);
    optimizer.zeroGrad({ setToNone: false });
    expect(p.grad?.toArray()).toEqual([0, 0]);
    optimizer.zeroGrad();
    expect(p.grad).toBe(null);
  });
});

describe("state dicts", () => {
  const train = (optimizer: optim.Optimizer, p: Tensor, from: number, to: number) => {
    for (const g of figures.grads.slice(from, to)) {
      p.grad = tensor(g);
      optimizer.step();
    }
  };

  it.each([
    ["SGD", { lr: 0.1, momentum: 0.9, nesterov: true }],
    ["Adam", { lr: 0.1, amsgrad: true }],
    ["AdamW", { lr: 0.1 }],
  ] as const)("%s goes on bit for bit from a saved state", (name, options) => {
    const p = leaf();
    const optimizer = new optim[name]([p], options);
    train(optimizer, p, 0, 4);
    const q = leaf(p.data);
    const saved = optimizer.stateDict();
    const resumed = new optim[name]([q], { lr: 5 });
    resumed.loadStateDict(saved);
    train(optimizer, p, 4, 10);
    train(resumed, q, 4, 10);
    expect(Array.from(q.data)).toEqual(Array.from(p.data));
    expect(resumed.paramGroups[0]?.lr).toBe(0.1);
  });

  it("have PyTorch's structure", () => {
    const p = leaf();
    const optimizer = new optim.Adam([p]);
    train(optimizer, p, 0, 2);
    const dict = optimizer.stateDict();
    expect(dict.param_groups).toEqual([
      { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weight_decay: 0, amsgrad: false, maximize: false, params: [0] },
    ]);
    expect(Object.keys(dict.state[0] ?? {})).toEqual(["step", "exp_avg", "exp_avg_sq"]);
    expect([dict.state[0]?.step?.shape, dict.state[0]?.step?.item()]).toEqual([[], 2]);
  });

  it("of PyTorch load, None and unknown options included", () => {
    const p = leaf([1, 2]);
    const sgd = new optim.SGD([p]);
    sgd.loadStateDict({
      state: { 0: { momentum_buffer: null } },
      param_groups: [
        { lr: 0.5, momentum: 0.9, dampening: 0, weight_decay: 0, nesterov: false, foreach: null, params: [0] },
      ],
    });
    expect(sgd.paramGroups[0]).toMatchObject({ lr: 0.5, momentum: 0.9, maximize: false });
    const adam = new optim.Adam([p]);
    adam.loadStateDict({
      state: { 4: { step: 3, exp_avg: tensor([1, 2]), exp_avg_sq: tensor([1, 2]) } },
      param_groups: [{ lr: 0.5, betas: [0.1, 0.2], params: [4] }],
    });
    expect(adam.stateDict().state[0]?.step?.item()).toBe(3);
  });

  it("that do not fit change nothing", () => {
    const p = leaf([1, 2]);
    const optimizer = new optim.Adam([p], { lr: 0.1 });
    const group = { lr: 0.2, params: [0] };
    const load = (dict: unknown) => () => optimizer.loadStateDict(wrong(dict));
    expect(load(null)).toThrow("Adam.loadStateDict: expected an object with state and param_groups");
    expect(load({ state: {}, param_groups: [] })).toThrow("different number of parameter groups: 0, expected 1");
    expect(load({ state: {}, param_groups: [{ params: [0, 1] }] })).toThrow(
      "expected 1 params in the optimizer's group 0",
    );
    expect(load({ state: { 0: { exp_avg: tensor([1, 2, 3]) } }, param_groups: [group] })).toThrow(
      "exp_avg of parameter 0 has the shape [3], the parameter [2]",
    );
    expect(load({ state: { 0: { exp_avg: "x" } }, param_groups: [group] })).toThrow(
      "expected the state to be a Tensor, got x",
    );
    expect(load({ state: {}, param_groups: [{ lr: -1, params: [0] }] })).toThrow("Adam: invalid learning rate: -1");
    expect(optimizer.paramGroups[0]?.lr).toBe(0.1);
    expect(optimizer.stateDict().state).toEqual({});
  });
});

describe("what optimizers reject", () => {
  const p = leaf([1]);
  it.each([
    [() => new optim.SGD([]), "SGD: optimizer got an empty parameter list"],
    [() => new optim.SGD(wrong(p)), "SGD: expected the parameters as an iterable of Tensors, got a Tensor"],
    [() => new optim.SGD(wrong(undefined)), "SGD: expected the parameters as an iterable of Tensors, got undefined"],
    [() => new optim.SGD(wrong([1])), "SGD: expected each parameter to be a Tensor, got 1"],
    [
      () => new optim.SGD(wrong([{ lr: 1 }])),
      "SGD: expected params of a group as an iterable of Tensors, got undefined",
    ],
    [() => new optim.SGD([p.clone()]), "SGD: can't optimize a non-leaf Tensor (shape [1])"],
    [() => new optim.SGD([p, p]), "SGD: a parameter of shape [1] appears twice among the groups"],
    [
      () => new optim.SGD([{ params: p }, { params: p }]),
      "SGD: a parameter of shape [1] appears twice among the groups",
    ],
    [
      () => new optim.SGD([p], wrong(0.1)),
      "SGD: expected an object of options such as { lr, momentum, dampening, weightDecay, nesterov, maximize }, got 0.1",
    ],
    [() => new optim.SGD([p], { lr: -0.1 }), "SGD: invalid learning rate: -0.1; expected a number >= 0"],
    [() => new optim.SGD([p], { lr: Number.NaN }), "SGD: invalid learning rate: NaN; expected a number >= 0"],
    [() => new optim.SGD([p], { lr: wrong("0.1") }), "SGD: invalid learning rate: 0.1; expected a number >= 0"],
    [() => new optim.SGD([p], { momentum: -1 }), "SGD: invalid momentum value: -1; expected a number >= 0"],
    [() => new optim.SGD([p], { weightDecay: -1 }), "SGD: invalid weight_decay value: -1; expected a number >= 0"],
    [() => new optim.SGD([p], { dampening: Number.NaN }), "SGD: invalid dampening value: NaN"],
    [() => new optim.SGD([p], { nesterov: true }), "SGD: Nesterov momentum requires a momentum and zero dampening"],
    [() => new optim.SGD([p], { nesterov: true, momentum: 0.9, dampening: 0.1 }), "SGD: Nesterov momentum requires"],
    [() => new optim.SGD([{ params: p, lr: -1 }]), "SGD: invalid learning rate: -1"],
    [() => new optim.Adam([p], { lr: -1 }), "Adam: invalid learning rate: -1; expected a number >= 0"],
    [() => new optim.Adam([p], { eps: -1 }), "Adam: invalid epsilon value: -1; expected a number >= 0"],
    [() => new optim.Adam([p], { eps: Number.NaN }), "Adam: invalid epsilon value: NaN"],
    [
      () => new optim.Adam([p], { betas: [1, 0.9] }),
      "Adam: invalid beta parameter at index 0: 1; expected 0 <= beta < 1",
    ],
    [() => new optim.Adam([p], { betas: [0.9, -0.1] }), "Adam: invalid beta parameter at index 1: -0.1"],
    [() => new optim.Adam([p], { betas: [Number.NaN, 0.9] }), "Adam: invalid beta parameter at index 0: NaN"],
    [() => new optim.Adam([p], { betas: wrong(0.9) }), "Adam: invalid betas: 0.9; expected a pair of numbers"],
    [() => new optim.AdamW([p], { weightDecay: -1 }), "AdamW: invalid weight_decay value: -1"],
    [
      () => new optim.Adam([p], wrong(null)),
      "Adam: expected an object of options such as { lr, betas, eps, weightDecay, amsgrad, maximize }, got null",
    ],
  ] as const)("%# %s", (make, message) => {
    expect(make).toThrow(message);
  });

  it("a freed parameter is named", () => {
    const gone = leaf([1]);
    const optimizer = new optim.SGD([gone]);
    gone.grad = tensor([1]);
    gone.dispose();
    expect(() => optimizer.step()).toThrow("was freed by dispose()");
    expect(() => new optim.SGD([gone])).toThrow("was freed by dispose()");
  });
});

describe("clipping", () => {
  it.each(figures.clipping)("to the norm $maxNorm of order $normType", ({ maxNorm, normType, norm, grads }) => {
    const ps = [zeros(7), zeros(2, 2), zeros(3)].map((p) => p.requiresGrad_()) as [Tensor, Tensor, Tensor];
    ps[0].grad = tensor(figures.grads[3] as number[]);
    ps[1].grad = tensor([
      [1, -2],
      [3, 0.5],
    ]);
    close(clipGradNorm(ps, maxNorm, { normType }), norm);
    close(ps[0].grad as Tensor, grads[0] as number[]);
    close(ps[1].grad as Tensor, grads[1] as number[]);
  });

  it("gives 0 without gradients, and can refuse a norm that is not finite", () => {
    const p = leaf([1, 2]);
    expect(clipGradNorm([p], 1).item()).toBe(0);
    p.grad = tensor([Infinity, 1]);
    expect(() => clipGradNorm(p, 1, { errorIfNonfinite: true })).toThrow(
      "clipGradNorm: the norm of order 2 is Infinity, it cannot be clipped",
    );
    expect(clipGradNorm(p, 1).item()).toBe(Infinity);
    close(p.grad as Tensor, [Number.NaN, 0]);
    expect(() => clipGradNorm(p, wrong(undefined))).toThrow(
      "clipGradNorm: expected maxNorm to be a number, got undefined",
    );
    expect(() => clipGradNorm(p, 1, { normType: 0 })).toThrow("clipGradNorm: expected normType > 0, got 0");
    expect(() => clipGradNorm(wrong([1]), 1)).toThrow("clipGradNorm: expected each parameter to be a Tensor, got 1");
  });

  it("to a value, element by element", () => {
    const p = leaf(new Float32Array(6));
    p.grad = tensor([-5, 0.5, 5, Number.NaN, Infinity, -7]);
    clipGradValue(p, 2);
    close(p.grad as Tensor, [-2, 0.5, 2, Number.NaN, 2, -2], { atol: 0, rtol: 0 });
    expect(() => clipGradValue(p, -1)).toThrow("clipGradValue: expected clipValue >= 0, got -1");
  });
});

describe("memory of training", () => {
  it("stays what it was after the first steps", () => {
    const p = leaf();
    const optimizer = new optim.Adam([p], { amsgrad: true });
    const step = () => {
      optimizer.zeroGrad();
      const y = p.clone();
      y.backward(tensor(figures.start));
      y.dispose();
      optimizer.step();
    };
    for (let i = 0; i < 10; i++) step();
    globalThis.gc?.();
    const { liveBytes } = memory();
    const seed = tensor(figures.start);
    for (let i = 0; i < 1000; i++) {
      optimizer.zeroGrad();
      const y = p.clone();
      y.backward(seed);
      y.dispose();
      optimizer.step();
    }
    seed.dispose();
    expect(memory().liveBytes).toBe(liveBytes);
  });
});
