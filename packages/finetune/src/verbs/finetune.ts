import { ConfigError, showValue } from "@dylora/errors";
import type { TrainEvent } from "@dylora/trainer";
import type { WorkOptions } from "../context.ts";
import { headOfRun } from "../export/export-run.ts";
import { openTokenizer } from "../models/model-tokenizer.ts";
import { readSettings } from "../settings/read-settings.ts";
import { type DataSettings, type TrainingSettings, trainingSettings } from "../settings/training-settings.ts";
import { trainRun } from "../training/train-run.ts";
import { FinetuneJob } from "./finetune-job.ts";
import type { Model } from "./open-model.ts";
import type { Task } from "./open-task.ts";
import type { Run } from "./run.ts";
import { tunedModel } from "./tuned-model.ts";

/** Settings of a run that are its own, and not the model's or the task's. */
type OwnSettings = Omit<TrainingSettings, Exclude<keyof DataSettings, "maxLength"> | "backend" | "rank" | "lr">;

/** How a model is fine-tuned. Everything has a default. */
export interface FinetuneOptions extends Partial<OwnSettings>, WorkOptions {
  /** Highest rank: the adapter is trained over the ranks 1 to this. Default 8. */
  readonly maxRank?: number;
  /** Peak learning rate. Default 5e-4. */
  readonly learningRate?: number;
  /** Folder to keep the run in, with checkpoints to go on from. Default: the run is kept in memory. */
  readonly out?: string;
  /**
   * Go on with the run in the folder, which was stopped. What is not given stays as it was; what cannot change is refused.
   * Default false.
   */
  readonly resume?: boolean;
  /** Replace an earlier run in the folder. Default false. */
  readonly overwrite?: boolean;
  /** Told of every event of training. */
  readonly onEvent?: (event: TrainEvent) => void;
}

/** Members of the options that are no settings. */
const others = [
  "signal",
  "onProgress",
  "log",
  "availableMemory",
  "command",
  "versions",
  "models",
  "out",
  "overwrite",
  "resume",
  "onEvent",
];

/** Checks the options, also where no compiler did. @returns the settings, and the names of those that were given */
function settingsOf(
  model: Model,
  task: Task,
  options: FinetuneOptions,
): { readonly settings: TrainingSettings; readonly given: ReadonlySet<string> } {
  const { maxRank, learningRate, ...rest } = options;
  const own = Object.fromEntries(Object.entries(rest).filter(([name]) => !others.includes(name)));
  const foreign = ["rank", "lr", "base", "task", "backend", "data"].find((name) => name in own);
  if (foreign !== undefined) {
    const right: Readonly<Record<string, string>> = {
      rank: "maxRank",
      lr: "learningRate",
      backend: "openModel's backend",
    };
    throw new ConfigError(
      "unknown_option",
      `there is no option '${foreign}' of finetune; use ${right[foreign] ?? "openModel and openTask"}`,
    );
  }
  const values = {
    ...task.settings,
    ...own,
    base: model.name,
    model: model.model,
    backend: model.backend,
    ...(maxRank === undefined ? {} : { rank: maxRank }),
    ...(learningRate === undefined ? {} : { lr: learningRate }),
  };
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
  return { settings: readSettings(trainingSettings, [{ values: given }]), given: new Set(Object.keys(given)) };
}

/**
 * Fine-tunes a model with DyLoRA: one adapter that works at every rank from 1 to the highest.
 *
 * It begins at once. Await what it returns for the finished run, or iterate over it for the events of training.
 *
 * @returns the job; the caller closes the run that comes of it
 * @throws ConfigError, FormatError or ResourceError for what is wrong with options, model and task, before any work;
 * TrainingError `loss_not_finite` where training breaks down; InterruptedError or the signal's reason when it was stopped
 *
 * @example
 * ```ts
 * import { finetune, openModel, openTask } from "dylora";
 *
 * const model = await openModel("examples/quickstart/model", { backend: "wasm" });
 * const task = await openTask("examples/quickstart/data/task.json");
 * const run = await finetune(model, task, { maxRank: 2, steps: 3 });
 * const { labels } = await run.predict(["The Eagle has a low customer rating."], { rank: 1 });
 * console.log(labels, run.outcome.step);
 * await run.close();
 * await model.close();
 * ```
 */
export function finetune(model: Model, task: Task, options: FinetuneOptions = {}): FinetuneJob {
  return new FinetuneJob(async (tell) => {
    const { settings, given } = settingsOf(model, task, options);
    const {
      out,
      overwrite = false,
      resume = false,
      onEvent,
      signal,
      onProgress,
      log,
      availableMemory,
      command,
      versions,
      models,
    } = options;
    const work: WorkOptions = { signal, onProgress, log, availableMemory, command, versions, models };
    const trained = await trainRun(
      {
        settings,
        given,
        out,
        overwrite,
        resume,
        base: model,
        task,
        onEvent(event) {
          onEvent?.(event);
          tell(event);
        },
      },
      work,
    );
    try {
      const tuned = tunedModel({
        name: out ?? "",
        adapted: trained.adapted,
        base: model,
        tokenizer: await openTokenizer(model),
        head: headOfRun(trained),
        maxLength: trained.record.base.maxLength,
        promptForm: task.promptForm,
        close: trained.close,
      });
      return Object.assign({}, trained, tuned) satisfies Run;
    } catch (error) {
      await trained.close();
      throw error;
    }
  });
}

/** Refuses a value that is no run and no folder, in JavaScript. */
export function checkSource(source: unknown, what: string): void {
  if (typeof source === "string" || (typeof source === "object" && source !== null && "adapted" in source)) return;
  throw new ConfigError("bad_option", `${what} takes a run or the name of a folder, not ${showValue(source)}`);
}
