import fastify, { type FastifyInstance } from "fastify";
import { Batcher } from "./batcher.ts";
import { type LoadStep, loadSteps } from "./load-policy.ts";
import type { Classifier } from "./open-classifier.ts";

/** Settings of {@link createServer}. */
export interface ServerOptions {
  /** Most requests computed together. Default 32. */
  readonly batchSize?: number;
  /** When ranks are lowered. Default {@link loadSteps}. */
  readonly steps?: readonly LoadStep[];
  /** From so many waiting requests on, new ones are sent away with status 503. Default 512. */
  readonly mostWaiting?: number;
  /** Milliseconds in which a request must have arrived whole; then its connection is closed. Default 30,000. */
  readonly requestTimeout?: number;
}

/** What `POST /classify` answers. */
export interface Answer {
  /** Name of the likeliest class. */
  readonly label: string;
  /** A logit for each class. */
  readonly logits: readonly number[];
  /** Rank it was computed at. */
  readonly rank: number;
  /** Rank asked for. */
  readonly asked: number;
}

/**
 * An HTTP server that answers at the rank each request asks for:
 *
 * - `POST /classify` with `{ "text": "…", "rank": 2 }` (default: the highest) gives an {@link Answer};
 * - `GET /` says which ranks and classes there are, and how many requests wait.
 */
export function createServer(
  classifier: Classifier,
  { batchSize = 32, steps = loadSteps, mostWaiting = 512, requestTimeout = 30_000 }: ServerOptions = {},
): FastifyInstance {
  const { labels } = classifier;
  const { maxRank } = classifier.adapted.adapter;
  const batcher = new Batcher(classifier, { batchSize, steps });
  const server = fastify({
    requestTimeout,
    // Node exchanges the two times where that of the headers is the longer one, and looks for late requests only so often.
    http: { headersTimeout: requestTimeout, connectionsCheckingInterval: Math.min(1_000, requestTimeout) },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
  });

  server.get("/", () => ({ maxRank, labels, waiting: batcher.waiting }));

  const body = {
    type: "object",
    required: ["text"],
    additionalProperties: false,
    properties: {
      text: { type: "string", minLength: 1, maxLength: 10_000 },
      rank: { type: "integer", minimum: 1, maximum: maxRank, default: maxRank },
    },
  };
  server.post<{ Body: { text: string; rank: number } }>("/classify", { schema: { body } }, async (request, reply) => {
    if (batcher.waiting >= mostWaiting) {
      return reply
        .code(503)
        .header("retry-after", "1")
        .send({ message: `${mostWaiting} requests wait already` });
    }
    const { text, rank: asked } = request.body;
    const { rank, logits } = await batcher.classify(classifier.encode(text), asked);
    const label = labels[logits.indexOf(Math.max(...logits))] as string;
    return { label, logits: [...logits], rank, asked } satisfies Answer;
  });
  return server;
}
