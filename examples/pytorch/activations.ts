// x = torch.tensor([[-1.0, 0.0, 1.0], [2.0, -3.0, 0.5]])
// print(nn.ReLU()(x))
// print(nn.Sigmoid()(x))
// print(nn.Tanh()(x))
// print(nn.Softmax(dim=1)(x))
import { nn, tensor } from "lanegrad";

const x = tensor([
  [-1, 0, 1],
  [2, -3, 0.5],
]);
for (const layer of [new nn.ReLU(), new nn.Sigmoid(), new nn.Tanh(), new nn.Softmax({ dim: 1 })]) {
  console.log(String(layer.forward(x)));
}
