// p = torch.sigmoid(torch.tensor([0.5, 0.3, 0.2]))
// print(nn.BCELoss()(p, torch.tensor([1.0, 0.0, 1.0])).item())
import { nn, sigmoid, tensor } from "lanegrad";

const p = sigmoid(tensor([0.5, 0.3, 0.2]));
console.log(new nn.BCELoss().forward(p, tensor([1, 0, 1])).item());
