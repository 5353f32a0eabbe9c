// class SimpleModel(nn.Module):
//     def __init__(self):
//         super().__init__()
//         self.fc1 = nn.Linear(10, 5)
//         self.relu = nn.ReLU()
//         self.dropout = nn.Dropout(p=0.5)
//         self.fc2 = nn.Linear(5, 2)
//
//     def forward(self, x):
//         return self.fc2(self.dropout(self.relu(self.fc1(x))))
//
// torch.manual_seed(0)
// model = SimpleModel()
// optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
// criterion = nn.CrossEntropyLoss()
// x, y = torch.randn(64, 10), torch.randint(0, 2, (64,))
// for epoch in range(100):
//     optimizer.zero_grad()
//     loss = criterion(model(x), y)
//     loss.backward()
//     optimizer.step()
//     if epoch % 20 == 19:
//         print(f"{loss.item():.4f}")
// model.eval()
// print(torch.equal(model(x), model(x)))
// print(model)
import { manualSeed, nn, optim, randint, randn, type Tensor } from "lanegrad";

class SimpleModel extends nn.Module {
  fc1 = new nn.Linear(10, 5);
  relu = new nn.ReLU();
  dropout = new nn.Dropout({ p: 0.5 });
  fc2 = new nn.Linear(5, 2);

  override forward(x: Tensor): Tensor {
    return this.fc2.forward(this.dropout.forward(this.relu.forward(this.fc1.forward(x))));
  }
}

manualSeed(0);
const model = new SimpleModel();
const optimizer = new optim.Adam(model.parameters(), { lr: 0.01 });
const criterion = new nn.CrossEntropyLoss();
const x = randn(64, 10);
const y = randint(0, 2, [64]);
for (let epoch = 0; epoch < 100; epoch++) {
  optimizer.zeroGrad();
  const loss = criterion.forward(model.forward(x), y);
  loss.backward();
  optimizer.step();
  if (epoch % 20 === 19) console.log(loss.item().toFixed(4));
}
model.eval();
const [first, second] = [model.forward(x), model.forward(x)];
console.log(first.data.every((v, i) => v === second.data[i]));
console.log(String(model));
