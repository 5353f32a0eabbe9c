// norm = nn.BatchNorm2d(16)
// x = torch.randn(4, 16, 32, 32)
// print(norm(x).shape)
import { nn, randn } from "lanegrad";

const norm = new nn.BatchNorm2d(16);
const x = randn(4, 16, 32, 32);
console.log(norm.forward(x).shape);
