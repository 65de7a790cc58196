import { setImmediate as nextTurn } from "node:timers/promises";
import { type Batch, sequentialBatches } from "@dylora/data";
import { type LoadStep, rankUnderLoad } from "./load-policy.ts";
import type { Classifier } from "./open-classifier.ts";

/** Answer to one request. */
export interface Classified {
  /** Rank it was computed at: the one asked for, or a lower one under load. */
  readonly rank: number;
  /** A logit for each class. */
  readonly logits: Float32Array;
}

interface Waiting {
  readonly inputIds: number[];
  readonly asked: number;
  resolve(answer: Classified): void;
  reject(error: unknown): void;
}

/** Computes requests together, each at its own rank: a batch takes a list of ranks, one for each example. */
export class Batcher {
  readonly #classifier: Classifier;
  readonly #batchSize: number;
  readonly #steps: readonly LoadStep[];
  readonly #queue: Waiting[] = [];
  #running = false;

  /** @param options `batchSize`: most requests in a batch; `steps`: when ranks are lowered */
  constructor(classifier: Classifier, options: { readonly batchSize: number; readonly steps: readonly LoadStep[] }) {
    this.#classifier = classifier;
    this.#batchSize = options.batchSize;
    this.#steps = options.steps;
  }

  /** Requests that wait for their turn. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Classifies a text at a rank, together with whatever else waits. */
  classify(inputIds: number[], asked: number): Promise<Classified> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ inputIds, asked, resolve, reject });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#queue.length > 0) {
      await nextTurn(); // requests that came in meanwhile join the batch
      const load = this.#queue.length;
      const requests = this.#queue.splice(0, this.#batchSize);
      const ranks = requests.map(({ asked }) => rankUnderLoad(asked, load, this.#steps));
      try {
        const rows = await this.#compute(requests, ranks);
        requests.forEach(({ resolve }, i) => {
          resolve({ rank: ranks[i] as number, logits: rows[i] as Float32Array });
        });
      } catch (error) {
        for (const { reject } of requests) reject(error);
      }
    }
    this.#running = false;
  }

  /** Logits of each request, in order. */
  async #compute(requests: readonly Waiting[], ranks: readonly number[]): Promise<Float32Array[]> {
    const { adapted, padId } = this.#classifier;
    const batch: Batch = sequentialBatches(requests, { batchSize: requests.length, padId }).batch(0);
    const order = Array.from(batch.indices); // row of the batch -> request
    const logits = adapted.forward(batch, { view: { ranks: order.map((request) => ranks[request] as number) } });
    try {
      const values = (await logits.data()) as Float32Array;
      const classes = logits.shape[1];
      const rows: Float32Array[] = [];
      order.forEach((request, row) => {
        rows[request] = values.slice(row * classes, (row + 1) * classes);
      });
      return rows;
    } finally {
      logits.dispose();
    }
  }
}
