// torch.manual_seed(0); layer = nn.Linear(10, 5); print(layer.weight[0, :3].tolist(), layer.bias[:2].tolist())
// torch.manual_seed(0); conv = nn.Conv2d(3, 16, 3); print(conv.weight[0, 0, 0].tolist(), conv.bias[0].item())
// torch.manual_seed(0); lstm = nn.LSTM(10, 20); print(lstm.weight_ih_l0[0, :3].tolist(), lstm.bias_hh_l0[-1].item())
import { manualSeed, nn, type Tensor } from "lanegrad";

const part = (t: Tensor | null | undefined, from: number, to?: number): number[] =>
  Array.from(t?.data.slice(from, to) ?? []);

manualSeed(0);
const layer = new nn.Linear(10, 5);
console.log(part(layer.weight, 0, 3), part(layer.bias, 0, 2));
manualSeed(0);
const conv = new nn.Conv2d(3, 16, 3);
console.log(part(conv.weight, 0, 3), part(conv.bias, 0, 1));
manualSeed(0);
const state = new nn.LSTM(10, 20).stateDict();
console.log(part(state.weight_ih_l0, 0, 3), part(state.bias_hh_l0, -1));
