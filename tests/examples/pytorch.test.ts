// Every snippet of examples/pytorch runs and prints what PyTorch prints for the lines in its comment.
import { readdirSync } from "node:fs";
import { format } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";

const SGD = [
  1.5486581325531006, 1.3872687816619873, 1.1039060354232788, 0.7919138669967651, 1.2708361148834229, 2.881892681121826,
  0.7634216547012329, 1.1569839715957642, 2.411170482635498, 1.3904709815979004,
];
const ADAM = [
  1.5486581325531006, 1.3761940002441406, 1.0969161987304688, 0.7958941459655762, 1.2763458490371704, 2.902310848236084,
  0.7635446190834045, 1.203095555305481, 2.4269137382507324, 1.4041354656219482,
];

/** What each file prints, arguments of console.log as they are. */
const printed: Record<string, unknown[]> = {
  activations: [
    "tensor([[0.0000, 0.0000, 1.0000],\n        [2.0000, 0.0000, 0.5000]])",
    "tensor([[0.2689, 0.5000, 0.7311],\n        [0.8808, 0.0474, 0.6225]])",
    "tensor([[-0.7616,  0.0000,  0.7616],\n        [ 0.9640, -0.9951,  0.4621]])",
    "tensor([[0.0900, 0.2447, 0.6652],\n        [0.8131, 0.0055, 0.1814]])",
  ],
  adam: ADAM.flatMap((loss, epoch) => [epoch, loss]),
  "batch-norm2d": [[4, 16, 32, 32]],
  bce: [0.6421903967857361],
  conv2d: [[2, 16, 32, 32]],
  "cross-entropy": [0.9076058864593506],
  "initial-weights": [
    [-0.002367540495470166, 0.16963835060596466, -0.26026973128318787],
    [0.20224684476852417, 0.3143724799156189],
    [-0.0014408392598852515, 0.10323861986398697, -0.15839511156082153],
    [0.16334742307662964],
    [-0.001674103899858892, 0.11995243281126022, -0.18403849005699158],
    [-0.07383409887552261],
  ],
  "kl-div": [0.03238210082054138],
  linear: [[3, 5]],
  lstm: [
    [5, 3, 20],
    [1, 3, 20],
    [1, 3, 20],
  ],
  "max-pool2d": [[1, 16, 16, 16]],
  random: [
    [0.49625658988952637, 0.7682217955589294, 0.08847743272781372, 0.13203048706054688, 0.30742281675338745],
    [1.5409960746765137, -0.293428897857666, -2.1787893772125244, 0.5684312582015991, -1.0845223665237427],
    [44, 39, 33, 60, 63, 79],
    [4, 1, 7, 5, 3, 9, 0, 8, 6, 2],
    [
      -1.1258398294448853, -1.152360200881958, -0.2505785822868347, -0.4338788092136383, 0.5988394618034363,
      -1.5550950765609741,
    ],
    [0.9318265914916992, 1.2590092420578003, 2.0049805641174316, 0.05373690277338028],
  ],
  "regression-losses": [0.5, 0.25, 0.125],
  sequential: [
    [[-0.2217918485403061, -0.052915915846824646]],
    "Sequential(\n  (0): Linear(in_features=10, out_features=5, bias=True)\n  (1): ReLU()\n" +
      "  (2): Linear(in_features=5, out_features=2, bias=True)\n)",
  ],
  sgd: SGD.flatMap((loss, epoch) => [epoch, loss]),
  "simple-model": [
    "0.6570",
    "0.5990",
    "0.5395",
    "0.5215",
    "0.5112",
    true,
    "SimpleModel(\n  (fc1): Linear(in_features=10, out_features=5, bias=True)\n  (relu): ReLU()\n" +
      "  (dropout): Dropout(p=0.5, inplace=False)\n  (fc2): Linear(in_features=5, out_features=2, bias=True)\n)",
  ],
};

/** Numbers agree within 1e-6, everything else exactly. */
function agree(actual: unknown, expected: unknown, at: string): void {
  if (typeof expected === "number" && typeof actual === "number") {
    const error = Math.abs(actual - expected);
    if (!(error <= 1e-6 + 1e-6 * Math.abs(expected))) expect.fail(`${at}: printed ${actual}, PyTorch ${expected}`);
  } else if (Array.isArray(expected) && Array.isArray(actual) && actual.length === expected.length) {
    for (const [i, v] of expected.entries()) agree(actual[i], v, `${at}[${i}]`);
  } else expect(format(actual), at).toBe(format(expected));
}

const files = readdirSync(new URL("../../examples/pytorch", import.meta.url)).map((f) => f.replace(/\.ts$/, ""));

afterEach(() => {
  vi.restoreAllMocks();
});

describe("the snippets that people know", () => {
  it.each(files)("%s prints PyTorch's figures", async (file) => {
    const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
    await import(`../../examples/pytorch/${file}.ts`);
    const actual = log.mock.calls.flat();
    const expected = printed[file] as unknown[];
    expect(expected, `figures of ${file}`).toBeDefined();
    expect(actual.length).toBe(expected.length);
    for (const [i, value] of expected.entries()) agree(actual[i], value, `value ${i}`);
  });
});
