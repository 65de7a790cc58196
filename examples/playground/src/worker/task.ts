import type { AdaptableModel } from "@dylora/lora-core";
import type { BatchSource, LabelledBatch } from "@dylora/trainer";
import type { TaskName } from "../api.ts";
import type { ModelFiles } from "./fetch-files.ts";

/** Lines made into batches. */
export interface TrainingSet {
  /** To train on. */
  readonly data: BatchSource<LabelledBatch>;
  /** Held back, to measure each rank on. */
  readonly held: readonly LabelledBatch[];
  /** Examples to train on, and held back. */
  readonly counts: { readonly training: number; readonly held: number };
  /** Class names by class id; empty where there are none. */
  readonly labels: readonly string[];
}

/** What the worker needs to know of a task. One value for each: `ratingTask`, `writingTask`. */
export interface Task {
  /** Its name. */
  readonly name: TaskName;
  /** What is learnt, as `dylora.json` has it. */
  readonly kind: "classification" | "generation";
  /** As PEFT names it. */
  readonly taskType: "SEQ_CLS" | "CAUSAL_LM";
  /** Folder of its model and adapter among the page's files. */
  readonly folder: string;
  /** The base model, as an exported adapter names it. */
  readonly baseName: string;
  /** Most tokens of an example. */
  readonly maxLength: number;
  /** Loads the model with the head that so many classes need. */
  load(files: ModelFiles, classes: number): Promise<AdaptableModel<LabelledBatch>>;
  /** Makes training data of lines. @throws ConfigError `bad_lines` naming the line */
  read(lines: string, files: ModelFiles): TrainingSet;
}

/** Every fifth example is held back. */
export function splitExamples<T>(examples: readonly T[]): { training: T[]; held: T[] } {
  return {
    training: examples.filter((_, index) => index % 5 !== 4),
    held: examples.filter((_, index) => index % 5 === 4),
  };
}
