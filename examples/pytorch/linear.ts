// layer = nn.Linear(in_features=10, out_features=5)
// x = torch.randn(3, 10)
// print(layer(x).shape)
import { nn, randn } from "lanegrad";

const layer = new nn.Linear(10, 5);
const x = randn(3, 10);
console.log(layer.forward(x).shape);
