// torch.manual_seed(0); print(torch.rand(5).tolist())
// torch.manual_seed(0); print(torch.randn(5).tolist())
// torch.manual_seed(0); print(torch.randint(0, 100, (6,)).tolist())
// torch.manual_seed(0); print(torch.randperm(10).tolist())
// torch.manual_seed(0); x = torch.randn(20); print(x[:6].tolist(), x[-4:].tolist())
import { manualSeed, rand, randint, randn, randperm } from "lanegrad";

manualSeed(0);
console.log(rand(5).toArray());
manualSeed(0);
console.log(randn(5).toArray());
manualSeed(0);
console.log(randint(0, 100, [6]).toArray());
manualSeed(0);
console.log(randperm(10).toArray());
manualSeed(0);
const x = randn(20);
console.log(Array.from(x.data.slice(0, 6)), Array.from(x.data.slice(-4)));
