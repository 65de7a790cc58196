// The server's side of training: one worker at a time, and so many steps at most before it asks again.
import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { readEventLog, runPaths } from "@dylora/finetune";

/** What a worker is to do. */
export interface Job {
  readonly base: string;
  readonly table: string;
  readonly text: string;
  readonly label: string;
  readonly out: string;
  /** Steps of the run when this worker ends. */
  readonly until: number;
  /** Whether the run folder holds a run to go on with. */
  readonly resume: boolean;
}

/** What a worker tells. */
export type Told = { readonly step: number; readonly loss: number } | { readonly problem: string };

/** How far training is. */
export interface Status {
  running: boolean;
  step: number;
  loss: number | undefined;
  problem: string | undefined;
}

/** Trains in a worker thread, so that a step never keeps the server from answering. */
export class Trainer {
  readonly status: Status = { running: false, step: 0, loss: undefined, problem: undefined };
  #worker: Worker | undefined;
  readonly #data: Omit<Job, "until" | "resume">;

  /** @param data what is trained, and the run folder */
  constructor(data: Omit<Job, "until" | "resume">) {
    this.#data = data;
  }

  /** Takes so many more steps. @returns false where a worker is at work already */
  train(budget: number): boolean {
    if (this.#worker !== undefined) return false;
    const { status } = this;
    const { record, events } = runPaths(this.#data.out);
    const resume = existsSync(record);
    // The folder knows how far the run is, also after a restart of the server.
    const taken = resume ? (readEventLog(events).steps.at(-1)?.step ?? 0) : 0;
    const job: Job = { ...this.#data, resume, until: taken + budget };
    const worker = new Worker(new URL("train-worker.js", import.meta.url), { workerData: job });
    this.#worker = worker;
    Object.assign(status, { running: true, problem: undefined });
    worker.on("message", (told: Told) => void Object.assign(status, told));
    worker.on("error", (error) => {
      status.problem = error.message;
    });
    worker.on("exit", () => {
      this.#worker = undefined;
      status.running = false;
    });
    return true;
  }

  /** Ends training after the batch in hand; what was learnt is saved. */
  stop(): void {
    this.#worker?.postMessage("stop");
  }
}
