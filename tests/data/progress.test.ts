// progress: what a listener hears of a loop.
import { afterEach, expect, it, vi } from "vitest";
import { arange, DataLoader, memory, type Progress, progress, TensorDataset } from "../../src/index.ts";

afterEach(() => vi.restoreAllMocks());

/** A clock that gains a second whenever it is asked. */
function clock(): void {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => 1000 * now++);
}

it("hears every step with its figures, and draws what the loader draws", () => {
  clock();
  const heard: Progress[] = [];
  const steps = progress(new DataLoader(new TensorDataset(arange(5)), { batchSize: 2 }), (p) => heard.push(p));
  const seen: number[][] = [];
  const { liveTensors } = memory();
  for (const [x] of steps) {
    expect(heard.length).toBe(seen.length);
    seen.push([...x.data]);
    steps.tell({ loss: 1 / seen.length, batch: seen.length });
  }
  expect(memory().liveTensors).toBe(liveTensors);
  expect(seen).toEqual([[0, 1], [2, 3], [4]]);
  expect(heard.map((p) => [p.step, p.total, p.seconds, p.stepsPerSecond, p.remaining])).toEqual([
    [1, 3, 1, 1, 2],
    [2, 3, 2, 1, 1],
    [3, 3, 3, 1, 0],
  ]);
  expect(heard.map((p) => `${p}`)).toEqual([
    "1/3, 0:02 left, loss 1, batch 1",
    "2/3, 0:01 left, loss 0.5000, batch 2",
    "3/3, 0:00 left, loss 0.3333, batch 3",
  ]);
});

it("hears every few steps and the last, each time round anew", () => {
  const heard: [number, object][] = [];
  const steps = progress([1, 2, 3, 4, 5], (p) => heard.push([p.step, p.values]), { every: 2 });
  for (const v of steps) steps.tell({ v });
  expect(heard).toEqual([2, 4, 5].map((v) => [v, { v }]));
  heard.length = 0;
  for (const v of steps) if (v === 3) break;
  expect(heard).toEqual([[2, {}]]);
});

it("tells no time where the clock stands or the end is not known", () => {
  vi.spyOn(performance, "now").mockReturnValue(5);
  const heard: Progress[] = [];
  for (const _ of progress(new Set([1, 2]), (p) => heard.push(p)));
  expect(heard.map((p) => [p.total, p.stepsPerSecond, p.remaining, `${p}`])).toEqual([
    [null, 0, null, "1"],
    [null, 0, null, "2"],
  ]);
  vi.restoreAllMocks();
  clock();
  for (const _ of progress(Array(200), (p) => heard.push(p), { every: 100 }));
  expect(`${heard[2]}`).toBe("100/200, 0:01 left");
});

it("ends the loader's pass when the loop breaks off or throws", () => {
  const loader = new DataLoader(new TensorDataset(arange(6)), { batchSize: 2 });
  const { liveTensors } = memory();
  for (const _ of progress(loader, () => {})) break;
  expect(() => {
    for (const _ of progress(loader, () => {})) throw new Error("stop");
  }).toThrow("stop");
  expect([loader.stateDict().batches, memory().liveTensors]).toEqual([0, liveTensors]);
});

it("refuses what it cannot go over or call", () => {
  const wrong = (value: unknown): never => value as never;
  expect(() => progress(wrong(null), () => {})).toThrow("progress: expected an iterable, got null");
  expect(() => progress(wrong({ length: 3 }), () => {})).toThrow("progress: expected an iterable, got an object");
  expect(() => progress([], wrong(3))).toThrow("progress: expected a function that listens, got 3");
  expect(() => progress([], () => {}, { every: 0 })).toThrow(
    "progress: expected every to be a positive integer, got 0",
  );
});
