// input, target = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.5, 2.5, 3.5])
// for criterion in (nn.L1Loss(), nn.MSELoss(), nn.SmoothL1Loss()):
//     print(criterion(input, target).item())
import { nn, tensor } from "lanegrad";

const input = tensor([1, 2, 3]);
const target = tensor([1.5, 2.5, 3.5]);
for (const criterion of [new nn.L1Loss(), new nn.MSELoss(), new nn.SmoothL1Loss()]) {
  console.log(criterion.forward(input, target).item());
}
