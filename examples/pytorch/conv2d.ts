// conv = nn.Conv2d(in_channels=3, out_channels=16, kernel_size=3, stride=1, padding=1)
// x = torch.randn(2, 3, 32, 32)
// print(conv(x).shape)
import { nn, randn } from "lanegrad";

const conv = new nn.Conv2d(3, 16, 3, { stride: 1, padding: 1 });
const x = randn(2, 3, 32, 32);
console.log(conv.forward(x).shape);
