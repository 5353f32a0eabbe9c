import { manualSeed, nn, optim, randn, type Tensor } from "lanegrad";

class Net extends nn.Module {
  fc1 = new nn.Linear(10, 5);
  relu = new nn.ReLU();
  fc2 = new nn.Linear(5, 2);
  override forward(x: Tensor): Tensor {
    return this.fc2.forward(this.relu.forward(this.fc1.forward(x)));
  }
}

manualSeed(0);
const model = new Net();
const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 });
const criterion = new nn.MSELoss();
for (let step = 0; step < 100; step++) {
  optimizer.zeroGrad();
  const loss = criterion.forward(model.forward(randn(5, 10)), randn(5, 2));
  loss.backward();
  optimizer.step();
}
console.log(model);
