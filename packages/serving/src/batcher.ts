import { setImmediate as nextTurn } from "node:timers/promises";
import { ConfigError, checkWhole, ResourceError } from "@dylora/errors";
import type { PredictInput, TunedModel } from "@dylora/finetune";
import { checkSteps, type LoadStep, rankUnderLoad } from "./load-policy.ts";

/** How requests are computed together. */
export interface BatcherOptions {
  /** Most requests in a batch. Default 32. */
  readonly maxBatchSize?: number | undefined;
  /** From so many waiting requests on, new ones are refused. Default 512. */
  readonly maxWaiting?: number | undefined;
  /** When ranks are lowered because many requests wait. Default: never. */
  readonly steps?: readonly LoadStep[] | undefined;
}

/** What a request asks for besides its text. */
export interface ClassifyOptions {
  /** Rank to use. Default: the highest. */
  readonly rank?: number | undefined;
  /** Takes the request back: its reason is thrown, and a request that still waits is not computed. */
  readonly signal?: AbortSignal | undefined;
}

/** Answer to one request. */
export interface Answer {
  /** The class, the number of a regression, or the classes of a model with several labels. */
  readonly label: Awaited<ReturnType<TunedModel["predict"]>>["labels"][number];
  /** A logit for each output. */
  readonly logits: readonly number[];
  /** A probability for each class; empty for a regression. */
  readonly scores: readonly number[];
  /** Rank it was computed at: the one asked for, or a lower one under load. */
  readonly rank: number;
  /** Rank asked for. */
  readonly asked: number;
}

/** Computes requests together, each at its own rank. */
export interface Batcher extends AsyncDisposable {
  /** Requests that wait for their turn. */
  readonly waiting: number;
  /**
   * Classifies a text, or a pair of texts, together with whatever else waits.
   *
   * @throws ConfigError `rank_out_of_range`; ResourceError `queue_full`, `closed`; the signal's reason
   */
  classify(input: PredictInput, options?: ClassifyOptions): Promise<Answer>;
  /**
   * Puts another model in the place of the one in use, between two batches.
   *
   * @returns once nothing is computed with the old one, which the caller may then close
   */
  swap(model: TunedModel): Promise<void>;
  /** Takes no more requests, and waits for those in hand. The model stays open. */
  close(): Promise<void>;
}

interface Waiting {
  readonly input: PredictInput;
  readonly asked: number | undefined;
  /** Taken back: nobody waits for its answer. */
  gone: boolean;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/**
 * Makes a queue in front of a model: requests that wait are computed together, a rank for each. One that cannot be computed
 * fails alone.
 *
 * @param model an open model that classifies; it stays yours to close, after the batcher
 * @throws ConfigError `bad_option`, and `wrong_architecture` for a model that generates
 *
 * @example
 * ```ts
 * import { openAdapter } from "@dylora/finetune";
 * import { createBatcher } from "@dylora/serving";
 *
 * const options = { base: "examples/quickstart/model", backend: "wasm" };
 * const model = await openAdapter("examples/quickstart/adapter", options);
 * const batcher = createBatcher(model);
 * const ask = (rank: number) => batcher.classify("The Eagle has a low customer rating.", { rank });
 * const answers = await Promise.all([ask(1), ask(8)]); // one batch
 * console.log(answers.map(({ label, rank }) => `${label} at rank ${rank}`));
 * await batcher.close();
 * await model.close();
 * ```
 */
export function createBatcher(
  model: TunedModel,
  { maxBatchSize = 32, maxWaiting = 512, steps = [] }: BatcherOptions = {},
): Batcher {
  checkWhole("bad_option", "maxBatchSize", maxBatchSize, { min: 1 });
  checkWhole("bad_option", "maxWaiting", maxWaiting, { min: 0 });
  checkSteps(steps);
  checkClassifies(model);
  let current = model;
  let closed = false;
  let running: Promise<void> | undefined;
  let batchDone: Promise<void> = Promise.resolve();
  const queue: Waiting[] = [];

  /** Computes requests with one model; where they fail together, each is tried by itself. */
  async function compute(requests: readonly Waiting[], load: number): Promise<void> {
    const used = current;
    const asked = requests.map((request) => Math.min(request.asked ?? used.maxRank, used.maxRank));
    const ranks = asked.map((rank) => rankUnderLoad(rank, load, steps));
    try {
      const inputs = requests.map(({ input }) => input);
      const { labels, logits, scores } = await used.predict(inputs, { ranks, batchSize: requests.length });
      requests.forEach(({ resolve, asked: wanted }, at) => {
        resolve({
          label: labels[at] as Answer["label"],
          logits: [...(logits[at] as Float32Array)],
          scores: scores[at] ?? [],
          rank: ranks[at] as number,
          asked: wanted ?? used.maxRank,
        });
      });
    } catch (error) {
      if (requests.length === 1) requests[0]?.reject(error);
      else for (const request of requests.filter(({ gone }) => !gone)) await compute([request], load);
    }
  }

  async function run(): Promise<void> {
    while (queue.length > 0) {
      await nextTurn(); // requests that came in meanwhile join the batch
      const load = queue.length;
      const requests = queue.splice(0, maxBatchSize);
      if (requests.length === 0) break; // all were taken back
      batchDone = compute(requests, load);
      await batchDone;
    }
    running = undefined;
  }

  const close = async (): Promise<void> => {
    closed = true;
    await running;
  };

  return {
    get waiting() {
      return queue.length;
    },
    async classify(input, { rank, signal } = {}) {
      signal?.throwIfAborted();
      if (closed) throw new ResourceError("closed", "the batcher is closed and takes no more requests");
      if (rank !== undefined) checkWhole("rank_out_of_range", "rank", rank, { min: 1, max: current.maxRank });
      if (queue.length >= maxWaiting) throw new ResourceError("queue_full", `${maxWaiting} requests wait already`);
      return new Promise<Answer>((resolve, reject) => {
        const request: Waiting = {
          input,
          asked: rank,
          gone: false,
          resolve(answer) {
            signal?.removeEventListener("abort", leave);
            resolve(answer);
          },
          reject(error) {
            signal?.removeEventListener("abort", leave);
            reject(error);
          },
        };
        function leave(): void {
          request.gone = true;
          const place = queue.indexOf(request);
          if (place >= 0) queue.splice(place, 1);
          reject(signal?.reason);
        }
        signal?.addEventListener("abort", leave, { once: true });
        queue.push(request);
        running ??= run();
      });
    },
    async swap(next) {
      checkClassifies(next);
      current = next;
      await batchDone;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function checkClassifies({ kind, name }: TunedModel): void {
  if (kind !== "generation") return;
  throw new ConfigError("wrong_architecture", `${name} generates text; a batcher is for models that classify`);
}
