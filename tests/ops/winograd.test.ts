// 3x3 convolutions of many channels go by Winograd's larger tiles: their error against float64 stays within 4 times that of the sum
// over taps in float32, forward and for the gradient of the input, on sizes that leave tiles unfinished.
import { describe, expect, it } from "vitest";
import { conv2d, manualSeed, noGrad, ones, randn, type Tensor } from "../../src/index.ts";

interface Image {
  data: ArrayLike<number>;
  shape: readonly number[];
}

/** y = x correlated with w in float64, and term by term in float32: x[n, c, h, w], w[o, c, 3, 3] */
function sums(x: Image, w: Image, padding: number): { exact: Float64Array; direct: Float32Array } {
  // Tensor.data copies
  const [xs, ws] = [x.data, w.data];
  const [n, c, height, width] = x.shape as [number, number, number, number];
  const o = w.shape[0] as number;
  const [oh, ow] = [height + 2 * padding - 2, width + 2 * padding - 2];
  const exact = new Float64Array(n * o * oh * ow);
  const direct = new Float32Array(exact.length);
  let at = 0;
  for (let image = 0; image < n; image++) {
    for (let out = 0; out < o; out++) {
      for (let r = 0; r < oh; r++) {
        for (let q = 0; q < ow; q++, at++) {
          for (let i = 0; i < c; i++) {
            for (let tap = 0; tap < 9; tap++) {
              const [row, column] = [r + Math.floor(tap / 3) - padding, q + (tap % 3) - padding];
              if (row < 0 || column < 0 || row >= height || column >= width) continue;
              const term =
                (xs[((image * c + i) * height + row) * width + column] as number) *
                (ws[(out * c + i) * 9 + tap] as number);
              exact[at] = (exact[at] as number) + term;
              direct[at] = (direct[at] as number) + term;
            }
          }
        }
      }
    }
  }
  return { exact, direct };
}

/** The largest and the root mean square difference. */
function errors(values: ArrayLike<number>, exact: Float64Array): [number, number] {
  let [most, squares] = [0, 0];
  for (const [i, v] of exact.entries()) {
    const d = Math.abs((values[i] as number) - v);
    most = Math.max(most, d);
    squares += d * d;
  }
  return [most, Math.sqrt(squares / exact.length)];
}

function within(values: ArrayLike<number>, { exact, direct }: ReturnType<typeof sums>): void {
  const [most, mean] = errors(values, exact);
  const [directMost, directMean] = errors(direct, exact);
  expect(values.length).toBe(exact.length);
  expect(most / directMost, "largest error").toBeLessThan(4);
  expect(mean / directMean, "mean error").toBeLessThan(4);
}

describe("Winograd's larger tiles", () => {
  const shapes: [string, number, number, number, number, number][] = [
    ["whole tiles", 1, 64, 16, 16, 1],
    ["odd sizes", 1, 64, 13, 17, 1],
    ["no padding, several images", 3, 72, 16, 19, 0],
    ["wide padding, a row and a column left over", 2, 64, 14, 15, 2],
    ["many channels", 1, 256, 5, 14, 1],
    ["four tiles", 1, 96, 7, 7, 1],
    ["four tiles an image", 3, 64, 8, 5, 1],
    ["tall", 1, 64, 39, 6, 1],
  ];
  it.each(shapes)("forward: %s", (_, n, c, h, w, padding) => {
    manualSeed(n + c + h);
    const [x, weight] = noGrad(() => [randn(n, c, h, w).relu(), randn(9, c, 3, 3).mul(0.05)] as const);
    within(noGrad(() => conv2d(x, weight, { padding })).data, sums(x, weight, padding));
  });

  it.each(shapes)("the gradient of the input: %s", (_, n, o, h, w, padding) => {
    manualSeed(n + o + w);
    const c = 9;
    const x = randn(n, c, h, w, { requiresGrad: true });
    const weight = noGrad(() => randn(o, c, 3, 3).mul(0.05));
    const y = conv2d(x, weight, { padding });
    const gy = noGrad(() => randn(y.shape));
    x.grad = ones(x.shape).mul(0);
    y.backward(gy);
    const flipped = noGrad(() => weight.transpose(0, 1).flip([2, 3]).contiguous());
    within((x.grad as Tensor).data, sums(gy, flipped, 2 - padding));
  });

  it("in groups, as group by group", () => {
    manualSeed(5);
    const [x, weight] = [randn(2, 128, 9, 14), randn(20, 64, 3, 3)];
    const y = noGrad(() => conv2d(x, weight, { groups: 2, padding: 1 }));
    for (const group of [0, 1]) {
      const part = noGrad(() => conv2d(x.narrow(1, 64 * group, 64), weight.narrow(0, 10 * group, 10), { padding: 1 }));
      expect(y.narrow(1, 10 * group, 10).contiguous().data).toEqual(part.data);
    }
  });
});
