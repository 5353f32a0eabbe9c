import { describe, expect, it } from "vitest";
import {
  arange,
  clipGradNorm,
  DataLoader,
  type DataLoaderState,
  defaultCollate,
  functional,
  Generator,
  keep,
  manualSeed,
  memory,
  nn,
  noGrad,
  ones,
  optim,
  rand,
  randn,
  randomSplit,
  Subset,
  type Tensor,
  TensorDataset,
  tensor,
  zeros,
} from "../../src/index.ts";
import { fixtures } from "../check.ts";

interface Row {
  seed: number;
  n: number;
  batchSize: number;
  dropLast: boolean;
  shuffle: boolean;
  own: boolean;
  passes: [batches: number[][], count: number, after: number][];
}
const figures = fixtures<{ rows: Row[]; splits: { lengths: number[]; indices: number[][] }[] }>("loader");
/** Outlives the scope of the batch it was taken in. */
const keepAll = (state: DataLoaderState): DataLoaderState => {
  if (state.order !== null) keep(state.order);
  return state;
};
const wrong = (value: unknown): never => value as never;

describe("DataLoader", () => {
  it.each(figures.rows)(
    "seed $seed: $n samples by $batchSize, dropLast $dropLast, shuffle $shuffle, own generator $own",
    (row) => {
      const { n, batchSize, dropLast, shuffle } = row;
      manualSeed(row.seed);
      const generator = row.own ? new Generator().manualSeed(row.seed + 1) : undefined;
      const loader = new DataLoader(new TensorDataset(arange(n)), { batchSize, shuffle, dropLast, generator });
      for (const [expected, count, after] of row.passes) {
        const batches: number[][] = [];
        for (const [x] of loader) batches.push(Array.from(x.data));
        expect(batches.length).toBe(count);
        expect(loader.length).toBe(count);
        expect(n < 20 ? batches : [batches[0]?.slice(0, 5), batches.at(-1)?.slice(-5)]).toEqual(expected);
        expect(rand(1, { generator }).item()).toBe(after);
      }
    },
  );

  it("tells where its pass is, and goes on there in another loader", () => {
    manualSeed(3);
    const make = () => new DataLoader(new TensorDataset(arange(10)), { batchSize: 3, shuffle: true });
    const loader = make();
    expect(loader.stateDict()).toEqual({ batches: 0, order: null });
    let state = loader.stateDict();
    const batches: number[][] = [];
    for (const [x] of loader) {
      batches.push([...x.data]);
      if (batches.length === 2) state = keepAll(loader.stateDict());
    }
    expect(loader.stateDict()).toEqual({ batches: 0, order: null });
    expect(state.order?.toArray()).toEqual(batches.flat());
    const other = make();
    other.loadStateDict(state);
    expect(other.stateDict().batches).toBe(2);
    expect([...other].length).toBe(2);
    other.loadStateDict(state);
    const rest: number[][] = [];
    for (const [x] of other) rest.push([...x.data]);
    expect(rest).toEqual(batches.slice(2));
    expect([...other].length).toBe(4);
    for (const _ of other) break;
    expect(other.stateDict().batches).toBe(0);
  });

  it("refuses the state of another, and is then as it was", () => {
    const state = (batches: number, order: number[] | null) => ({
      batches,
      order: order === null ? null : tensor(Int32Array.from(order)),
    });
    const loader = new DataLoader(new TensorDataset(arange(4)), { batchSize: 2, shuffle: true });
    const bad: [unknown, RegExp][] = [
      [null, /loadStateDict: expected an object/],
      [state(-1, [0, 1, 2, 3]), /state of 0 to 2 batches, got -1/],
      [state(3, [0, 1, 2, 3]), /got 3/],
      [state(0.5, [0, 1, 2, 3]), /got 0.5/],
      [state(1, null), /order is not that of 4 samples/],
      [state(1, [0, 1, 2]), /order is not that of 4 samples/],
      [state(1, [0, 1, 2, 2]), /order is not that/],
      [state(1, [0, 1, 2, 4]), /order is not that/],
      [state(1, [-1, 0, 1, 2]), /order is not that/],
      [{ batches: 1, order: [0, 1, 2, 3] }, /order is not that/],
    ];
    for (const [given, message] of bad) expect(() => loader.loadStateDict(given as never)).toThrow(message);
    expect([...loader].length).toBe(2);
    const plain = new DataLoader(new TensorDataset(arange(4)), { batchSize: 2 });
    expect(() => plain.loadStateDict(state(1, [0, 1, 2, 3]))).toThrow(/4 samples, unshuffled/);
    plain.loadStateDict(state(1, null));
    expect([...plain].length).toBe(1);
  });

  it("takes every sample once a pass, in another order each time", () => {
    const loader = new DataLoader(new TensorDataset(arange(50)), { batchSize: 8, shuffle: true });
    const pass = () => [...loader].length;
    const order = () => {
      const seen: number[] = [];
      for (const [x] of loader) seen.push(...x.data);
      return seen;
    };
    const [a, b] = [order(), order()];
    expect(a).not.toEqual(b);
    expect([...a].sort((p, q) => p - q)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(pass()).toBe(7);
  });

  it("gives batches of all tensors, their dtypes and shapes kept", () => {
    const data = new TensorDataset(randn(5, 2, 3), tensor(Int32Array.of(1, 2, 3, 4, 5)));
    const shapes: unknown[] = [];
    for (const [x, y] of new DataLoader(data, { batchSize: 2 })) shapes.push([x.shape, x.dtype, y.shape, y.dtype]);
    expect(shapes).toEqual([
      [[2, 2, 3], "float32", [2], "int32"],
      [[2, 2, 3], "float32", [2], "int32"],
      [[1, 2, 3], "float32", [1], "int32"],
    ]);
  });

  it("takes arrays of samples, and collates them", () => {
    const samples = [
      { x: Float32Array.of(1, 2), label: 0, name: "a" },
      { x: Float32Array.of(3, 4), label: 1, name: "b" },
      { x: Float32Array.of(5, 6), label: 2, name: "c" },
    ];
    const seen: unknown[] = [];
    for (const batch of new DataLoader(samples, { batchSize: 2 })) {
      seen.push([batch.x.toArray(), batch.label.toArray(), batch.label.dtype, batch.name]);
    }
    expect(seen).toEqual([
      [
        [
          [1, 2],
          [3, 4],
        ],
        [0, 1],
        "int32",
        ["a", "b"],
      ],
      [[[5, 6]], [2], "int32", ["c"]],
    ]);
    const doubled = new DataLoader([1, 2, 3], { batchSize: 2, collateFn: (list) => list.map((v) => 2 * v) });
    expect([...doubled]).toEqual([[2, 4], [6]]);
  });

  it("passes nothing over an empty dataset", () => {
    expect([...new DataLoader(new TensorDataset(zeros(0, 3)), { batchSize: 2 })]).toEqual([]);
  });

  it("frees the temporaries of a batch when the next is drawn, on break and on errors", () => {
    const data = new TensorDataset(randn(20, 4));
    const { liveTensors, liveBytes } = memory();
    const kept: Tensor[] = [];
    for (const [x] of new DataLoader(data, { batchSize: 5 })) {
      x.clone();
      if (kept.length < 2) kept.push(keep(x.clone()));
      else break;
    }
    expect(() => {
      for (const [x] of new DataLoader(data, { batchSize: 5 })) {
        x.clone();
        throw new Error("stop");
      }
    }).toThrow("stop");
    expect(memory().liveTensors - liveTensors).toBe(2);
    for (const t of kept) t.dispose();
    expect(memory().liveBytes).toBe(liveBytes);
    let stale: Tensor | null = null;
    for (const [x] of new DataLoader(data, { batchSize: 10 })) stale ??= x;
    expect(() => stale?.clone()).toThrow("was freed by the end of its scope; to use it longer");
  });

  it("keeps tensors of concurrent asynchronous loops apart", async () => {
    const data = new TensorDataset(arange(6, { dtype: "float32" }));
    const results: number[][] = [];
    const run = async (factor: number) => {
      const seen: number[] = [];
      for (const [x] of new DataLoader(data, { batchSize: 2 })) {
        const before = x.clone();
        await Promise.resolve();
        const after = tensor([factor]);
        await new Promise((done) => setTimeout(done, factor));
        for (const v of before.data) seen.push(v * after.item() + (x.data[0] as number) * 0);
      }
      results.push(seen);
    };
    await Promise.all([run(1), run(2), run(3)]);
    expect(results.sort((a, b) => (a[1] as number) - (b[1] as number))).toEqual([
      [0, 1, 2, 3, 4, 5],
      [0, 2, 4, 6, 8, 10],
      [0, 3, 6, 9, 12, 15],
    ]);
  });

  it("frees nothing of another request that runs between a batch and its first await", async () => {
    let open = () => {};
    const gate = new Promise<void>((done) => {
      open = done;
    });
    const loop = async () => {
      await gate;
      for (const [x] of new DataLoader(new TensorDataset(randn(6, 3)), { batchSize: 2 })) {
        x.mul(2);
        await null;
      }
    };
    const other = async () => {
      await gate;
      const made = tensor([1, 2]);
      const returned = noGrad(() => made.add(1));
      await new Promise((done) => setTimeout(done, 5));
      return [made.toArray(), returned.toArray()];
    };
    const all = [loop(), other(), loop(), other()];
    open();
    expect((await Promise.all(all)).filter(Array.isArray)).toEqual(
      Array(2).fill([
        [1, 2],
        [2, 3],
      ]),
    );
  });

  it("an asynchronous loop frees what each batch's step has made, finalizers or not", async () => {
    manualSeed(0);
    const loader = new DataLoader(new TensorDataset(randn(256, 32), randn(256, 4)), { batchSize: 64 });
    const [first, second] = [new nn.Linear(32, 64), new nn.Linear(64, 4)];
    const optimizer = new optim.Adam([...first.parameters(), ...second.parameters()]);
    const pass = async () => {
      for (const [x, y] of loader) {
        optimizer.zeroGrad();
        const hidden = first.forward(x);
        const seen = functional.relu(hidden);
        const loss = functional.mseLoss(second.forward(seen), y);
        loss.backward();
        optimizer.step();
        await null;
      }
    };
    await pass();
    const before = memory();
    for (let i = 0; i < 25; i++) await pass();
    // the loss of each of 100 steps may wait for the collector, but no activation
    expect(memory().liveTensors - before.liveTensors).toBeLessThanOrEqual(100);
    expect(memory().liveBytes - before.liveBytes).toBeLessThanOrEqual(100 * 64);
  });

  it("10,000 training steps in one synchronous loop hold no more memory than 100", () => {
    manualSeed(0);
    const data = new TensorDataset(randn(64, 6), randn(64, 2));
    const loader = new DataLoader(data, { batchSize: 4, shuffle: true });
    const model = new nn.Sequential(new nn.Linear(6, 5), new nn.Dropout(), new nn.Linear(5, 2));
    const optimizer = new optim.Adam(model.parameters());
    let steps = 0;
    let after100: ReturnType<typeof memory> | null = null;
    while (steps < 10_000) {
      for (const [x, y] of loader) {
        optimizer.zeroGrad();
        const out = model.forward(x);
        functional.matmul(out, y.transpose(0, 1)).backward(ones(4, 4));
        clipGradNorm(model.parameters(), 1);
        optimizer.step();
        steps++;
        if (steps === 100) after100 = memory();
        if (steps === 10_000) {
          expect(memory().liveBytes).toBe(after100?.liveBytes);
          expect(memory().liveTensors).toBe(after100?.liveTensors);
        }
      }
    }
  });

  it.each([
    [() => new DataLoader(wrong(null)), "DataLoader: expected a dataset with length and get(index), got null"],
    [
      () => new DataLoader(wrong({ length: 3 })),
      "DataLoader: expected a dataset with length and get(index), got an object",
    ],
    [() => new DataLoader([1], { batchSize: 0 }), "DataLoader: expected batchSize to be a positive integer, got 0"],
    [() => new DataLoader([1], { batchSize: 1.5 }), "DataLoader: expected batchSize to be a positive integer, got 1.5"],
    [() => new DataLoader([1], { batchSize: -2 }), "DataLoader: expected batchSize to be a positive integer, got -2"],
    [() => new DataLoader([1], { shuffle: wrong(1) }), "DataLoader: expected shuffle to be a boolean, got 1"],
    [() => new DataLoader([], { shuffle: true }), "DataLoader: nothing to shuffle"],
    [() => new DataLoader([1], { generator: wrong(1) }), "DataLoader: expected generator to be a Generator, got 1"],
    [() => new DataLoader([1], { collateFn: wrong(1) }), "DataLoader: expected collateFn to be a function, got 1"],
    [() => new TensorDataset(), "TensorDataset: expected at least one tensor"],
    [() => new TensorDataset(zeros(3), zeros(2, 3)), "TensorDataset: size mismatch between tensors: [[3], [2, 3]]"],
    [() => new TensorDataset(wrong([1])), "TensorDataset: expected Tensors, got [1]"],
    [() => new TensorDataset(tensor(1)), "TensorDataset: a scalar has no samples"],
    [() => defaultCollate([]), "collate: expected an array of at least one sample"],
    [() => defaultCollate([undefined]), "collate: expected tensors, numbers, texts, arrays or objects, got undefined"],
    [() => defaultCollate([[1, 2], [3]]), "collate: expected arrays of one length, 2"],
  ] as const)("%# %s", (fn, message) => {
    expect(fn).toThrow(message);
  });
});

describe("parts of a dataset", () => {
  it.each(figures.splits)("randomSplit by $lengths draws PyTorch's", ({ lengths, indices }) => {
    manualSeed(4);
    const parts = randomSplit({ length: 10, get: (i) => i }, lengths);
    expect(parts.map((p) => p.indices)).toEqual(indices);
  });

  it("load as datasets of their own", () => {
    const part = new Subset(new TensorDataset(arange(10)), [7, 1, 4]);
    expect(part.get(0)[0].item()).toBe(7);
    const seen: number[] = [];
    for (const [x] of new DataLoader(part, { batchSize: 2 })) seen.push(...x.data);
    expect(seen).toEqual([7, 1, 4]);
    const plain = new Subset({ length: 5, get: (i: number) => i * 10 }, [4, 0]);
    expect([...new DataLoader(plain, { batchSize: 2 })].length).toBe(1);
  });

  it("reject lengths and indices that do not fit", () => {
    const data = new TensorDataset(arange(10));
    expect(() => randomSplit(data, [3, 3])).toThrow("randomSplit: expected lengths that sum to 10, got");
    expect(() => randomSplit(data, [-1, 11])).toThrow("randomSplit: expected lengths that sum to 10, got");
    expect(() => randomSplit(data, wrong(3))).toThrow("randomSplit: expected lengths as an array, got 3");
    expect(() => new Subset(data, [10])).toThrow("Subset: index 10 is out of range for 10 samples");
  });
});
