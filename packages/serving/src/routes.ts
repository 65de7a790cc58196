import { checkWhole, DyloraError } from "@dylora/errors";
import type { TunedModel } from "@dylora/finetune";
import fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import type { Batcher } from "./batcher.ts";
import { writeEvents } from "./events.ts";
import { type LoadStep, rankUnderLoad } from "./load-policy.ts";
import type { Turns } from "./turns.ts";

/** What a request may ask of a server. */
export interface RouteLimits {
  /** Most characters of a text or prompt. Default 10,000. */
  readonly maxTextLength: number;
  /** Most tokens that are written for a request, whatever the model's own limit is. Default 1,024. */
  readonly maxNewTokens: number;
  /** Milliseconds in which a request must have arrived whole; then its connection is closed. Default 30,000. */
  readonly requestTimeout: number;
}

/** What the routes answer from. */
export interface Served {
  /** Computes texts that are classified; undefined where the model generates. */
  readonly batcher: Batcher | undefined;
  /** Whose turn it is to generate. */
  readonly turns: Turns;
  /** When ranks are lowered for texts that are generated. */
  readonly steps: readonly LoadStep[];
  /** The model in service. */
  model(): TunedModel;
  /** Since when it is in service, and how many requests wait. */
  about(): { readonly since: string; readonly waiting: number };
  /** Told what went wrong where no client is to blame. */
  readonly log: ((line: string) => void) | undefined;
}

interface GenerateBody {
  /** A whole prompt. */
  readonly prompt?: string;
  /** Instead of it data, which becomes a prompt in the form of the training. */
  readonly context?: string;
  readonly rank?: number;
  readonly max_new_tokens?: number;
  readonly stream?: boolean;
}

/** A signal that is aborted when the client goes away before its answer is whole. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) gone.abort(new Error("the client went away"));
  });
  return gone.signal;
}

/** Makes the server of HTTP; it does not listen yet. */
export function createRoutes(
  { batcher, turns, steps, model, about, log }: Served,
  { maxTextLength = 10_000, maxNewTokens = 1_024, requestTimeout = 30_000 }: Partial<RouteLimits>,
): FastifyInstance {
  checkWhole("bad_option", "maxTextLength", maxTextLength, { min: 1 });
  checkWhole("bad_option", "maxNewTokens", maxNewTokens, { min: 1 });
  checkWhole("bad_option", "requestTimeout", requestTimeout, { min: 1 });
  const server = fastify({
    requestTimeout,
    // Node exchanges the two times where that of the headers is the longer one, and looks for late requests only so often.
    http: { headersTimeout: requestTimeout, connectionsCheckingInterval: Math.min(1_000, requestTimeout) },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
  });
  server.setErrorHandler((error, _request, reply) => {
    const { code, message } = error as DyloraError;
    if (DyloraError.isInstance(error) && error.name === "ConfigError") {
      return reply.code(400).send({ statusCode: 400, code, error: "Bad Request", message });
    }
    if (code === "queue_full" || code === "closed") {
      const answer = { statusCode: 503, code, error: "Service Unavailable", message };
      return reply.code(503).header("retry-after", "1").send(answer);
    }
    if (((error as { statusCode?: number }).statusCode ?? 500) >= 500 && !reply.raw.destroyed) {
      log?.(`a request could not be answered: ${message}`);
    }
    return reply.send(error);
  });

  server.get("/health", () => ({ status: "ok" }));
  server.get("/", () => {
    const { name, kind, maxRank, labels, maxLength } = model();
    return { adapter: name, kind, maxRank, labels, maxLength, ...about() };
  });

  const text = { type: "string", minLength: 1, maxLength: maxTextLength };
  const rank = { type: "integer", minimum: 1 };
  const bodyOf = (either: readonly string[], properties: Readonly<Record<string, unknown>>) => ({
    schema: {
      body: {
        type: "object",
        oneOf: either.map((name) => ({ required: [name] })),
        additionalProperties: false,
        properties,
      },
    },
  });
  if (batcher !== undefined) {
    const properties = { text, text_pair: text, rank };
    server.post<{ Body: { text: string; text_pair?: string; rank?: number } }>(
      "/predict",
      bodyOf(["text"], properties),
      async ({ body }, reply) => {
        const input = body.text_pair === undefined ? body.text : ([body.text, body.text_pair] as const);
        return batcher.classify(input, { rank: body.rank, signal: goneSignal(reply) });
      },
    );
    return server;
  }
  const max = { type: "integer", minimum: 1, maximum: maxNewTokens };
  const properties = { prompt: text, context: text, rank, max_new_tokens: max, stream: { type: "boolean" } };
  server.post<{ Body: GenerateBody }>(
    "/generate",
    bodyOf(["prompt", "context"], properties),
    async ({ body }, reply) => {
      const signal = goneSignal(reply);
      const turn = await turns.take(model, signal);
      try {
        const input = body.prompt ?? { context: body.context as string };
        const { maxRank } = turn.model;
        const asked = body.rank ?? maxRank;
        checkWhole("rank_out_of_range", "rank", asked, { min: 1, max: maxRank });
        const rank = rankUnderLoad(asked, turns.waiting + 1, steps);
        const options = {
          signal,
          rank,
          newTokenLimit: maxNewTokens,
          ...(body.max_new_tokens === undefined ? {} : { maxNewTokens: body.max_new_tokens }),
        };
        if (body.stream === true)
          return await writeEvents(reply, turn.model.generateStream(input, options), { rank, asked });
        const { texts } = await turn.model.generate(input, options);
        return { text: texts[0] as string, rank, asked };
      } finally {
        turn.end();
      }
    },
  );
  return server;
}
