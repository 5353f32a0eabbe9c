// Sequential in inference writes activations over what the layer before made: the same bits, less memory, and nothing that others hold.
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { functional as F, manualSeed, memory, nn, noGrad, rand, randn, type Tensor, tensor } from "../../src/index.ts";
import { numbers, strided } from "../check.ts";

const bits = (t: Tensor) => Int32Array.from(new Int32Array((t.data as Float32Array).slice().buffer));
const activations: (() => nn.Layer)[] = [
  () => new nn.ReLU(),
  () => new nn.ReLU6(),
  () => new nn.Sigmoid(),
  () => new nn.Tanh(),
  () => new nn.SiLU(),
  () => new nn.Mish(),
  () => new nn.SELU(),
  () => new nn.Hardsigmoid(),
  () => new nn.Hardswish(),
  () => new nn.LogSigmoid(),
  () => new nn.Softsign(),
  () => new nn.Tanhshrink(),
  () => new nn.LeakyReLU(),
  () => new nn.ELU(),
  () => new nn.CELU(2),
  () => new nn.Hardshrink(),
  () => new nn.Softshrink(),
  () => new nn.Hardtanh(),
  () => new nn.GELU(),
  () => new nn.GELU({ approximate: "tanh" }),
  () => new nn.Softplus(),
  () => new nn.Threshold(0.1, 20),
];
const count = fc.integer({ min: 1, max: 19 });
const some = fc.array(fc.constantFrom(...activations), { minLength: 1, maxLength: 3 });
const odd = [Number.NaN, Infinity, -Infinity, -0, 1e-40, 3e38];

/** Random numbers among which are NaN, infinities and their like. */
function input(shape: number[]): Tensor {
  const n = shape.reduce((a, b) => a * b, 1);
  const values = numbers(n);
  for (let i = 3; i < n; i += 17) values[i] = odd[i % odd.length] as number;
  return tensor(values, { shape });
}

/** Layer by layer, as Sequential would if it looked at none but the next. */
function apart(model: nn.Sequential, x: Tensor): Tensor {
  let y = x;
  for (const layer of model) y = layer.forward(y);
  return y;
}

function check(model: nn.Sequential, x: Tensor): void {
  const before = bits(x);
  // the first call grows the work area
  noGrad(() => apart(model, x));
  const live = memory();
  noGrad(() => {
    const expected = apart(model, x);
    const actual = model.forward(x);
    expect(actual.shape).toEqual(expected.shape);
    expect(bits(actual)).toEqual(bits(expected));
  });
  expect(bits(x)).toEqual(before);
  expect(memory()).toMatchObject({ liveTensors: live.liveTensors, liveBytes: live.liveBytes });
}

/** Tensors that a call leaves behind while its scope is open. */
const made = (model: nn.Sequential, x: Tensor): number =>
  noGrad(() => {
    const before = memory().liveTensors;
    model.forward(x);
    return memory().liveTensors - before;
  });

describe("Sequential in inference", () => {
  it("gives the bits of linear layers and activations called one by one", () => {
    fc.assert(
      fc.property(fc.nat(9), count, count, count, some, (m, a, b, c, list) => {
        const layers = [new nn.Linear(a, b), ...list.map((make) => make()), new nn.Linear(b, c, { bias: false })];
        const model = new nn.Sequential(...layers, ...list.map((make) => make()));
        check(model, input([m, a]));
        check(model, strided(input([m, a]).data, [m, a]));
        check(model, input([a]));
      }),
      { numRuns: 60 },
    );
  });

  it("gives the bits of convolutions, batch norms and activations called one by one", () => {
    const side = fc.integer({ min: 3, max: 17 });
    const options = fc.record({
      stride: fc.integer({ min: 1, max: 2 }),
      padding: fc.integer({ min: 0, max: 2 }),
      paddingMode: fc.constantFrom("zeros" as const, "reflect" as const),
    });
    fc.assert(
      fc.property(fc.nat(3), count, count, side, side, options, some, (n, c, o, h, w, option, list) => {
        const norm = new nn.BatchNorm2d(o);
        noGrad(() => norm.running_var?.copy_(rand([o]).add(0.5)));
        const after = list.map((make) => make());
        const model = new nn.Sequential(
          new nn.Conv2d(c, o, 3, option),
          norm,
          ...after,
          new nn.Conv2d(o, o, 1, { groups: o }),
          ...after,
        ).eval();
        check(model, input([n, c, h, w]));
        check(nn.fuse(model), input([n, c, h, w]));
      }),
      { numRuns: 40 },
    );
  });

  it("makes one tensor for a layer and its activations, the batch norm between them too once it is folded", () => {
    const x = input([2, 3, 8, 8]);
    const conv = () => new nn.Conv2d(3, 3, 3);
    expect(made(new nn.Sequential(conv(), new nn.ReLU(), new nn.Hardtanh()), x)).toBe(1);
    expect(made(new nn.Sequential(conv(), new nn.Identity(), new nn.ReLU()), x)).toBe(1);
    const model = new nn.Sequential(conv(), new nn.BatchNorm2d(3), new nn.ReLU()).eval();
    expect(made(model, x)).toBe(2);
    expect(made(nn.fuse(model), x)).toBe(1);
    expect(made(new nn.Sequential(new nn.Linear(8, 8), new nn.Sequential(new nn.ReLU())), x)).toBe(2);
  });

  it("leaves its input alone", () => {
    for (const first of [new nn.ReLU(), new nn.Identity()]) {
      const model = new nn.Sequential(first, new nn.Sequential(new nn.Identity(), new nn.Tanh()), new nn.ReLU());
      check(model, input([4, 5]));
    }
    const ints = tensor(Int32Array.of(-1, 2));
    expect(new nn.Sequential(new nn.ReLU(), new nn.ReLU()).forward(ints).toArray()).toEqual([0, 2]);
    expect(ints.toArray()).toEqual([-1, 2]);
  });

  it("leaves its result alone once it is given", () => {
    noGrad(() => {
      for (const last of [new nn.Linear(5, 5), new nn.Tanh()]) {
        const y = new nn.Sequential(new nn.Linear(5, 5), last).forward(randn(4, 5));
        const before = bits(y);
        F.relu(y);
        F.hardtanh(y, { minVal: 0 });
        expect(bits(y)).toEqual(before);
      }
    });
  });
});

describe("Sequential with layers of a user's own", () => {
  const seen: Tensor[] = [];
  const see = (x: Tensor): Tensor => {
    seen.push(x);
    return x;
  };
  class Tap extends nn.Module {
    override forward(x: Tensor): Tensor {
      return see(x);
    }
  }
  class SeenLinear extends nn.Linear {
    override forward(x: Tensor): Tensor {
      return see(super.forward(x));
    }
  }
  class Doubled extends nn.ReLU {
    override forward(x: Tensor): Tensor {
      return super.forward(x).sub(see(x));
    }
  }
  const patched = new nn.Linear(4, 4);
  const forward = patched.forward.bind(patched);
  patched.forward = (x) => see(forward(x));

  it.each<[string, () => nn.Layer[]]>([
    ["a module that keeps what passes", () => [new nn.Linear(4, 4), new Tap()]],
    ["a subclass of Linear that keeps its result", () => [new SeenLinear(4, 4)]],
    ["a Linear whose forward was replaced", () => [patched]],
    ["a subclass of ReLU that reads its input again", () => [new nn.Linear(4, 4), new Doubled()]],
    ["one inside another Sequential", () => [new nn.Sequential(new nn.Linear(4, 4), new Tap())]],
  ])("%s finds it unchanged", (_, layers) => {
    manualSeed(3);
    const model = new nn.Sequential(...layers(), new nn.ReLU());
    const x = randn(3, 4);
    noGrad(() => {
      seen.length = 0;
      const expected = bits(apart(model, x));
      const first = seen.map(bits);
      seen.length = 0;
      expect(bits(model.forward(x))).toEqual(expected);
      expect(first.length).toBe(1);
      expect(seen.map(bits)).toEqual(first);
    });
  });

  it("a prototype whose forward is watched gives the watcher what it gave", () => {
    const watched = vi.spyOn(nn.Linear.prototype, "forward");
    const model = new nn.Sequential(new nn.Linear(4, 4), new nn.ReLU());
    const x = randn(3, 4);
    noGrad(() => {
      model.forward(x);
      const { weight, bias } = model.at(0) as nn.Linear;
      expect(bits(watched.mock.results[0]?.value)).toEqual(bits(F.linear(x, weight, bias)));
    });
    watched.mockRestore();
  });

  it("a subclass that only adds is as good as its base", () => {
    class Named extends nn.Linear {
      label = "named";
    }
    expect(made(new nn.Sequential(new Named(4, 4), new nn.ReLU()), randn(3, 4))).toBe(1);
  });
});

describe("Sequential in training", () => {
  /** Gradients of the sum of squares, by parameter. */
  function gradients(model: nn.Sequential, forward: (x: Tensor) => Tensor): (Int32Array | null)[] {
    model.zeroGrad();
    forward(tensor(numbers(12), { shape: [3, 4] }))
      .square()
      .sum()
      .backward();
    return model.parameters().map((p) => p.grad && bits(p.grad));
  }

  it.each(["all", "first", "last", "middle"])("keeps what gradients read: %s trainable", (which) => {
    manualSeed(5);
    for (const make of activations) {
      const linears = [new nn.Linear(4, 6), new nn.Linear(6, 6), new nn.Linear(6, 2)] as const;
      const model = new nn.Sequential(linears[0], make(), linears[1], make(), make(), linears[2], make());
      for (const [i, layer] of linears.entries()) {
        layer.requiresGrad_(which === "all" || which === ["first", "middle", "last"][i]);
      }
      expect(gradients(model, (x) => model.forward(x))).toEqual(gradients(model, (x) => apart(model, x)));
    }
  });
});
