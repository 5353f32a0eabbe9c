// torch.manual_seed(0)
// model = nn.Sequential(nn.Linear(10, 5), nn.ReLU(), nn.Linear(5, 2))
// print(model(torch.ones(1, 10)).tolist())
// print(model)
import { manualSeed, nn, ones } from "lanegrad";

manualSeed(0);
const model = new nn.Sequential(new nn.Linear(10, 5), new nn.ReLU(), new nn.Linear(5, 2));
console.log(model.forward(ones(1, 10)).toArray());
console.log(String(model));
