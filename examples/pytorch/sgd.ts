// torch.manual_seed(0)
// model = nn.Linear(10, 2)
// optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
// criterion = nn.MSELoss()
// for epoch in range(10):
//     x, y = torch.randn(5, 10), torch.randn(5, 2)
//     optimizer.zero_grad()
//     loss = criterion(model(x), y)
//     loss.backward()
//     optimizer.step()
//     print(epoch, loss.item())
import { manualSeed, nn, optim, randn } from "lanegrad";

manualSeed(0);
const model = new nn.Linear(10, 2);
const optimizer = new optim.SGD(model.parameters(), { lr: 0.01 });
const criterion = new nn.MSELoss();
for (let epoch = 0; epoch < 10; epoch++) {
  const x = randn(5, 10);
  const y = randn(5, 2);
  optimizer.zeroGrad();
  const loss = criterion.forward(model.forward(x), y);
  loss.backward();
  optimizer.step();
  console.log(epoch, loss.item());
}
