// A Worker whose requests wait in the middle of everything: graphs, scopes, loops over data. Each answers with what it found.
import { DataLoader, functional, isGradEnabled, nn, noGrad, optim, scope, TensorDataset, tensor } from "lanegrad";

const shared = new nn.Linear(2, 1);

/** Lets all that wait in one request go on in one run of microtasks, where they mix most. */
class Gate {
  #waiting: (() => void)[] = [];

  pass(): Promise<void> {
    if (this.#waiting.length === 0) {
      setTimeout(() => {
        for (const go of this.#waiting.splice(0)) go();
      }, 2);
    }
    return new Promise((done) => this.#waiting.push(done));
  }
}

/** Waits in one of several ways. */
async function wait(gate: Gate, turn: number): Promise<void> {
  if (turn % 3 === 0) return gate.pass();
  if (turn % 3 === 1) return;
  await new Promise((done) => setTimeout(done, turn % 5));
}

async function work(id: number, gate: Gate): Promise<unknown[]> {
  const pause = (turn: number): Promise<void> => wait(gate, turn);
  const wrong: unknown[] = [];
  let turn = id;
  const same = (name: string, found: unknown, expected: unknown): void => {
    if (JSON.stringify(found) !== JSON.stringify(expected)) wrong.push([id, name, found, expected]);
  };
  await gate.pass();
  const x = tensor([id, id + 1], { requiresGrad: true });
  await pause(turn++);
  const doubled = noGrad(() => {
    same("noGrad holds inside", isGradEnabled(), false);
    return x.mul(2);
  });
  same("noGrad ends", isGradEnabled(), true);
  const inner = scope(() => x.add(1));
  await pause(turn++);
  same("what noGrad returned", doubled.toArray(), [2 * id, 2 * id + 2]);
  same("what scope returned", inner.toArray(), [id + 1, id + 2]);
  const loss = x
    .mul(x)
    .sum()
    .add(
      shared
        .forward(tensor([[id, 0]]))
        .sum()
        .mul(0),
    );
  await pause(turn++);
  loss.backward();
  await pause(turn++);
  same("the gradient", x.grad?.toArray(), [2 * id, 2 * id + 2]);

  const model = new nn.Linear(1, 1, { bias: false });
  noGrad(() => model.weight.fill_(0));
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
  const data = new TensorDataset(tensor([[1], [1], [1], [1]]), tensor(Array.from({ length: 4 }, () => [id])));
  const seen: number[] = [];
  for (const [input, target] of new DataLoader(data)) {
    const before = input.mul(id);
    await pause(turn++);
    const out = model.forward(input);
    const error = functional.mseLoss(out, target);
    await pause(turn++);
    optimizer.zeroGrad();
    error.backward();
    await pause(turn++);
    optimizer.step();
    same("the batch", [before.item(), target.item()], [id, id]);
    seen.push(Math.round((1000 * error.item()) / Math.max(1, id * id)) / 1000);
  }
  // each step leaves 0.8 of the distance
  same("the losses", seen, id === 0 ? [0, 0, 0, 0] : [1, 0.64, 0.41, 0.262]);
  try {
    scope(() => pause(1));
    wrong.push([id, "a promise out of scope"]);
  } catch {
    same("scope refuses a promise and ends", isGradEnabled(), true);
  }
  if (id % 4 === 0) {
    try {
      noGrad(() => {
        tensor([1]).matmul(tensor([1, 2]));
      });
      wrong.push([id, "a matmul that does not fit"]);
    } catch {
      same("noGrad ends by an error", isGradEnabled(), true);
    }
  }
  return wrong;
}

export default {
  async fetch(request: Request): Promise<Response> {
    const id = Number(new URL(request.url).searchParams.get("id"));
    try {
      const gate = new Gate();
      const all = [0, 1, 2, 3].map((i) => work(4 * id + i, gate));
      return Response.json((await Promise.all(all)).flat());
    } catch (error) {
      return Response.json([[id, String(error)]]);
    }
  },
};
