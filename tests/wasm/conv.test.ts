// conv2d on raw memory: vectors write whole rows of narrow planes, and nothing beyond the last plane.
import { describe, expect, it } from "vitest";
import { convolution } from "../../src/op.ts";
import { f32, heap, words } from "../../src/wasm/index.ts";
import { numbers } from "../check.ts";

const MARK = 7;

/** The depthwise convolution of n images of c planes, with a mark after its output. */
function check(n: number, c: number, h: number, w: number, kh: number, kw: number, stride: number): void {
  const [oh, ow] = [Math.floor((h - kh) / stride) + 1, Math.floor((w - kw) / stride) + 1];
  const sizes = [n * c * h * w, c * kh * kw, n * c * oh * ow];
  const bytes = sizes.map((size) => (size + 16) * 4);
  const [x, weight, y] = bytes.map((size) => heap.allocate(size)) as [number, number, number];
  f32.set(numbers(n * c * h * w), x / 4);
  f32.set(numbers(c * kh * kw), weight / 4);
  f32.fill(MARK, y / 4, y / 4 + n * c * oh * ow + 16);
  const table = words([n, c, h, w, c, kh, kw, stride, stride, 0, 0, 1, 1, c, oh, ow]);
  const size = convolution().conv2dWork(table) >>> 0;
  const work = heap.allocate(size);
  convolution().conv2d(x, weight, 0, 0, y, work, table);
  const end = y / 4 + n * c * oh * ow;
  expect([...f32.subarray(end, end + 16)]).toEqual(new Array(16).fill(MARK));
  [x, weight, y].forEach((at, i) => {
    heap.release(at, bytes[i] as number);
  });
  heap.release(work, size);
}

describe("conv2d", () => {
  it.each([
    ["one column", () => check(2, 3, 9, 3, 3, 3, 1)],
    ["two columns, four taps", () => check(1, 3, 9, 3, 2, 2, 1)],
    ["three columns with a stride", () => check(2, 2, 9, 7, 3, 3, 2)],
    ["planes of one output", () => check(5, 7, 3, 3, 3, 3, 1)],
    ["planes of two outputs", () => check(3, 5, 4, 3, 3, 3, 1)],
  ])("writes nothing beyond its output: depthwise, %s", (_, run) => run());
});
