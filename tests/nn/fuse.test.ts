// nn.fuse: PyTorch's figures of fuse_conv_bn_eval, equality with the unfused model, and what it leaves alone.
import { describe, expect, it } from "vitest";
import { arange, manualSeed, nn, noGrad, rand, randn, type Tensor, tensor } from "../../src/index.ts";
import { close } from "../check.ts";

/** Running statistics and weights that are not the standard ones. */
function unlike<M extends nn.Module>(model: M): M {
  for (const [name, buffer] of model.namedBuffers()) {
    if (name.endsWith("running_mean")) noGrad(() => buffer.copy_(randn(buffer.shape)));
    if (name.endsWith("running_var")) noGrad(() => buffer.copy_(rand(buffer.shape).add(0.1)));
  }
  for (const p of model.parameters()) if (p.ndim === 1) noGrad(() => p.copy_(randn(p.shape)));
  return model;
}

describe("nn.fuse", () => {
  it("gives the weights of PyTorch's fuse_conv_bn_eval", () => {
    const model = new nn.Sequential(new nn.Conv2d(2, 3, 2), new nn.BatchNorm2d(3, { eps: 1e-3 }));
    model.loadStateDict({
      "0.weight": arange(24).reshape([3, 2, 2, 2]).div(10).sub(1),
      "0.bias": tensor([0.5, -0.25, 1]),
      "1.weight": tensor([1.5, -0.5, 2]),
      "1.bias": tensor([0.1, 0.2, -0.3]),
      "1.running_mean": tensor([0.3, -0.2, 0.7]),
      "1.running_var": tensor([0.5, 2, 1e-4]),
      "1.num_batches_tracked": tensor(new Int32Array([1])).reshape([]),
    });
    nn.fuse(model.eval());
    const [weight, bias] = model.parameters() as [Tensor, Tensor];
    close(
      weight,
      [
        -2.1192021, -1.9072819, -1.6953617, -1.4834415, -1.2715213, -1.0596011, -0.84768081, -0.63576066, 0.070693009,
        0.035346512, -0, -0.035346512, -0.070693024, -0.1060395, -0.14138602, -0.17673253, 36.181362, 42.21159,
        48.241814, 54.272041, 60.302269, 66.332489, 72.362724, 78.392944,
      ],
      { rtol: 1e-6 },
    );
    close(bias, [0.52384043, 0.21767326, 17.790682], { rtol: 1e-6 });
    expect(String(model)).toContain("(1): Identity()");
  });

  it("changes no result beyond rounding: convolutions of every kind, linear layers, deep inside", () => {
    manualSeed(1);
    class Net extends nn.Module {
      body = new nn.Sequential(
        new nn.Conv2d(3, 8, 3, { padding: 1, bias: false }),
        new nn.BatchNorm2d(8),
        new nn.ReLU(),
        new nn.Sequential(
          new nn.Conv2d(8, 8, 3, { groups: 8, stride: 2, paddingMode: "reflect", padding: 1 }),
          new nn.BatchNorm2d(8, { affine: false }),
        ),
        new nn.Flatten(),
      );
      head = new nn.Sequential(new nn.Linear(8 * 4 * 4, 6), new nn.BatchNorm1d(6), new nn.Tanh(), new nn.Linear(6, 2));
      override forward(x: Tensor): Tensor {
        return this.head.forward(this.body.forward(x));
      }
    }
    const model = unlike(new Net()).eval();
    const x = randn(5, 3, 8, 8);
    const expected = model.forward(x).detach();
    expect(nn.fuse(model)).toBe(model);
    close(model.forward(x), expected, { rtol: 1e-4, atol: 1e-5 });
    expect(model.modules().some((m) => m instanceof nn.BatchNorm2d || m instanceof nn.BatchNorm1d)).toBe(false);
    expect(Object.keys(model.stateDict())).toContain("body.0.bias");
    const again = model.forward(x).detach();
    nn.fuse(model);
    expect(model.forward(x).data).toEqual(again.data);
  });

  it("leaves alone what several places share, norms of the batch, and pairs that do not fit", () => {
    const shared = new nn.Conv2d(4, 4, 1);
    const model = unlike(
      new nn.Sequential(
        shared,
        new nn.BatchNorm2d(4),
        shared,
        new nn.ReLU(),
        new nn.BatchNorm2d(4),
        new nn.Conv2d(4, 4, 1),
        new nn.BatchNorm2d(4, { trackRunningStats: false }),
      ),
    ).eval();
    const x = randn(2, 4, 3, 3);
    const expected = model.forward(x).detach();
    nn.fuse(model);
    expect(model.forward(x).data).toEqual(expected.data);
    expect(model.modules().filter((m) => m instanceof nn.BatchNorm2d).length).toBe(3);
  });

  it("wants a module in eval mode, and changes nothing before it has said so", () => {
    const model = new nn.Sequential(new nn.Conv2d(2, 2, 1), new nn.BatchNorm2d(2));
    const before = model.parameters().map((p) => p.data);
    expect(() => nn.fuse(model)).toThrow("fuse: expected a model in eval mode: call eval() first");
    expect(model.parameters().map((p) => p.data)).toEqual(before);
    expect(() => nn.fuse(null as unknown as nn.Module)).toThrow("fuse: expected a Module, got null");
  });
});
