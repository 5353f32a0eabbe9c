import { writeFileSync } from "node:fs";
import { functional, manualSeed, optim, rand, saveSafetensors, scope, tensor } from "lanegrad";
import { makeModel } from "./model.ts";

manualSeed(0);
const model = makeModel();
const optimizer = new optim.Adam(model.parameters(), { lr: 0.01 });
for (let step = 0; step < 500; step++) {
  scope(() => {
    const colors = rand(64, 3); // red, green, blue
    const light = colors.matmul(tensor([0.299, 0.587, 0.114])).gt(0.5);
    optimizer.zeroGrad();
    functional.crossEntropy(model.forward(colors), light).backward();
    optimizer.step();
  });
}
writeFileSync("weights.safetensors", saveSafetensors(model.stateDict()));
