import { describe, expect, it } from "vitest";
import { memory, nn, scope, type Tensor, tensor } from "../../src/index.ts";

class Scale extends nn.Module {
  weight: nn.Parameter;
  declare calls: Tensor;
  constructor(n: number) {
    super();
    this.weight = new nn.Parameter(tensor(new Float32Array(n).fill(n)));
    this.registerBuffer("calls", tensor(Int32Array.of(n)));
  }
  override forward(x: Tensor): Tensor {
    return x;
  }
  override extraRepr(): string {
    return `n=${this.weight.numel}`;
  }
}

class Net extends nn.Module {
  first = new Scale(2);
  blocks = [new Scale(3), new Scale(4)];
  shared = this.first;
  gain = new nn.Parameter(tensor([1]));
  note = "not a module";
  loose = tensor([1, 2]);
}

describe("Module", () => {
  it("finds modules, parameters and buffers among its attributes, shared ones once", () => {
    const net = new Net();
    expect(net.namedParameters().map(([name]) => name)).toEqual([
      "gain",
      "first.weight",
      "blocks.0.weight",
      "blocks.1.weight",
    ]);
    expect(net.namedBuffers().map(([name]) => name)).toEqual(["first.calls", "blocks.0.calls", "blocks.1.calls"]);
    expect(net.namedModules().map(([name]) => name)).toEqual(["", "first", "blocks.0", "blocks.1"]);
    expect(net.children().length).toBe(4);
    expect(net.parameters().length).toBe(4);
    expect(net.buffers().length).toBe(3);
  });

  it("names its state as PyTorch does, shared modules under each name", () => {
    expect(Object.keys(new Net().stateDict())).toEqual([
      "gain",
      "first.weight",
      "first.calls",
      "blocks.0.weight",
      "blocks.0.calls",
      "blocks.1.weight",
      "blocks.1.calls",
      "shared.weight",
      "shared.calls",
    ]);
  });

  it("gives a state that shares memory and needs no gradient", () => {
    const net = new Net();
    const { "first.weight": weight } = net.stateDict();
    expect(weight?.requiresGrad).toBe(false);
    weight?.fill_(7);
    expect(net.first.weight.toArray()).toEqual([7, 7]);
  });

  it("loads a state, and changes nothing when a name or a shape is wrong", () => {
    const from = new Net();
    const into = new Net();
    from.gain.detach().fill_(5);
    expect(into.loadStateDict(from.stateDict())).toEqual({ missingKeys: [], unexpectedKeys: [] });
    expect(into.gain.item()).toBe(5);

    const bad: nn.StateDict = { ...from.stateDict(), extra: tensor([1]), "first.weight": tensor([1, 2, 3]) };
    delete bad["blocks.0.calls"];
    bad.gain = tensor([9]);
    expect(() => into.loadStateDict(bad)).toThrow(
      "Error(s) in loading state_dict for Net:\n" +
        '\tUnexpected key(s) in state_dict: "extra".\n' +
        '\tMissing key(s) in state_dict: "blocks.0.calls".\n' +
        "\tsize mismatch for first.weight: it has the shape [3], the model's is [2].",
    );
    expect(into.gain.item()).toBe(5);
    expect(() => into.loadStateDict(null as never)).toThrow("loadStateDict: expected an object of tensors, got null");

    const partial = { gain: tensor([3]), extra: tensor([1]) };
    const report = into.loadStateDict(partial, { strict: false });
    expect(report.unexpectedKeys).toEqual(["extra"]);
    expect(report.missingKeys.length).toBe(8);
    expect(into.gain.item()).toBe(3);
  });

  it("switches training here and below", () => {
    const net = new Net();
    net.eval();
    expect(net.modules().map((m) => m.training)).toEqual([false, false, false, false]);
    expect(net.train().first.training).toBe(true);
    expect(() => net.train("yes" as never)).toThrow("train: expected the mode to be a boolean, got string");
  });

  it("applies children first, itself last", () => {
    const net = new Net();
    const seen: string[] = [];
    net.apply((m) => seen.push(m.extraRepr() || "net"));
    expect(seen).toEqual(["n=2", "n=3", "n=4", "n=2", "net"]);
  });

  it("freezes its parameters and drops their gradients", () => {
    const net = new Net();
    net.gain.backward();
    expect(net.gain.grad?.item()).toBe(1);
    net.zeroGrad();
    expect(net.gain.grad).toBe(null);
    net.requiresGrad_(false);
    expect(net.parameters().some((p) => p.requiresGrad)).toBe(false);
  });

  it("prints PyTorch's tree", () => {
    class Tree extends nn.Module {
      a = new Scale(1);
      body = new nn.Sequential(new Scale(2) as never, new nn.Identity());
    }
    expect(String(new Tree())).toBe(
      "Tree(\n  (a): Scale(n=1)\n  (body): Sequential(\n    (0): Scale(n=2)\n    (1): Identity()\n  )\n)",
    );
    expect(String(new nn.Sequential())).toBe("Sequential()");
  });

  it("says which class lacks forward", () => {
    expect(() => new Net().forward()).toThrow("Net: forward() is not implemented");
  });

  it("refuses what cannot be a buffer", () => {
    const net = new Net();
    expect(() => net.registerBuffer("a.b", tensor([1]))).toThrow(
      'registerBuffer: expected a name without dots, got "a.b"',
    );
    expect(() => net.registerBuffer("a", 3 as never)).toThrow(
      "registerBuffer: expected a to be a Tensor or null, got 3",
    );
    net.registerBuffer("none", null);
    expect(Object.keys(net.stateDict())).not.toContain("none");
  });

  it("keeps parameters and buffers beyond the scope they were made in", () => {
    const before = memory().liveTensors;
    const net = scope(() => new Scale(2));
    expect(net.weight.toArray()).toEqual([2, 2]);
    expect(net.calls.toArray()).toEqual([2]);
    expect(memory().liveTensors - before).toBe(2);
  });
});

describe("Sequential and ModuleList", () => {
  it("run in order, take names, and count", () => {
    const named = new nn.Sequential({ one: new nn.Identity(), two: new nn.Identity() });
    expect(named.namedChildren().map(([name]) => name)).toEqual(["one", "two"]);
    const x = tensor([1]);
    expect(named.forward(x)).toBe(x);
    expect(named.length).toBe(2);
    expect([...named].length).toBe(2);
    expect(named.at(-1)).toBe(named.children()[1]);
  });

  it("refuse what is not a module", () => {
    expect(() => new nn.Sequential(3 as never)).toThrow("Sequential: expected module 0 to be a Module, got 3");
    expect(() => new nn.ModuleList([null as never])).toThrow("ModuleList: expected module 0 to be a Module, got null");
  });

  it("lists name their modules by position", () => {
    const list = new nn.ModuleList([new Scale(1)]).append(new Scale(2)).extend([new Scale(3)]);
    expect(list.namedParameters().map(([name]) => name)).toEqual(["0.weight", "1.weight", "2.weight"]);
    expect([...list].length).toBe(list.length);
    expect(String(list)).toBe("ModuleList(\n  (0): Scale(n=1)\n  (1): Scale(n=2)\n  (2): Scale(n=3)\n)");
  });
});
