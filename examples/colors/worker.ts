import { loadSafetensors, noGrad, tensor } from "lanegrad";
import { makeModel } from "./model.ts";
import weights from "./weights.safetensors";

const model = makeModel();
model.loadStateDict(loadSafetensors(weights));

export default {
  fetch(request: Request): Response {
    const color = new URL(request.url).searchParams.get("color") ?? "";
    if (!/^[0-9a-f]{6}$/i.test(color)) return new Response("expected ?color=rrggbb", { status: 400 });
    const rgb = [0, 2, 4].map((i) => Number.parseInt(color.slice(i, i + 2), 16) / 255);
    const isLight = noGrad(() => model.forward(tensor(rgb)).argmax().item());
    return new Response(isLight ? "black text" : "white text");
  },
};
