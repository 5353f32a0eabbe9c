// p = torch.tensor([[0.5, 0.3, 0.2], [0.2, 0.3, 0.5]]).log()
// q = torch.tensor([[0.4, 0.3, 0.3], [0.3, 0.3, 0.4]])
// print(nn.KLDivLoss(reduction="batchmean")(p, q).item())
import { nn, tensor } from "lanegrad";

const p = tensor([
  [0.5, 0.3, 0.2],
  [0.2, 0.3, 0.5],
]).log();
const q = tensor([
  [0.4, 0.3, 0.3],
  [0.3, 0.3, 0.4],
]);
console.log(new nn.KLDivLoss({ reduction: "batchmean" }).forward(p, q).item());
