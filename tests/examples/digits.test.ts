// The main job for one epoch: the losses that examples/digits/digits.py --perceptron prints from the same seed, and what is made of them.
import { describe, expect, it } from "vitest";
import { loadDigits } from "../../examples/digits/data.ts";
import { models } from "../../examples/digits/models.ts";
import { curve, svg, table } from "../../examples/digits/report.ts";
import { evaluate, trainEpoch } from "../../examples/digits/train.ts";
import { DataLoader, loadSafetensors, manualSeed, optim, saveSafetensors } from "../../src/index.ts";

/** PyTorch's losses of batches 10, 20, ... 140, and its mean and accuracy after the epoch. */
const LOSSES = [
  1.982, 1.5318, 1.0215, 0.8704, 0.7085, 0.5087, 0.4377, 0.4776, 0.4263, 0.5218, 0.2618, 0.5008, 0.2875, 0.3715,
];
const MEAN = 0.7646;
const ACCURACY = 0.895;

describe("the digits", () => {
  const { train, test } = loadDigits();

  it("are 9,000 to learn from and every tenth to be tested on", () => {
    expect([train.length, test.length]).toEqual([9000, 1000]);
    expect(train.tensors.map((t) => t.shape)).toEqual([[9000, 1, 28, 28], [9000]]);
    const classes = new Array<number>(10).fill(0);
    for (const digit of test.tensors[1].data) classes[digit] = (classes[digit] as number) + 1;
    expect(classes).toEqual([100, 112, 99, 104, 98, 86, 101, 107, 95, 98]);
  });

  it("teach a perceptron with PyTorch's losses, whose saved weights read as well", () => {
    manualSeed(0);
    const model = models.perceptron();
    const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 });
    const loader = new DataLoader(train, { batchSize: 64, shuffle: true });
    const losses: string[] = [];
    const mean = trainEpoch(model, loader, optimizer, ({ step, values }) => {
      if (step % 10 === 0) losses.push((values.loss as number).toFixed(4));
    });
    for (const [i, loss] of losses.entries())
      expect(Math.abs(Number(loss) - (LOSSES[i] as number))).toBeLessThan(1.5e-4);
    expect(losses.length).toBe(LOSSES.length);
    expect(mean).toBeCloseTo(MEAN, 3);
    const score = evaluate(model, test);
    expect(Math.abs(score.accuracy - ACCURACY)).toBeLessThanOrEqual(0.002);

    const fresh = models.perceptron();
    fresh.loadStateDict(loadSafetensors(saveSafetensors(model.stateDict())));
    expect(evaluate(fresh, test)).toEqual(score);

    expect(table(score).split("\n").length).toBe(11);
    expect(curve([mean, mean / 2])).toContain("epoch");
    const picture = svg("Digits", { losses: [mean], accuracies: [score.accuracy] }, score);
    expect(picture.startsWith("<svg")).toBe(true);
    expect(picture).toContain("of the held-out digits read right");
  });
});
