// pad in every mode against PyTorch's figures; int32; numeric gradients; misuse.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noGrad, type PadOptions, pad, type Tensor, tensor, zeros } from "../../src/index.ts";
import { close, fixtures, gradcheck, numbers } from "../check.ts";
import { leakcheck, op } from "./row.ts";

interface Case {
  x: number[];
  padding: number[];
  options: PadOptions;
  y: [shape: number[], values: number[]];
  grad: number[];
}
const { cases } = fixtures<{ cases: Case[] }>("pad");

function ramp(shape: readonly number[], seed: number): Tensor {
  const n = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Float32Array.from({ length: n }, (_, i) => ((i * 7919 + seed * 10477) % 1009) / 504.5 - 1),
    { shape },
  );
}

op("pad", () => {
  it.each(cases.map((c) => [JSON.stringify([c.x, c.padding, c.options]), c] as const))(
    "agrees with PyTorch: %s",
    (_, c) => {
      const x = ramp(c.x, 101).requiresGrad_();
      const y = pad(x, c.padding, c.options);
      expect(y.shape).toEqual(c.y[0]);
      close(y, c.y[1]);
      y.backward(ramp(y.shape, 104));
      close(x.grad as Tensor, c.grad);
    },
  );

  it("pads int32 with int32", () => {
    const x = tensor(Int32Array.of(1, 2, 3));
    expect(pad(x, [1, 2], { value: -7 }).toArray()).toEqual([-7, 1, 2, 3, -7, -7]);
    expect(pad(x, [1, 0]).dtype).toBe("int32");
    expect(pad(x.reshape([1, 3]), [2, 0], { mode: "reflect" }).toArray()).toEqual([[3, 2, 1, 2, 3]]);
  });

  it("reads strided views and has the numeric gradient", () => {
    const x = tensor(numbers(24), { shape: [2, 4, 3] });
    const turned = x.transpose(1, 2);
    expect(pad(turned, [1, 2, 1, 0]).toArray()).toEqual(pad(turned.contiguous(), [1, 2, 1, 0]).toArray());
    gradcheck((v) => pad(v.transpose(1, 2), [1, 2, 2, 0], { mode: "reflect" }), [x]);
    gradcheck((v) => pad(v, [1, 0, -1, 2, 1, 1], { value: 3 }), [x]);
  });

  it("frames any shape with one value, and cuts it, as index by index", () => {
    const dim = fc.tuple(
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: -2, max: 3 }),
      fc.integer({ min: -2, max: 3 }),
    );
    const dims = fc
      .array(
        fc.oneof(
          dim,
          fc.integer({ min: 0, max: 20 }).map((n) => [n, 0, 0] as const),
        ),
        { minLength: 1, maxLength: 4 },
      )
      .filter((all) => all.every(([n, before, after]) => n + before + after >= 0));
    fc.assert(
      fc.property(dims, (all) => {
        const x = ramp(
          all.map(([n]) => n),
          7,
        ).requiresGrad_();
        const padding = [...all].reverse().flatMap(([, before, after]) => [before, after]);
        const y = pad(x, padding, { value: 9 });
        const expected = new Float32Array(y.numel).fill(9);
        const grad = new Float32Array(x.numel);
        const gy = ramp(y.shape, 8);
        const values = gy.data;
        x.data.forEach((v, i) => {
          let [rest, at, inside, size] = [i, 0, true, 1];
          for (let d = all.length - 1; d >= 0; d--) {
            const [n, before] = all[d] as readonly [number, number, number];
            const to = (rest % n) + before;
            rest = Math.floor(rest / n);
            inside &&= to >= 0 && to < (y.shape[d] as number);
            at += to * size;
            size *= y.shape[d] as number;
          }
          if (!inside) return;
          expected[at] = v;
          grad[i] = values[at] as number;
        });
        expect(y.data).toEqual(expected);
        y.backward(gy);
        expect((x.grad as Tensor).data).toEqual(grad);
      }),
    );
  });

  it("writes nothing behind its result", () => {
    const x = tensor(numbers(14), { shape: [2, 7] });
    const place = zeros([16]);
    const neighbor = zeros([16]);
    const at = place.ptr;
    place.dispose();
    const y = pad(x, [0, 1], { value: 9 });
    expect([y.ptr, neighbor.ptr]).toEqual([at, at + 64]);
    expect(neighbor.toArray()).toEqual(new Array(16).fill(0));
  });

  it("frees what it made", () => {
    const x = tensor(numbers(24), { shape: [2, 4, 3], requiresGrad: true });
    for (const padding of [
      [1, 2],
      [1, 1, 1, 1],
      [1, 1, 1, 1, 1, 1],
    ]) {
      leakcheck(() => pad(x, padding));
      leakcheck(() => noGrad(() => pad(x, padding)));
    }
  });
});

describe("pad names what does not fit", () => {
  const x = zeros([1, 1, 3, 4]);
  it.each<[string, () => unknown]>([
    [
      "reflect padding [4, 0] of dim 3 of [1, 1, 3, 4] should be less than its size",
      () => pad(x, [4, 0, 0, 0], { mode: "reflect" }),
    ],
    ["reflect padding [0, 3] of dim 2", () => pad(x, [0, 0, 0, 3], { mode: "reflect" })],
    [
      "circular padding [5, 0] of dim 3 of [1, 1, 3, 4] wraps around more than once",
      () => pad(x, [5, 0, 0, 0], { mode: "circular" }),
    ],
    ["padding [-3, -2] of dim 3 of [1, 1, 3, 4] leaves nothing", () => pad(x, [-3, -2])],
    ["expected an even number of at most 8 for [1, 1, 3, 4], got [1]", () => pad(x, [1])],
    ["expected an even number of at most 2 for [3], got [1, 1, 1, 1]", () => pad(zeros([3]), [1, 1, 1, 1])],
    [
      "pad: reflect wants 2 pads for 2 or 3 dims, 4 for 3 or 4 dims, got [1, 1] for [1, 1, 3, 4]",
      () => pad(x, [1, 1], { mode: "reflect" }),
    ],
    [
      "pad: replicate wants 2 pads for 2 or 3 dims, 4 for 3 or 4 dims, got [1, 1, 1, 1] for [3, 3]",
      () => pad(zeros([3, 3]), [1, 1, 1, 1], { mode: "replicate" }),
    ],
    ['the mode "circular" takes no value, got 1', () => pad(x, [1, 1, 1, 1], { mode: "circular", value: 1 })],
    [
      "expected the mode to be one of constant, reflect, replicate, circular, got mirror",
      () => pad(x, [1, 1], { mode: "mirror" as "reflect" }),
    ],
    ["expected padding to be an array of integers, got 1", () => pad(x, 1 as never)],
    ["expected padding to be an array of integers", () => pad(x, [0.5, 1])],
    ["expected value to be a number, got string", () => pad(x, [1, 1], { value: "0" as never })],
    ["expected an object of options", () => pad(x, [1, 1], null as never)],
    ["expected input to be a Tensor, got 3", () => pad(3 as never, [1, 1])],
  ])("%s", (message, run) => {
    expect(run).toThrow(message);
    expect(run).toThrow(/^pad: /);
  });
});
