// conv2d on random geometry and on the shapes that choose each kernel, against its definition; numeric gradients; misuse.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { conv2d, noGrad, ones, type Tensor, tensor, zeros } from "../../src/index.ts";
import { close, gradcheck, numbers } from "../check.ts";
import { type Geometry, naiveConv2d } from "./naive-conv.ts";
import { leakcheck, op } from "./row.ts";

const count = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
const made = (shape: number[], skip: number) =>
  tensor(numbers(count(shape) + skip, 1).slice(skip), { shape, requiresGrad: true });

function outputs(
  size: number,
  kernel: number,
  stride: number,
  before: number,
  after: number,
  dilation: number,
): number {
  return Math.floor((size + before + after - dilation * (kernel - 1) - 1) / stride) + 1;
}

/** Forward and all gradients against the definition; sums of many products may differ by more than a single one. */
function check(g: Omit<Geometry, "oh" | "ow">): void {
  const [oh, ow] = [0, 1].map((d) =>
    outputs(
      [g.h, g.w][d] as number,
      g.kernel[d] as number,
      g.stride[d] as number,
      g.padding[d] as number,
      g.padding[d] as number,
      g.dilation[d] as number,
    ),
  ) as [number, number];
  const x = made([g.n, g.c, g.h, g.w], 0);
  const weight = made([g.o, g.c / g.groups, ...g.kernel], 1);
  const bias = made([g.o], 2);
  const { stride, padding, dilation, groups } = g;
  const y = conv2d(x, weight, { bias, stride, padding, dilation, groups });
  expect(y.shape).toEqual([g.n, g.o, oh, ow]);
  const gy = tensor(numbers(y.numel + 3, 1).slice(3), { shape: y.shape });
  // gradients are added to what is there
  for (const t of [x, weight, bias]) t.grad = ones(t.shape);
  y.backward(gy);
  const expected = naiveConv2d({ ...g, oh, ow }, x.data, weight.data, bias.data, gy.data);
  const near = (terms: number) => ({ rtol: 1e-5, atol: 1e-6 * Math.max(10, Math.sqrt(terms)) });
  const one = (values: Float64Array) => values.map((v) => v + 1);
  const taps = count(weight.shape.slice(1));
  close(y, expected.y, near(taps));
  close(x.grad as Tensor, one(expected.gx), near(taps));
  close(weight.grad as Tensor, one(expected.gw), near(g.n * oh * ow));
  close(bias.grad as Tensor, one(expected.gb), near(g.n * oh * ow));
}

const size = (max: number) => fc.integer({ min: 1, max });
const pair = (max: number, min = 1) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
const geometry = fc
  .record({
    n: size(3),
    h: size(14),
    w: size(22),
    inner: size(5),
    outer: size(13),
    groups: fc.constantFrom(1, 1, 2, 3),
    depthwise: fc.constantFrom(false, false, false, true),
    kernel: pair(5),
    stride: pair(3),
    padding: pair(4, 0),
    dilation: pair(3),
  })
  .map(({ inner, outer, depthwise, ...g }) => {
    const groups = depthwise ? inner : g.groups;
    return depthwise ? { ...g, c: inner, o: inner, groups } : { ...g, c: inner * groups, o: outer * groups };
  })
  .filter((g) =>
    [0, 1].every((d) => {
      const room = ([g.h, g.w][d] as number) + 2 * (g.padding[d] as number);
      return room > (g.dilation[d] as number) * ((g.kernel[d] as number) - 1);
    }),
  );

op("conv2d", () => {
  it("equals its definition on random geometry", () => {
    fc.assert(fc.property(geometry, check), { numRuns: 150 });
  });

  const plain = { stride: [1, 1], padding: [1, 1], dilation: [1, 1], groups: 1 } as const;
  const square = (n: number, c: number, h: number, w: number, o: number, k: number, more: Partial<Geometry> = {}) =>
    ({ n, c, h, w, o, kernel: [k, k], ...plain, ...more }) as Geometry;
  it.each([
    ["many channels: several blocks of source rows", square(1, 160, 26, 20, 3, 2)],
    ["many taps gathered in chunks", square(2, 200, 5, 5, 13, 3)],
    ["1x1 over a long row of columns", square(1, 80, 60, 60, 7, 1, { padding: [0, 0] })],
    ["1x1 with a stride", square(2, 8, 9, 9, 16, 1, { padding: [0, 0], stride: [2, 2] })],
    ["one output an image", square(40, 3, 5, 5, 14, 5, { padding: [0, 0] })],
    ["planes of 2 x 2", square(33, 6, 2, 2, 12, 3)],
    ["LeNet's first", square(3, 1, 28, 28, 6, 5, { padding: [2, 2] })],
    ["LeNet's second", square(3, 6, 14, 14, 16, 5, { padding: [0, 0] })],
    ["a stride of 2 with few channels", square(1, 3, 31, 29, 12, 7, { padding: [3, 3], stride: [2, 2] })],
    ["a stride larger than the kernel", square(2, 4, 13, 12, 8, 2, { stride: [3, 4] })],
    ["more padding than kernel", square(2, 3, 4, 5, 8, 2, { padding: [4, 3] })],
    ["Winograd, odd sizes", square(2, 16, 9, 13, 17, 3)],
    ["Winograd, many images, odd sizes", square(16, 16, 11, 15, 17, 3)],
    ["Winograd without padding, groups", square(1, 32, 10, 16, 32, 3, { padding: [0, 0], groups: 2 })],
    ["Winograd, several images in a block and several blocks", square(3, 32, 8, 31, 30, 3, { padding: [2, 0] })],
    ["depthwise, wide", square(1, 3, 12, 41, 3, 3, { groups: 3 })],
    ["depthwise, 5 x 5 with a stride", square(2, 4, 17, 19, 4, 5, { padding: [2, 2], stride: [2, 2], groups: 4 })],
    ["depthwise with two outputs a channel", square(2, 5, 8, 9, 10, 3, { groups: 5 })],
    ["depthwise 2 x 2", square(2, 3, 7, 9, 3, 2, { padding: [1, 0], groups: 3 })],
    ["depthwise 1 x 1", square(2, 3, 5, 7, 3, 1, { padding: [0, 0], groups: 3 })],
    ["depthwise, windows apart", square(2, 3, 17, 7, 3, 2, { padding: [0, 0], stride: [3, 3], groups: 3 })],
    [
      "depthwise, windows apart in several bands, the last cut off",
      square(2, 3, 21, 329, 3, 2, { kernel: [2, 5], padding: [1, 0], stride: [3, 3], groups: 3 }),
    ],
    ["depthwise, one output a plane", square(2, 5, 7, 6, 5, 7, { kernel: [7, 6], padding: [0, 0], groups: 5 })],
    ["depthwise, dilated columns of four planes", square(1, 5, 9, 11, 5, 3, { dilation: [2, 3], groups: 5 })],
    ["depthwise 2 x 2, wide", square(2, 2, 6, 41, 2, 2, { groups: 2 })],
    ["depthwise 2 x 2, wide, dilation 3", square(1, 2, 9, 30, 2, 2, { padding: [2, 3], dilation: [2, 3], groups: 2 })],
    ["depthwise 2 x 2, wide, stride 2", square(1, 2, 7, 30, 2, 2, { stride: [2, 2], groups: 2 })],
    ["depthwise 2 x 2, wide, stride 3", square(1, 2, 8, 46, 2, 2, { stride: [2, 3], groups: 2 })],
    ["a stride with many channels to 11", square(2, 40, 12, 13, 11, 4, { stride: [3, 3] })],
    ["a stride with many channels to 5", square(3, 16, 13, 10, 5, 4, { stride: [3, 2] })],
    ["a stride with groups, in place", square(2, 24, 11, 9, 26, 3, { padding: [0, 0], stride: [3, 2], groups: 2 })],
    ["columns gathered in blocks of rows", square(1, 9, 37, 58, 40, 3, { stride: [2, 2] })],
    ["a stride between kernel and dilation", square(1, 4, 19, 23, 5, 2, { stride: [3, 5], dilation: [2, 1] })],
    ["depthwise, narrow", square(2, 3, 6, 3, 3, 3, { padding: [1, 0], groups: 3 })],
    ["depthwise, one column with a stride", square(2, 2, 21, 8, 2, 7, { padding: [0, 0], stride: [3, 3], groups: 2 })],
    ["depthwise, two columns of five rows", square(1, 2, 9, 5, 2, 3, { padding: [1, 0], stride: [2, 2], groups: 2 })],
    ["rows of three floats, stride 3", square(2, 5, 20, 7, 6, 2, { stride: [3, 3] })],
    ["rows of four floats, stride 2", square(2, 5, 20, 7, 6, 1, { padding: [0, 0], stride: [2, 2] })],
    ["wide rows, stride 3", square(1, 5, 4, 61, 6, 4, { stride: [3, 3] })],
    ["phases without padding between channels", square(2, 6, 12, 12, 5, 2, { padding: [0, 0], stride: [2, 2] })],
    ["padding of many images and groups", square(5, 6, 9, 9, 4, 3, { stride: [2, 2], groups: 2 })],
    ["a gradient over whole planes", square(3, 8, 21, 21, 16, 3, { padding: [0, 0], stride: [2, 2] })],
  ])("equals its definition: %s", (_, g) => check(g));

  it.each([
    ["2 x 2, wide", 1, 2, 2],
    ["2 x 2, wide, stride 2", 1, 2, 4],
    ["2 x 2, wide, stride 3", 1, 3, 3],
    ["four planes", 4, 2, 3],
  ])("keeps a NaN at the end of a row out of the next: depthwise %s", (_, c, stride, h) => {
    const values = new Float32Array(c * h * 40).fill(1);
    values[39] = Number.NaN;
    const x = tensor(values, { shape: [1, c, h, 40] });
    const y = conv2d(x, ones([c, 1, 2, 2]), { stride, padding: [0, 1], groups: c });
    const [, , , ow] = y.shape as [number, number, number, number];
    const last = outputs(40, 2, stride, 1, 1, 1) - 1;
    const seen = [last - 1, last].filter((i) => i * stride - 1 <= 39 && i * stride >= 39);
    const expected = seen.length === 0 ? [] : seen;
    const found = [...y.data].flatMap((v, i) => (Number.isNaN(v) ? [i] : []));
    expect(found).toEqual(expected);
    expect(ow).toBe(last + 1);
  });

  it("reads strided views and takes one image without a batch", () => {
    const x = made([2, 5, 4, 3], 0).detach();
    const turned = x.permute(0, 3, 1, 2);
    const weight = made([2, 3, 3, 3], 1).detach();
    const y = conv2d(turned, weight, { padding: 1 });
    expect(y.toArray()).toEqual(conv2d(turned.contiguous(), weight, { padding: 1 }).toArray());
    const one = conv2d(turned.select(0, 1), weight, { padding: 1 });
    expect(one.shape).toEqual([2, 5, 4]);
    expect(one.toArray()).toEqual((y.toArray() as number[][])[1]);
    gradcheck((v, w) => conv2d(v.permute(0, 3, 1, 2), w), [x, weight]);
  });

  it.each([
    ["plain", { stride: [2, 1] as const, padding: [0, 1] as const }, [2, 2, 4, 5], [3, 2, 3, 2]],
    ["same", { padding: "same" as const, dilation: 2 }, [1, 2, 4, 4], [2, 2, 2, 3]],
    ["depthwise", { groups: 2, stride: 2, padding: 1 }, [1, 2, 5, 6], [2, 1, 3, 3]],
  ])("has the numeric gradient: %s", (_, options, xs, ws) => {
    const inputs = [made(xs, 0), made(ws, 1), made([ws[0] as number], 2)];
    gradcheck((x, w, bias) => conv2d(x, w, { bias, ...options }), inputs);
  });

  it("takes an empty batch, whose gradients are zero", () => {
    const x = zeros([0, 2, 5, 5], { requiresGrad: true });
    const weight = made([3, 2, 3, 3], 0);
    const bias = made([3], 0);
    const y = conv2d(x, weight, { bias });
    expect(y.shape).toEqual([0, 3, 3, 3]);
    y.backward(zeros([0, 3, 3, 3]));
    expect(x.grad?.shape).toEqual([0, 2, 5, 5]);
    expect(weight.grad?.data).toEqual(new Float32Array(54));
    expect(bias.grad?.data).toEqual(new Float32Array(3));
  });

  it("lets NaN and infinities through where the window holds them, and nowhere else", () => {
    const values = new Float32Array(36).fill(1);
    values[0] = Number.NaN;
    values[35] = Infinity;
    const x = tensor(values, { shape: [1, 1, 6, 6], requiresGrad: true });
    const weight = ones([1, 1, 3, 3], { requiresGrad: true });
    const y = conv2d(x, weight);
    close(y, [Number.NaN, ...new Array(14).fill(9), Infinity]);
    y.backward(ones([1, 1, 4, 4]));
    const gw = [Number.NaN, 16, 16, 16, 16, 16, 16, 16, Infinity];
    close(weight.grad as Tensor, gw);
    // the same with the channels that take the other kernels
    const many = ones([4, 1, 3, 3], { requiresGrad: true });
    conv2d(x, many).backward(ones([1, 4, 4, 4]));
    close(many.grad as Tensor, [...gw, ...gw, ...gw, ...gw]);
  });

  it("keeps the NaN of a row out of the padding of the next, where rows are narrow", () => {
    const pixels = new Float32Array(49).fill(1);
    pixels[13] = Number.NaN;
    const x = tensor(pixels, { shape: [1, 1, 7, 7] });
    // windows at rows -1, 2 and 5: none holds row 1, whose last pixel lies before the first of row 2
    const y = conv2d(x, ones([1, 1, 2, 2]), { stride: 3, padding: 1 });
    close(y, [1, 2, 2, 2, 4, 4, 2, 4, 4]);
  });

  it("gives gradients to those that want them only", () => {
    const [x, weight] = [made([1, 2, 4, 4], 0), made([2, 2, 3, 3], 1)];
    conv2d(x.detach(), weight).backward(ones([1, 2, 2, 2]));
    expect([x.grad, weight.grad === null]).toEqual([null, false]);
    const before = weight.grad?.data;
    conv2d(x, weight.detach()).backward(ones([1, 2, 2, 2]));
    expect(weight.grad?.data).toEqual(before);
    expect(x.grad?.data.some((v) => v !== 0)).toBe(true);
    expect(noGrad(() => conv2d(x, weight)).requiresGrad).toBe(false);
  });

  it("frees what it made", () => {
    const [x, weight, bias] = [made([2, 2, 5, 5], 0), made([3, 2, 3, 3], 1), made([3], 2)];
    const run = () => conv2d(x, weight, { bias, padding: 1 });
    leakcheck(run);
    leakcheck(() => noGrad(run));
    const turned = x.transpose(2, 3);
    leakcheck(() => conv2d(turned, weight, { bias }));
  });
});

describe("conv2d names what does not fit", () => {
  const x = zeros([1, 4, 5, 6]);
  const weight = zeros([2, 4, 3, 3]);
  it.each<[string, () => unknown]>([
    ["conv2d: expected input [c, h, w] or [n, c, h, w], got the shape [5, 6]", () => conv2d(zeros([5, 6]), weight)],
    ["got the shape [1, 1, 4, 5, 6]", () => conv2d(zeros([1, 1, 4, 5, 6]), weight)],
    [
      "conv2d: expected weight [outChannels, inChannels / groups, kh, kw], got [2, 4, 3]",
      () => conv2d(x, zeros([2, 4, 3])),
    ],
    [
      "conv2d: weight [2, 3, 3, 3] with groups 1 wants 3 channels, got input [1, 4, 5, 6]",
      () => conv2d(x, zeros([2, 3, 3, 3])),
    ],
    [
      "conv2d: weight [2, 4, 3, 3] with groups 2 wants 8 channels, got input [1, 4, 5, 6]",
      () => conv2d(x, weight, { groups: 2 }),
    ],
    [
      "conv2d: expected the first size of weight [3, 2, 3, 3] to be a multiple of groups 2",
      () => conv2d(x, zeros([3, 2, 3, 3]), { groups: 2 }),
    ],
    [
      "conv2d: expected the first size of weight [2, 1, 3, 3] to be a multiple of groups 4",
      () => conv2d(x, zeros([2, 1, 3, 3]), { groups: 4 }),
    ],
    ["expected the first size of weight [0, 4, 3, 3]", () => conv2d(x, zeros([0, 4, 3, 3]))],
    ["expected groups to be positive, got 0", () => conv2d(x, weight, { groups: 0 })],
    ["expected groups to be an integer, got 1.5", () => conv2d(x, weight, { groups: 1.5 })],
    ["expected bias of shape [2], got [3]", () => conv2d(x, weight, { bias: zeros([3]) })],
    ["expected bias of shape [2], got [2, 1]", () => conv2d(x, weight, { bias: zeros([2, 1]) })],
    [
      "conv2d: the kernel [3, 3] can't be greater than the padded input [2, 6]",
      () => conv2d(zeros([1, 4, 2, 6]), weight),
    ],
    [
      "conv2d: the kernel [5, 7] can't be greater than the padded input [5, 6]",
      () => conv2d(x, weight, { dilation: [2, 3] }),
    ],
    [
      "conv2d: the kernel [3, 3] can't be greater than the padded input [2, 8]",
      () => conv2d(zeros([1, 4, 0, 6]), weight, { padding: 1 }),
    ],
    [
      "expected an input with channels, got the shape [1, 0, 5, 6]",
      () => conv2d(zeros([1, 0, 5, 6]), zeros([2, 0, 3, 3])),
    ],
    ["conv2d: expected a kernel greater than zero, got weight [2, 4, 0, 3]", () => conv2d(x, zeros([2, 4, 0, 3]))],
    ["expected stride to be positive, got 0", () => conv2d(x, weight, { stride: 0 })],
    ["expected stride to be positive, got [1, -1]", () => conv2d(x, weight, { stride: [1, -1] })],
    ["expected dilation to be positive, got 0", () => conv2d(x, weight, { dilation: 0 })],
    ["expected padding to be non-negative, got -1", () => conv2d(x, weight, { padding: -1 })],
    [
      "expected stride to be an integer or a pair of integers, got [1, 1, 1]",
      () => conv2d(x, weight, { stride: [1, 1, 1] as never }),
    ],
    ["expected padding to be an integer or a pair of integers, got 0.5", () => conv2d(x, weight, { padding: 0.5 })],
    [
      'conv2d: expected padding to be "same", "valid" or integers, got full',
      () => conv2d(x, weight, { padding: "full" as "same" }),
    ],
    ['conv2d: padding "same" wants a stride of 1, got [2, 2]', () => conv2d(x, weight, { padding: "same", stride: 2 })],
    ["expected input to be a Tensor, got undefined", () => conv2d(undefined as never, weight)],
    ["expected weight to be a Tensor, got undefined", () => conv2d(x, undefined as never)],
    ["expected bias to be a Tensor, got 3", () => conv2d(x, weight, { bias: 3 as never })],
    ["expected an object of options", () => conv2d(x, weight, zeros([2]) as never)],
    ["expected input to be float32, got int32", () => conv2d(x.int(), weight)],
    ["expected weight to be float32, got int32", () => conv2d(x, weight.int())],
  ])("%s", (message, run) => {
    expect(run).toThrow(message);
    expect(run).toThrow(/^conv2d: /);
  });
});
