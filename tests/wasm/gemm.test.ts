// gemm and the linear kernels on raw memory: every path that size and strides choose, writing nothing beyond y.
import { describe, expect, it } from "vitest";
import { f32, heap, kernels as k } from "../../src/wasm/index.ts";
import { numbers } from "../check.ts";

const MARK = 7;

/** A block of `n` floats between two marks, filled with numbers; `give` frees it. */
function block(
  n: number,
  skip: number,
): { at: number; values: () => Float32Array; check: () => void; give: () => void } {
  const bytes = (n + 32) * 4;
  const start = heap.allocate(bytes);
  f32.fill(MARK, start / 4, start / 4 + n + 32);
  const at = start + 64;
  f32.set(numbers(n + skip).subarray(skip), at / 4);
  return {
    at,
    values: () => f32.slice(at / 4, at / 4 + n),
    check: () => {
      const around = [...f32.subarray(start / 4, at / 4), ...f32.subarray(at / 4 + n, at / 4 + n + 16)];
      if (around.some((v) => v !== MARK)) expect.fail(`wrote outside a block of ${n}: ${around}`);
    },
    give: () => heap.release(start, bytes),
  };
}

type Turn = "plain" | "turned" | "gaps";
/** Row and column strides of a [rows, cols] matrix. */
function stridesOf(rows: number, cols: number, turn: Turn): [number, number] {
  return turn === "plain" ? [cols, 1] : turn === "turned" ? [1, rows] : [2 * cols, 2];
}

function checkGemm(
  m: number,
  n: number,
  depth: number,
  turnA: Turn,
  turnB: Turn,
  accumulate: 0 | 1,
  gap: number,
): void {
  const a = block(2 * m * depth, 0);
  const b = block(2 * depth * n, 1);
  const y = block(m * (n + gap), 2);
  const bytes = k.gemmWork(m, n, depth);
  const work = block(bytes / 4, 3);
  const before = y.values();
  const [ar, ac] = stridesOf(m, depth, turnA);
  const [br, bc] = stridesOf(depth, n, turnB);
  k.gemm(a.at, b.at, y.at, work.at, m, n, depth, ar, ac, br, bc, n + gap, accumulate);
  const [va, vb, vy] = [a.values(), b.values(), y.values()];
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n + gap; j++) {
      const old = before[i * (n + gap) + j] as number;
      let sum = accumulate || j >= n ? old : 0;
      let size = 1;
      for (let p = 0; j < n && p < depth; p++) {
        const term = (va[i * ar + p * ac] as number) * (vb[p * br + j * bc] as number);
        sum += term;
        size += Math.abs(term);
      }
      const error = Math.abs((vy[i * (n + gap) + j] as number) - sum) / size;
      if (!(error < 1e-6)) expect.fail(`${m} x ${n} x ${depth} at ${i}, ${j}: relative error ${error}`);
    }
  }
  for (const x of [a, b, y, work]) {
    x.check();
    x.give();
  }
}

const turns: Turn[] = ["plain", "turned", "gaps"];
const small = [0, 1, 2, 3, 5, 8, 13, 17];
const large: [number, number, number][] = [
  [1, 600, 300],
  [600, 1, 300],
  [2, 70, 520],
  [3, 40, 4100],
  [5, 130, 530],
  [70, 12, 270],
  [70, 33, 270],
  [8, 128, 520],
  [70, 128, 260],
  [200, 70, 65],
  [66, 1030, 12],
  [100, 110, 300],
  // few columns, and little depth
  [40, 9, 33],
  [36, 3, 20],
  [50, 21, 60],
  [20, 70, 3],
  [9, 100, 2],
];

describe("gemm", () => {
  it.each(turns.flatMap((p) => turns.map((q) => [p, q] as const)))("%s x %s, all small sizes", (turnA, turnB) => {
    let turn = 0;
    for (const m of small) {
      for (const n of small) {
        for (const depth of small) {
          turn++;
          checkGemm(m, n, depth, turnA, turnB, turn % 2 ? 1 : 0, turn % 3 === 0 ? 2 : 0);
        }
      }
    }
  });

  it.each(large)("%i x %i x %i in every layout", (m, n, depth) => {
    let turn = 0;
    for (const turnA of turns) {
      for (const turnB of turns) checkGemm(m, n, depth, turnA, turnB, turn++ % 2 ? 1 : 0, turn % 2);
    }
  });

  it("keeps long sums exact to rounding", () => {
    const n = 200_000;
    const a = block(n, 0);
    f32.fill(0.1, a.at / 4, a.at / 4 + n);
    const y = block(1, 0);
    const work = block(k.gemmWork(1, 1, n) / 4, 0);
    k.gemm(a.at, a.at, y.at, work.at, 1, 1, n, n, 1, 1, 1, 1, 0);
    const exact = n * Math.fround(0.1) ** 2;
    expect(Math.abs((y.values()[0] as number) - exact) / exact).toBeLessThan(1e-5);
    for (const x of [a, y, work]) x.give();
  });
});

describe("batchedGemm", () => {
  it("steps through its factors, and sums where y stands still", () => {
    const [batch, m, n, depth] = [3, 4, 5, 6];
    const a = block(batch * m * depth, 0);
    const b = block(depth * n, 1);
    const y = block(batch * m * n, 2);
    const one = block(m * n, 3);
    const work = block(k.gemmWork(m, n, depth) / 4, 4);
    const strides = [depth, 1, n, 1, n] as const;
    k.batchedGemm(a.at, b.at, y.at, work.at, batch, m * depth, 0, m * n, m, n, depth, ...strides, 0);
    f32.fill(0, one.at / 4, one.at / 4 + m * n);
    k.batchedGemm(a.at, b.at, one.at, work.at, batch, m * depth, 0, 0, m, n, depth, ...strides, 1);
    const [va, vb, vy, v1] = [a.values(), b.values(), y.values(), one.values()];
    for (let i = 0; i < m * n; i++) {
      let total = 0;
      for (let s = 0; s < batch; s++) {
        let sum = 0;
        for (let p = 0; p < depth; p++) {
          sum += (va[s * m * depth + Math.floor(i / n) * depth + p] as number) * (vb[p * n + (i % n)] as number);
        }
        expect(vy[s * m * n + i]).toBeCloseTo(sum, 4);
        total += sum;
      }
      expect(v1[i]).toBeCloseTo(total, 4);
    }
    for (const x of [a, b, y, one, work]) {
      x.check();
      x.give();
    }
  });
});

describe("linear", () => {
  const sizes: [number, number, number][] = [
    [3, 5, 10],
    [1, 1, 1],
    [1, 7, 30],
    [9, 1, 17],
    [64, 10, 33],
    [17, 70, 130],
    [600, 3, 2],
    [40, 5, 7],
    [64, 23, 17],
    [30, 130, 3],
    [2, 3, 0],
    [0, 3, 2],
  ];
  it.each(sizes)("of %i rows to %i from %i adds its bias and all gradients", (m, n, depth) => {
    const [x, w, bias, gy] = [block(m * depth, 0), block(n * depth, 1), block(n, 2), block(m * n, 3)];
    const [y, gx, gw, gb] = [block(m * n, 4), block(m * depth, 5), block(n * depth, 6), block(n, 7)];
    const bytes = Math.max(k.gemmWork(m, n, depth), k.gemmWork(m, depth, n), k.gemmWork(n, depth, m));
    const work = block(bytes / 4, 8);
    const [ox, ow, ob] = [gx.values(), gw.values(), gb.values()];
    const [vx, vw, vb, vg] = [x.values(), w.values(), bias.values(), gy.values()];
    k.linear(x.at, w.at, bias.at, y.at, work.at, m, n, depth);
    k.linearGradX(gy.at, w.at, gx.at, work.at, m, n, depth);
    k.linearGradW(gy.at, x.at, gw.at, work.at, m, n, depth);
    k.linearGradBias(gy.at, gb.at, m, n);
    const v = (of: Float32Array, i: number) => of[i] as number;
    const compare = (
      got: Float32Array,
      start: (i: number) => number,
      terms: number,
      term: (i: number, t: number) => number,
    ) => {
      for (let i = 0; i < got.length; i++) {
        let sum = start(i);
        let size = Math.abs(sum) + 1;
        for (let t = 0; t < terms; t++) {
          sum += term(i, t);
          size += Math.abs(term(i, t));
        }
        expect(Math.abs(v(got, i) - sum) / size).toBeLessThan(1e-6);
      }
    };
    const [row, col] = [(i: number, s: number) => Math.floor(i / s), (i: number, s: number) => i % s];
    compare(
      y.values(),
      (i) => v(vb, col(i, n)),
      depth,
      (i, p) => v(vx, row(i, n) * depth + p) * v(vw, col(i, n) * depth + p),
    );
    compare(
      gx.values(),
      (i) => v(ox, i),
      n,
      (i, j) => v(vg, row(i, depth) * n + j) * v(vw, j * depth + col(i, depth)),
    );
    compare(
      gw.values(),
      (i) => v(ow, i),
      m,
      (i, r) => v(vg, r * n + row(i, depth)) * v(vx, r * depth + col(i, depth)),
    );
    compare(
      gb.values(),
      (i) => v(ob, i),
      m,
      (i, r) => v(vg, r * n + i),
    );
    for (const each of [x, w, bias, gy, y, gx, gw, gb, work]) {
      each.check();
      each.give();
    }
  });
});
