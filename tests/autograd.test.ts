import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { enableGrad, isGradEnabled, keep, memory, noGrad, scope, type Tensor, tensor, zeros } from "../src/index.ts";
import { close } from "./check.ts";

/** A fresh reading: the compiler believes that grad stays null after `grad = null`. */
const gradOf = (x: Tensor): Tensor | null => x.grad;
const leaf = (values: number[]): Tensor => tensor(values, { requiresGrad: true });

describe("backward", () => {
  it("adds into the leaves, time after time", () => {
    const x = leaf([1, 2, 3]);
    expect(x.grad).toBe(null);
    x.mul(x).sum().backward();
    expect(gradOf(x)?.toArray()).toEqual([2, 4, 6]);
    x.mul(2).sum().backward();
    expect(gradOf(x)?.toArray()).toEqual([4, 6, 8]);
    x.grad = null;
    expect(x.grad).toBe(null);
    x.sum().backward();
    expect(gradOf(x)?.toArray()).toEqual([1, 1, 1]);
  });

  it("of a leaf itself is the gradient given", () => {
    const x = leaf([1, 2]);
    x.backward(tensor([3, 4]));
    x.backward(tensor([3, 4]));
    expect(x.grad?.toArray()).toEqual([6, 8]);
  });

  it("sums over every path", () => {
    const x = leaf([2]);
    const a = x.mul(3);
    const b = a.mul(a).add(a);
    b.add(a.mul(x)).sum().backward();
    // 9x^2 + 3x + 3x^2
    close(x.grad as Tensor, [24 * 2 + 3]);
  });

  it("takes the gradient of a tensor of many elements", () => {
    const x = leaf([1, 2, 3]);
    x.mul(x).backward(tensor([1, 0, -1]));
    expect(x.grad?.toArray()).toEqual([2, 0, -6]);
    const y = x.mul(2);
    expect(() => y.backward()).toThrow("backward: pass a gradient for the shape [3]: only one element does without");
    expect(() => y.backward(tensor([1, 2]))).toThrow("backward: the gradient of shape [2] does not match [3]");
    expect(() => y.backward(3 as never)).toThrow("backward: expected the gradient as a Tensor, got number");
  });

  it("refuses where nothing requires grad", () => {
    expect(() => tensor([1]).mul(2).backward()).toThrow("backward: this tensor does not require grad");
    expect(() => noGrad(() => leaf([1]).mul(2)).backward()).toThrow("backward: this tensor does not require grad");
    expect(() => leaf([1]).mul(2).detach().backward()).toThrow("backward: this tensor does not require grad");
  });

  it("runs twice only where the graph was retained", () => {
    const x = leaf([3]);
    const y = x.mul(x);
    y.backward(undefined, { retainGraph: true });
    y.backward(null);
    expect(x.grad?.item()).toBe(12);
    expect(() => y.backward()).toThrow(
      "backward: the graph was freed by an earlier backward(), which lacked { retainGraph: true }",
    );
    expect(x.grad?.item()).toBe(12);
  });

  it("refuses a graph of which a part was freed", () => {
    const x = leaf([3]);
    const shared = x.mul(x);
    shared.mul(2).backward();
    expect(() => shared.mul(3).backward()).toThrow("backward: the graph was freed");
  });

  it("refuses values that changed after the forward pass", () => {
    const x = leaf([3]);
    const w = leaf([2]);
    const y = x.mul(w);
    noGrad(() => {
      w.fill_(5);
    });
    expect(() => y.backward()).toThrow("backward: a tensor that the gradient needs was changed in place");
  });

  it("does not change values that a graph holds", () => {
    const x = tensor([3]);
    const w = leaf([2]);
    const y = x.mul(w);
    expect(() => x.fill_(1)).toThrow("fill_: a graph holds this tensor of shape [1]; change a clone()");
    y.backward();
    expect(x.fill_(1).item()).toBe(1);
  });

  it("walks a chain of 100,000 nodes without recursion", () => {
    const x = leaf([1]);
    scope(() => {
      let y: Tensor = x;
      for (let i = 0; i < 100_000; i++) y = y.add(0);
      y.backward();
    });
    expect(x.grad?.item()).toBe(1);
  });

  it("drops a chain of 100,000 nodes without recursion", () => {
    const x = leaf([1]);
    const before = memory();
    scope(() => {
      let y: Tensor = x;
      for (let i = 0; i < 100_000; i++) y = y.mul(x);
    });
    expect(memory().liveTensors).toBe(before.liveTensors);
    expect(memory().liveBytes).toBe(before.liveBytes);
  });

  it("gives random graphs the gradient of their polynomial", () => {
    // y_k = y_i * y_j + y_i over earlier nodes, carried along with its derivative
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 12 }), (steps) => {
        const x = leaf([0.5]);
        const nodes: Tensor[] = [x];
        const values: [number, number][] = [[0.5, 1]];
        for (const [p, q] of steps) {
          const [i, j] = [p % nodes.length, q % nodes.length];
          nodes.push(
            (nodes[i] as Tensor)
              .mul(nodes[j] as Tensor)
              .add(nodes[i] as Tensor)
              .mul(0.5),
          );
          const [[a, da], [b, db]] = [values[i] as [number, number], values[j] as [number, number]];
          values.push([(a * b + a) / 2, (da * b + a * db + da) / 2]);
        }
        (nodes.at(-1) as Tensor).backward();
        close(x.grad as Tensor, [(values.at(-1) as [number, number])[1]], { rtol: 1e-4, atol: 1e-5 });
      }),
    );
  });
});

describe("retainGrad, detach, requiresGrad", () => {
  it("keep the gradient of a result on demand", () => {
    const x = leaf([1, 2]);
    const y = x.mul(2);
    y.retainGrad();
    y.mul(y).sum().backward();
    expect(y.grad?.toArray()).toEqual([4, 8]);
    expect(() => tensor([1]).retainGrad()).toThrow("retainGrad: this tensor does not require grad");
  });

  it("detach shares memory and stops the gradient", () => {
    const x = leaf([1, 2]);
    const y = x.detach();
    expect(y.requiresGrad).toBe(false);
    x.mul(y).sum().backward();
    expect(x.grad?.toArray()).toEqual([1, 2]);
    y.fill_(9);
    expect(x.toArray()).toEqual([9, 9]);
  });

  it("belongs to float32 leaves", () => {
    expect(() => tensor(Int32Array.of(1), { requiresGrad: true })).toThrow(
      "tensor: expected requiresGrad of float32 only, got int32",
    );
    const y = leaf([1]).mul(2);
    expect(y.isLeaf).toBe(false);
    expect(() => y.requiresGrad_(false)).toThrow("requiresGrad: only that of a leaf can be changed");
    const x = tensor([1]);
    x.requiresGrad = true;
    expect(x.mul(1).requiresGrad).toBe(true);
  });

  it("a gradient set by hand must fit", () => {
    const x = leaf([1, 2]);
    x.grad = tensor([5, 6]);
    x.sum().backward();
    expect(x.grad?.toArray()).toEqual([6, 7]);
    expect(() => {
      x.grad = tensor([1]);
    }).toThrow("grad: expected float32 of shape [2], got float32 of shape [1]");
  });
});

describe("noGrad and enableGrad", () => {
  it("switch recording, nested and after errors", () => {
    expect(isGradEnabled()).toBe(true);
    noGrad(() => {
      expect(isGradEnabled()).toBe(false);
      expect(enableGrad(() => leaf([1]).mul(2)).requiresGrad).toBe(true);
    });
    expect(() =>
      noGrad(() => {
        throw new Error("inside");
      }),
    ).toThrow("inside");
    expect(isGradEnabled()).toBe(true);
  });

  it("take synchronous functions only", () => {
    expect(() => noGrad(async () => 1)).toThrow("noGrad: the function returned a promise, but it must be synchronous");
    expect(() => scope(async () => 1)).toThrow("scope: the function returned a promise, but it must be synchronous");
    expect(() => scope(3 as never)).toThrow("scope: expected a function, got number");
    expect(isGradEnabled()).toBe(true);
  });
});

describe("memory", () => {
  it("scope frees everything but what it returns and what is kept", () => {
    const before = memory().liveTensors;
    const kept: Tensor[] = [];
    const out = scope(() => {
      const a = tensor([1]);
      const b = a.add(1);
      kept.push(keep(b.add(1)));
      return { list: [b.add(2)], map: new Map([["c", b.add(3)]]) };
    });
    expect(memory().liveTensors - before).toBe(3);
    expect(kept[0]?.item()).toBe(3);
    expect(out.list[0]?.item()).toBe(4);
    expect(out.map.get("c")?.item()).toBe(5);
  });

  it("a returned tensor belongs to the scope around", () => {
    const before = memory().liveTensors;
    scope(() => {
      const inner = scope(() => tensor([1]).add(1));
      expect(inner.item()).toBe(2);
    });
    expect(memory().liveTensors).toBe(before);
  });

  it("scopes free after an error too", () => {
    const before = memory().liveTensors;
    expect(() =>
      scope(() => {
        tensor([1]).add(1);
        throw new Error("inside");
      }),
    ).toThrow("inside");
    expect(memory().liveTensors).toBe(before);
  });

  it("backward after a scope still finds what it needs", () => {
    const x = leaf([1, 2, 3]);
    const before = memory().liveBytes;
    const loss = scope(() => x.mul(x).mul(x).sum());
    loss.backward();
    expect(x.grad?.toArray()).toEqual([3, 12, 27]);
    loss.dispose();
    expect(memory().liveBytes - before).toBe(64);
  });

  it("training in a plain loop with zeroGrad keeps the gradients' memory", () => {
    const w = leaf([1, 2, 3]);
    const step = () =>
      scope(() => {
        w.grad = null;
        w.mul(w).sum().backward();
      });
    step();
    const before = memory().liveBytes;
    for (let i = 0; i < 100; i++) step();
    expect(memory().liveBytes).toBe(before);
  });

  it("a gradient the user holds outlives zeroGrad", () => {
    const w = leaf([1, 2]);
    w.sum().backward();
    const held = w.grad;
    w.grad = null;
    w.mul(3).sum().backward();
    expect(held?.toArray()).toEqual([1, 1]);
    expect(gradOf(w)?.toArray()).toEqual([3, 3]);
  });

  it("running out is an error that can be caught, and earlier tensors stay", () => {
    const x = tensor([1, 2, 3]);
    expect(() => zeros([1 << 15, 1 << 15])).toThrow(
      /out of memory: 4294967296 bytes were asked for while \d+ live tensors/,
    );
    expect(x.add(1).toArray()).toEqual([2, 3, 4]);
  });

  it("an op that runs out leaves no temporary", () => {
    const x = zeros([1]).expand(1 << 15, 1 << 15);
    const before = memory().liveBytes;
    expect(() => x.clone()).toThrow("out of memory");
    tensor([1]).dispose();
    expect(memory().liveBytes).toBe(before);
  });

  it("the FinalizationRegistry frees what nobody holds", async () => {
    const before = memory().liveTensors;
    (() => {
      const x = leaf([1, 2, 3]);
      for (let i = 0; i < 100; i++) x.mul(x).add(1);
    })();
    for (let i = 0; i < 20 && memory().liveTensors - before > 20; i++) {
      (globalThis as { gc?: () => void }).gc?.();
      await new Promise((done) => setTimeout(done, 5));
    }
    expect(memory().liveTensors - before).toBeLessThanOrEqual(20);
  });
});
