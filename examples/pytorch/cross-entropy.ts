// logits = torch.tensor([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]])
// print(nn.CrossEntropyLoss()(logits, torch.tensor([1, 2])).item())
import { nn, tensor } from "lanegrad";

const logits = tensor([
  [1, 2, 3],
  [1, 2, 3],
]);
console.log(new nn.CrossEntropyLoss().forward(logits, tensor(Int32Array.of(1, 2))).item());
