import type { TrainEvent } from "@dylora/trainer";
import type { Run } from "./run.ts";

/** A training run that goes on: wait for it with `await`, or look at its events with `for await`. Either alone will do. */
export class FinetuneJob implements PromiseLike<Run>, AsyncIterable<TrainEvent> {
  readonly #run: Promise<Run>;
  readonly #listeners = new Set<(event: TrainEvent) => void>();

  /** @param start begins the run, and is told where events go */
  constructor(start: (onEvent: (event: TrainEvent) => void) => Promise<Run>) {
    this.#run = start((event) => {
      for (const listener of this.#listeners) listener(event);
    });
  }

  /** Waits for the run. */
  // biome-ignore lint/suspicious/noThenProperty: the job is to be awaited.
  then<Fulfilled = Run, Rejected = never>(
    onFulfilled?: ((run: Run) => Fulfilled | PromiseLike<Fulfilled>) | null,
    onRejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): PromiseLike<Fulfilled | Rejected> {
    return this.#run.then(onFulfilled, onRejected);
  }

  /** Events from now on, until training ends. An error of the run is thrown here too. */
  async *[Symbol.asyncIterator](): AsyncGenerator<TrainEvent> {
    const waiting: TrainEvent[] = [];
    let wake: (() => void) | undefined;
    let ended = false;
    const listener = (event: TrainEvent): void => {
      waiting.push(event);
      wake?.();
    };
    this.#listeners.add(listener);
    const end = this.#run.finally(() => {
      ended = true;
      wake?.();
    });
    // It is thrown below.
    end.catch(() => undefined);
    try {
      while (true) {
        const event = waiting.shift();
        if (event !== undefined) yield event;
        else if (ended) break;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
      await end;
    } finally {
      this.#listeners.delete(listener);
    }
  }
}
