// pool = nn.MaxPool2d(kernel_size=2, stride=2)
// x = torch.randn(1, 16, 32, 32)
// print(pool(x).shape)
import { nn, randn } from "lanegrad";

const pool = new nn.MaxPool2d(2, { stride: 2 });
const x = randn(1, 16, 32, 32);
console.log(pool.forward(x).shape);
