import type { PaddedBatch, TaskKind, Tokenizer } from "@dylora/data";
import type { BootstrapStatistic, Metric } from "@dylora/eval";
import type { AdaptedModel } from "@dylora/lora-core";
import type { BatchSource, LabelledBatch, Objective } from "@dylora/trainer";
import type { WorkProgress } from "../context.ts";
import type { BaseModel } from "../models/base-model.ts";
import type { DecodingSettings } from "../settings/decoding-settings.ts";
import type { OutputKind } from "./output-kind.ts";
import type { PromptFormName } from "./prompt-forms.ts";

/** A batch of any task: what the objective compares is in its labels. */
export type TrainingBatch = LabelledBatch & Pick<PaddedBatch, "size" | "length">;

/** Examples to train on, tokenised. */
export interface TrainingSet {
  /** How many. */
  readonly size: number;
  /** Batches of similar length, in an order that the seed decides. */
  batches(options: { readonly batchSize: number; readonly seed: number }): BatchSource<TrainingBatch>;
  /** What training makes small. */
  objective(labelSmoothing: number): Objective<LabelledBatch>;
}

/** What a model was measured to be at one rank. */
export interface Measured {
  /** The main metric; NaN where it is not defined. */
  readonly score: number;
  /** Further metrics by name. */
  readonly further: Readonly<Record<string, number>>;
  /** Mean loss, where it was computed. */
  readonly loss: number | undefined;
  /** The main metric of a sample drawn from the examples, by their indices: for intervals and paired comparisons. */
  readonly statistic: BootstrapStatistic;
  /** What the model wrote, in the order of the examples; none where it does not write. */
  readonly texts: readonly string[];
  /** All that {@link EvaluationSet.recall} needs to make this again. */
  readonly answers: Answers;
}

/** What a model answered to every example, as plain JSON. */
export interface Answers {
  /** Texts, or classes or numbers. */
  readonly given: readonly (string | number)[];
  /** Mean loss, where it was computed; null where it was not a number. */
  readonly loss?: number | null | undefined;
}

/** How a measurement is made. */
export interface MeasureOptions {
  /** Stops it: what its reason holds is thrown. */
  readonly signal: AbortSignal;
  /** Told how much of {@link EvaluationSet.work} is done. */
  readonly onProgress?: (progress: Pick<WorkProgress, "done" | "detail">) => void;
}

/** An example that a report shows with what the model made of it. */
export interface ShownExample {
  /** Which of the examples it is. */
  readonly index: number;
  /** What the model is given. */
  readonly input: string;
  /** What people wrote for it. */
  readonly references: readonly string[];
}

/** What is known of examples that have a class each. */
export interface EvaluatedClasses {
  /** Names of the classes by class id. */
  readonly names: readonly string[];
  /** The class of each example. */
  readonly gold: readonly number[];
  /** The text of an example as people read it. */
  input(index: number): string;
}

/** Examples to measure on, ready for any number of measurements. */
export interface EvaluationSet {
  /** Name of the split. */
  readonly split: string;
  /** How many. */
  readonly size: number;
  /** The main metric. */
  readonly metric: Pick<Metric, "name" | "higherIsBetter">;
  /** How much there is to do for one measurement. */
  readonly work: number;
  /** What the work is counted in, in the plural. */
  readonly unit: string;
  /** Examples for the report, with what the model writes for them. */
  readonly shown: readonly ShownExample[];
  /** The classes of the examples; absent where they have none. */
  readonly classes?: EvaluatedClasses;
  /** Scores answers that were kept. @returns undefined when they are not answers to these examples */
  recall(answers: Answers): Measured | undefined;
  /** Measures an adapted model at a rank. */
  measure(adapted: AdaptedModel, rank: number, options: MeasureOptions): Promise<Measured>;
}

/** What examples are tokenised for. */
export interface EncodingTools {
  /** The base model. */
  readonly base: BaseModel;
  /** Its tokenizer. */
  readonly tokenizer: Tokenizer;
  /** Most tokens of an example. */
  readonly maxLength: number;
}

/** How a model is measured. */
export interface EvaluationSettings {
  /** Examples that are computed together. */
  readonly batchSize: number;
  /** Take the first so many examples only. */
  readonly limit: number | undefined;
  /** How texts are written, where the task is to write. */
  readonly generation: DecodingSettings;
}

/** A task: what is learnt of which files, and how it is scored. */
export interface OpenTask {
  /** Short name. */
  readonly name: string;
  /** What is learnt. */
  readonly kind: OutputKind;
  /** Class names by class id; empty where there are none. */
  readonly labels: readonly string[];
  /** The split to measure on. */
  readonly evaluationSplit: string;
  /** Most tokens of an example where nothing is said, if the model takes so many. */
  readonly defaultMaxLength: number;
  /** How its prompts are written; undefined where it has none, or holds whole prompts. */
  readonly promptForm: PromptFormName | undefined;
  /**
   * Reads and tokenises the training split.
   *
   * @throws ConfigError `empty_split`, `unlabelled_split`, `prompt_too_long`; FormatError naming file and line
   */
  training(tools: EncodingTools): Promise<TrainingSet>;
  /**
   * Reads and tokenises a split to measure on.
   *
   * @throws ConfigError `unknown_split` and as {@link OpenTask.training}; what a metric says about labels it cannot score
   */
  evaluation(split: string, tools: EncodingTools, settings: EvaluationSettings): Promise<EvaluationSet>;
}

/** Which task, and where its files are. */
export interface TaskSettings {
  /** The name of a task, or the path of a `task.json`. */
  readonly task: string;
  /** Folder of the files, or `hub`. */
  readonly data: string | undefined;
  /** Leave out rows that cannot be read. */
  readonly skipBrokenRows: boolean;
  /** Language of WebNLG's texts; undefined: the one they are in. */
  readonly lang?: string | undefined;
  /** How prompts are written; undefined: as the LoRA paper. */
  readonly promptForm: PromptFormName | undefined;
  /** A table: column of the text. */
  readonly text?: string | undefined;
  /** A table: column of the second text of a pair. */
  readonly textPair?: string | undefined;
  /** A table: column of the label. */
  readonly label?: string | undefined;
  /** A table: class names in the order of their ids; undefined: those that occur, sorted. */
  readonly labels?: readonly string[] | undefined;
  /** A table: classes or numbers; undefined: classes. */
  readonly kind?: TaskKind | undefined;
  /** A table: metrics, the main one first; undefined: accuracy, or Pearson's correlation. */
  readonly metrics?: readonly string[] | undefined;
  /** A table: the share of its rows that is measured on, or the path of another table. */
  readonly validation?: number | string | undefined;
}
