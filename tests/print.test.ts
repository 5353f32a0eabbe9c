import { inspect } from "node:util";
import { expect, it } from "vitest";
import { type DType, tensor } from "../src/index.ts";
import { fixtures } from "./check.ts";

const { rows, leaf } = fixtures<{
  rows: { shape: number[]; dtype: DType; data: number[]; text: string }[];
  leaf: string;
}>("print");

it.each(rows.map((r) => [`${r.dtype} ${r.shape} ${r.data.slice(0, 3)}`, r] as const))(
  "prints %s as PyTorch",
  (_, row) => {
    const data = row.dtype === "int32" ? Int32Array.from(row.data) : Float32Array.from(row.data);
    expect(String(tensor(data, { shape: row.shape }))).toBe(row.text);
  },
);

it("says that a leaf requires grad, and where console.log finds it", () => {
  expect(inspect(tensor([1, 2.5], { requiresGrad: true }))).toBe(leaf);
});

it("prints a freed tensor too", () => {
  const x = tensor([1, 2]);
  x.dispose();
  expect(String(x)).toBe("tensor(<freed>, size=[2])");
});
