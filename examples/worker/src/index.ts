// The Worker: reads digits over HTTP, and hands corrections to the Durable Object that learns from them.
import { loadSafetensors, memory, scope } from "lanegrad";
import { PIXELS, Reader, read } from "../../reader/model.ts";
import weights from "../../reader/reader.safetensors";
import { BadRequest, readBody, readCorrection, readPixels } from "./request.ts";
import type { Trainer } from "./trainer.ts";

export { Trainer } from "./trainer.ts";

export interface Env {
  TRAINER: DurableObjectNamespace<Trainer>;
}

/** One model for each isolate: pretrained, then whatever the trainer made of it. */
const model = new Reader();
let version = -1;
let checked = 0;
/** Weights of other isolates' corrections are at most so old. */
const FRESH_MS = 5000;

function load(bytes: ArrayBuffer | Uint8Array, of: number): void {
  scope(() => {
    model.loadStateDict(loadSafetensors(bytes));
  });
  version = of;
}

const trainerOf = (env: Env): DurableObjectStub<Trainer> => env.TRAINER.getByName("digits");

/** Takes over the trainer's weights if they are newer than ours. */
async function refresh(env: Env): Promise<void> {
  checked = Date.now();
  const newer = await trainerOf(env).weights(version);
  // another request may have loaded later ones while this one waited
  if (newer !== null && newer.version > version) load(newer.bytes, newer.version);
}

type Route = (request: Request, env: Env, context: ExecutionContext) => Promise<Response>;

const routes: Record<string, Record<string, Route>> = {
  "/": {
    GET: async () =>
      Response.json({
        "POST /digit": `${PIXELS} pixels, as bytes (application/octet-stream) or { "pixels": [0 to 1, ...] }: which digit is it?`,
        "POST /correct": '{ "pixels": [...], "label": 0 to 9 }: learn it',
        "GET /model": "the weights as safetensors",
        "GET /status": "corrections so far, and memory",
      }),
  },
  "/digit": {
    POST: async (request, env, context) => {
      const pixels = readPixels(await readBody(request));
      if (Date.now() - checked > FRESH_MS) context.waitUntil(refresh(env));
      return Response.json({ ...read(model, pixels), version });
    },
  },
  "/correct": {
    POST: async (request, env) => {
      const { pixels, label } = readCorrection(await readBody(request));
      const result = await trainerOf(env).learn(pixels, label);
      await refresh(env);
      return Response.json(result);
    },
  },
  "/model": {
    GET: async (_, env) => {
      const current = await trainerOf(env).weights(-1);
      return new Response(current?.bytes ?? weights, { headers: { "content-type": "application/octet-stream" } });
    },
  },
  "/status": {
    GET: async (_, env) => Response.json({ version, corrections: await trainerOf(env).count(), memory: memory() }),
  },
};

const refuse = (status: number, reason: string, headers: Record<string, string> = {}): Response =>
  Response.json({ error: reason }, { status, headers });

export default {
  async fetch(request, env, context): Promise<Response> {
    const { pathname } = new URL(request.url);
    const methods = Object.hasOwn(routes, pathname) ? routes[pathname] : undefined;
    if (methods === undefined) return refuse(404, `no ${pathname} here: there are ${Object.keys(routes).join(" ")}`);
    const route = Object.hasOwn(methods, request.method) ? methods[request.method] : undefined;
    if (route === undefined) {
      const allow = Object.keys(methods).join(", ");
      return refuse(405, `${pathname} takes ${allow}, not ${request.method}`, { allow });
    }
    try {
      if (version < 0) load(weights, 0);
      return await route(request, env, context);
    } catch (error) {
      if (error instanceof BadRequest) return refuse(error.status, error.message);
      console.error(error);
      return refuse(500, "something went wrong here; it is not your request");
    }
  },
} satisfies ExportedHandler<Env>;
