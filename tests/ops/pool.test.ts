// maxPool2d on random geometry against its definition; numeric gradient; misuse. PyTorch's figures are in tests/nn/pool.test.ts.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maxPool2d, noGrad, ones, type Tensor, tensor, zeros } from "../../src/index.ts";
import { close, gradcheck, numbers } from "../check.ts";
import { leakcheck, op } from "./row.ts";

interface Sizes {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
}

interface Windows extends Sizes {
  readonly padding: readonly [number, number];
}

/** Every window of one plane by the definition: the place of its first maximum, of its last NaN, or -1. */
function places(x: Float32Array, h: number, w: number, oh: number, ow: number, g: Windows): number[] {
  return Array.from({ length: oh * ow }, (_, i) => {
    const [r, c] = [Math.floor(i / ow), i % ow];
    let best = -1;
    for (let ky = 0; ky < g.kernel[0]; ky++) {
      for (let kx = 0; kx < g.kernel[1]; kx++) {
        const y = r * g.stride[0] + ky * g.dilation[0] - g.padding[0];
        const xx = c * g.stride[1] + kx * g.dilation[1] - g.padding[1];
        if (y < 0 || y >= h || xx < 0 || xx >= w) continue;
        const at = y * w + xx;
        const v = x[at] as number;
        if (best < 0 || v > (x[best] as number) || Number.isNaN(v)) best = at;
      }
    }
    return best;
  });
}

const size = (max: number) => fc.integer({ min: 1, max });
const pair = (max: number) => fc.tuple(size(max), size(max));
const geometry = fc.record({
  // few, many and very many planes go ways of their own too
  planes: fc.oneof({ weight: 3, arbitrary: size(6) }, { weight: 2, arbitrary: fc.constantFrom(8, 11, 33) }),
  h: size(12),
  w: size(24),
  sizes: fc.oneof<fc.Arbitrary<Sizes>[]>(
    fc.record({ kernel: pair(4), stride: pair(4), dilation: pair(2) }),
    // square ones, as most are, go ways of their own
    fc
      .tuple(size(7), size(4))
      .map(([k, s]) => ({ kernel: [k, k] as const, stride: [s, s] as const, dilation: [1, 1] as const })),
  ),
  half: pair(2),
  ceilMode: fc.boolean(),
  finite: fc.boolean(),
  values: fc.array(fc.constantFrom(-2, -1, 0, 1, 2, Number.NaN, -Infinity, Infinity), { minLength: 12, maxLength: 60 }),
});

op("maxPool2d", () => {
  it("equals its definition on random geometry, with indices and without", () => {
    fc.assert(
      fc.property(geometry, ({ planes, h, w, sizes, half, ceilMode, finite, values }) => {
        const { kernel, stride, dilation } = sizes;
        const padding = kernel.map((k, d) => Math.min((half[d] as number) - 1, k >> 1)) as [number, number];
        const fits = [h, w].every(
          (s, d) => s + 2 * (padding[d] as number) > (dilation[d] as number) * ((kernel[d] as number) - 1),
        );
        fc.pre(fits);
        const data = Float32Array.from({ length: planes * h * w }, (_, i) => {
          const v = values[(i * 7) % values.length] as number;
          return finite && !Number.isFinite(v) ? i % 5 : v;
        });
        const x = tensor(data, { shape: [1, planes, h, w], requiresGrad: true });
        const [y, indices] = maxPool2d(x, kernel, { stride, padding, dilation, ceilMode, returnIndices: true });
        const [oh, ow] = y.shape.slice(2) as [number, number];
        const g: Windows = { kernel, stride, padding, dilation };
        const expected = Array.from({ length: planes }, (_, plane) =>
          places(data.subarray(plane * h * w, (plane + 1) * h * w), h, w, oh, ow, g),
        ).flat();
        const start = (i: number) => Math.floor(i / (oh * ow)) * h * w;
        const maxima = expected.map((at, i) => (at < 0 ? -Infinity : data[start(i) + at]));
        close(y, maxima, { rtol: 0, atol: 0 });
        close(
          noGrad(() => maxPool2d(x, kernel, { stride, padding, dilation, ceilMode })),
          maxima,
          { rtol: 0, atol: 0 },
        );
        const shown = indices.data;
        for (const [i, at] of expected.entries()) if (at >= 0) expect(shown[i]).toBe(at);
        y.backward(ones(y.shape));
        const grad = new Float32Array(data.length);
        for (const [i, at] of expected.entries()) {
          if (at >= 0) grad[start(i) + at] = (grad[start(i) + at] as number) + 1;
        }
        expect((x.grad as Tensor).data).toEqual(grad);
      }),
      { numRuns: 600 },
    );
  });

  it("gives -Infinity for windows of nothing but padding, whatever ran before", () => {
    for (const w of [6, 7, 8]) {
      maxPool2d(ones([3, 20, 30]), 4, { stride: 3 });
      const y = maxPool2d(ones([2, 1, w]), [2, 3], { stride: 3, padding: 1, dilation: 3, ceilMode: true });
      close(y, new Float32Array(y.numel).fill(-Infinity), { rtol: 0, atol: 0 });
    }
  });

  it("goes down a column by its own stride where a row has one window", () => {
    for (const w of [2, 3, 4]) {
      const h = 9;
      const data = numbers(h * w);
      const g: Windows = { kernel: [3, 3], stride: [1, 4], padding: [0, w === 2 ? 1 : 0], dilation: [1, 1] };
      close(
        maxPool2d(tensor(data, { shape: [1, h, w] }), 3, { stride: g.stride, padding: g.padding }),
        places(data, h, w, 7, 1, g).map((place) => data[place] as number),
        { rtol: 0, atol: 0 },
      );
    }
  });

  it("finds a NaN wherever it stands in large images, and loses no window to it", () => {
    const [h, w] = [130, 70];
    for (const planes of [1, 5]) {
      for (const [kernel, stride, padding] of [
        [2, 2, 0],
        [3, 2, 1],
        [3, 1, 1],
        [3, 3, 0],
        [3, 3, 1],
        [5, 2, 2],
        [4, 3, 0],
      ] as const) {
        for (const at of [0, 70, 4000, 9099]) {
          const data = numbers(planes * h * w);
          data[(planes - 1) * h * w + at] = Number.NaN;
          const g: Windows = {
            kernel: [kernel, kernel],
            stride: [stride, stride],
            padding: [padding, padding],
            dilation: [1, 1],
          };
          const y = maxPool2d(tensor(data, { shape: [planes, h, w] }), kernel, { stride, padding });
          const [oh, ow] = y.shape.slice(1) as [number, number];
          const expected = Array.from({ length: planes }, (_, plane) => {
            const image = data.subarray(plane * h * w, (plane + 1) * h * w);
            return places(image, h, w, oh, ow, g).map((place) => image[place] as number);
          });
          close(y, expected.flat(), { rtol: 0, atol: 0 });
        }
      }
    }
  });

  it("has the numeric gradient", () => {
    const x = tensor(numbers(2 * 5 * 7), { shape: [1, 2, 5, 7] });
    gradcheck((v) => maxPool2d(v, 2), [x], { eps: 1e-3 });
    gradcheck((v) => maxPool2d(v, [3, 2], { stride: 1, padding: 1 }), [x], { eps: 1e-3 });
  });

  it("reads strided views, one image without a batch, and an empty batch", () => {
    const x = tensor(numbers(2 * 6 * 5), { shape: [2, 6, 5] });
    const turned = x.transpose(1, 2);
    expect(maxPool2d(turned, 2).toArray()).toEqual(maxPool2d(turned.contiguous(), 2).toArray());
    expect(maxPool2d(x, 2).shape).toEqual([2, 3, 2]);
    const [y, indices] = maxPool2d(zeros([0, 3, 4, 4]), 2, { returnIndices: true });
    expect([y.shape, indices.shape, indices.dtype]).toEqual([[0, 3, 2, 2], [0, 3, 2, 2], "int32"]);
    gradcheck((v) => maxPool2d(v.transpose(1, 2), 2), [x], { eps: 1e-3 });
  });

  it("sends nothing back from a window of nothing but padding", () => {
    const x = ones([1, 1, 2, 2], { requiresGrad: true });
    const y = maxPool2d(x, 2, { padding: 1, dilation: 3 });
    expect(y.toArray()).toEqual([[[[-Infinity]]]]);
    y.backward(ones([1, 1, 1, 1]));
    expect(x.grad?.data).toEqual(new Float32Array(4));
  });

  it("frees what it made", () => {
    const x = tensor(numbers(32), { shape: [2, 4, 4], requiresGrad: true });
    leakcheck(() => maxPool2d(x, 2));
    leakcheck(() => noGrad(() => maxPool2d(x, 2)));
    leakcheck(() => {
      const [y, indices] = maxPool2d(x, 2, { returnIndices: true });
      indices.dispose();
      return y;
    });
  });
});

describe("maxPool2d names what does not fit", () => {
  const x = zeros([1, 1, 4, 4]);
  it.each<[string, () => unknown]>([
    ["maxPool2d: expected input [c, h, w] or [n, c, h, w], got the shape [4, 4]", () => maxPool2d(zeros([4, 4]), 2)],
    ["got the shape [1, 1, 1, 4, 4]", () => maxPool2d(zeros([1, 1, 1, 4, 4]), 2)],
    ["only the batch may be empty, got the shape [1, 0, 4, 4]", () => maxPool2d(zeros([1, 0, 4, 4]), 2)],
    ["only the batch may be empty, got the shape [0, 4, 4]", () => maxPool2d(zeros([0, 4, 4]), 2)],
    ["only the batch may be empty, got the shape [1, 1, 0, 4]", () => maxPool2d(zeros([1, 1, 0, 4]), 1)],
    ["expected kernelSize to be positive, got 0", () => maxPool2d(x, 0, { stride: 1 })],
    ["expected kernelSize to be positive, got [2, -1]", () => maxPool2d(x, [2, -1])],
    ["expected stride to be positive, got 0", () => maxPool2d(x, 2, { stride: 0 })],
    ["expected dilation to be positive, got 0", () => maxPool2d(x, 2, { dilation: 0 })],
    ["expected padding to be non-negative, got -1", () => maxPool2d(x, 2, { padding: -1 })],
    ["maxPool2d: padding [2, 2] should be at most half of kernelSize [3, 3]", () => maxPool2d(x, 3, { padding: 2 })],
    [
      "maxPool2d: padding [1, 1] should be at most half of kernelSize [2, 1]",
      () => maxPool2d(x, [2, 1], { padding: 1 }),
    ],
    ["maxPool2d: kernelSize [5, 5] is too large for [1, 1, 4, 4]", () => maxPool2d(x, 5)],
    [
      "expected kernelSize to be an integer or a pair of integers, got [1, 1, 1]",
      () => maxPool2d(x, [1, 1, 1] as never),
    ],
    [
      "expected kernelSize to be an integer or a pair of integers, got undefined",
      () => maxPool2d(x, undefined as never),
    ],
    ["expected stride to be an integer or a pair of integers, got 1.5", () => maxPool2d(x, 2, { stride: 1.5 })],
    ["expected input to be a Tensor, got null", () => maxPool2d(null as never, 2)],
    ["expected an object of options", () => maxPool2d(x, 2, null as never)],
    ["expected input to be float32, got int32", () => maxPool2d(x.int(), 2)],
  ])("%s", (message, run) => {
    expect(run).toThrow(message);
    expect(run).toThrow(/^maxPool2d: /);
  });
});
