// lstm = nn.LSTM(input_size=10, hidden_size=20)
// output, (hn, cn) = lstm(torch.randn(5, 3, 10))
// print(output.shape, hn.shape, cn.shape)
import { nn, randn } from "lanegrad";

const lstm = new nn.LSTM(10, 20);
const [output, [hN, cN]] = lstm.forward(randn(5, 3, 10));
console.log(output.shape, hN.shape, cN.shape);
