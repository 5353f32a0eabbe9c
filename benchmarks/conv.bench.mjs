// Convolution and max pooling through the public API against native PyTorch on one thread, if python3 has torch: node benchmarks/conv.bench.mjs
// Each round times both, one after the other. "forward" without the graph; "training" forward and backward to input, weight and bias.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { conv2d, maxPool2d, noGrad, ones, randn } from "../dist/index.js";
import { machine, quantile, repsFor, time } from "./harness.mjs";

// [name, batch, channels, height, width, outputs, kernel, stride, padding, groups]; outputs 0: max pooling
const shapes = [
  ["3x3 64 at 56", 1, 64, 56, 56, 64, 3, 1, 1, 1],
  ["3x3 128 at 28", 1, 128, 28, 28, 128, 3, 1, 1, 1],
  ["3x3 256 at 14", 1, 256, 14, 14, 256, 3, 1, 1, 1],
  ["3x3 512 at 7", 1, 512, 7, 7, 512, 3, 1, 1, 1],
  ["3x3 64 to 128, stride 2", 1, 64, 56, 56, 128, 3, 2, 1, 1],
  ["7x7 3 to 64, stride 2", 1, 3, 224, 224, 64, 7, 2, 3, 1],
  ["1x1 64 to 128 at 28", 1, 64, 28, 28, 128, 1, 1, 0, 1],
  ["depthwise 32 at 112", 1, 32, 112, 112, 32, 3, 1, 1, 32],
  ["depthwise 512 at 14", 1, 512, 14, 14, 512, 3, 1, 1, 512],
  ["depthwise 64, stride 2", 1, 64, 112, 112, 64, 3, 2, 1, 64],
  ["LeNet's first, batch 32", 32, 1, 28, 28, 6, 5, 1, 2, 1],
  ["LeNet's second, batch 32", 32, 6, 14, 14, 16, 5, 1, 0, 1],
  ["3x3 16 at 16, batch 16", 16, 16, 16, 16, 16, 3, 1, 1, 1],
  ["3x3 16 to 32 at 14, batch 64", 64, 16, 14, 14, 32, 3, 1, 1, 1],
  ["3x3 19 to 23 at 17 x 29, groups 1", 3, 19, 17, 29, 23, 3, 1, 1, 1],
  ["max pooling 2, 16 at 28, batch 64", 64, 16, 28, 28, 0, 2, 2, 0, 1],
  ["max pooling 3, stride 2, 64 at 112", 1, 64, 112, 112, 0, 3, 2, 1, 1],
];

const script = `
import json, sys, time
import torch, torch.nn.functional as F
torch.set_num_threads(1)
for line in sys.stdin:
    (name, n, c, h, w, o, k, s, p, g), training, rounds = json.loads(line)
    x = torch.randn(n, c, h, w, requires_grad=True)
    wt = torch.randn(o, c // g, k, k, requires_grad=True)
    b = torch.randn(o, requires_grad=True)
    op = (lambda: F.conv2d(x, wt, b, s, p, 1, g)) if o else (lambda: F.max_pool2d(x, k, s, p))
    gy = torch.ones_like(op())
    def call():
        if training:
            op().backward(gy)
            x.grad = wt.grad = b.grad = None
        else:
            with torch.no_grad(): op()
    for _ in range(3): call()
    t = time.perf_counter(); call(); reps = max(1, int(0.002 / max(time.perf_counter() - t, 1e-7)))
    print("ready", flush=True)
    for _ in range(rounds):
        sys.stdin.readline()
        t = time.perf_counter()
        for _ in range(reps): call()
        print((time.perf_counter() - t) * 1e3 / reps, flush=True)
`;

/** A PyTorch process that answers every line with one, or null where there is none. */
async function torch() {
  const child = spawn("/usr/bin/env", ["python3", "-c", `import torch\n${script}`], {
    stdio: ["pipe", "pipe", "ignore"],
    env: { ...process.env, PATH: `/usr/bin:${process.env.PATH}` },
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const ask = async (text) => {
    child.stdin.write(`${text}\n`);
    return (await lines.next()).value;
  };
  child.stdin.on("error", () => {});
  const ready = await ask(JSON.stringify([["", 1, 1, 1, 1, 1, 1, 1, 0, 1], false, 0]));
  return ready === "ready" ? { ask, end: () => child.stdin.end() } : null;
}

const ROUNDS = Number(process.argv[2] ?? 25);
const peer = await torch();
console.log(machine());
console.log(`${"".padEnd(38)} ms: lanegrad  PyTorch   ratio of medians, of the best tenths`);
for (const training of [false, true]) {
  for (const shape of shapes) {
    const [name, n, c, h, w, o, k, stride, padding, groups] = shape;
    const x = randn([n, c, h, w], { requiresGrad: training });
    const weight = randn([Math.max(o, 1), c / groups, k, k], { requiresGrad: training });
    const bias = randn([Math.max(o, 1)], { requiresGrad: training });
    const op = () =>
      o > 0 ? conv2d(x, weight, { bias, stride, padding, groups }) : maxPool2d(x, k, { stride, padding });
    const gy = ones(op().shape);
    const step = () => {
      const y = op();
      y.backward(gy);
      y.dispose();
      for (const t of [x, weight, bias]) t.grad = null;
    };
    const call = training ? step : () => noGrad(op).dispose();
    const reps = repsFor(call, 2);
    await peer?.ask(JSON.stringify([shape, training, ROUNDS]));
    const ours = [];
    const theirs = [];
    for (let r = 0; r < ROUNDS; r++) {
      ours.push(time(call, reps) / reps);
      if (peer) theirs.push(Number(await peer.ask("")));
    }
    const cells = [quantile(ours).toFixed(3).padStart(10)];
    if (peer) {
      cells.push(
        quantile(theirs).toFixed(3).padStart(9),
        (quantile(theirs) / quantile(ours)).toFixed(2).padStart(8),
        (quantile(theirs, 0.1) / quantile(ours, 0.1)).toFixed(2).padStart(10),
      );
    }
    console.log(`${`${training ? "training" : "forward"}, ${name}`.padEnd(42)} ${cells.join(" ")}`);
    for (const t of [x, weight, bias, gy]) t.dispose();
  }
}
peer?.end();
