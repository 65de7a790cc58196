import type { RankDistribution } from "@dylora/dylora-sampler";
import type { ScalingPolicy, UpdateMode } from "@dylora/lora-core";
import { rankDistribution } from "./rank-distribution.ts";
import {
  fraction,
  listOf,
  notNegative,
  oneOf,
  positive,
  type Reader,
  text,
  UnreadableError,
  whole,
  wholeNumbers,
  yes,
} from "./readers.ts";
import { type ReportTarget, reportTargets } from "./report-targets.ts";
import { optionalSetting, type SettingTable, setting } from "./setting.ts";
import { targets } from "./targets.ts";

/** What is trained on what. */
export interface DataSettings {
  /** Base model: a folder in Hugging Face's layout, or a name on the hub. */
  readonly base: string | undefined;
  /** A package, or the path of a script, that exports the `descriptor` of the base model's family. Default: ours. */
  readonly model: string | undefined;
  /** A GLUE task, the path of a `task.json` or of a table, or a task that generates text: e2e, dart, webnlg, jsonl. */
  readonly task: string | undefined;
  /** Folder of the task's files, or `hub`. Default for a `task.json`: its own folder. */
  readonly data: string | undefined;
  /** Most tokens of an example; longer ones are cut. Default: 128, generation 512, or the model's limit. */
  readonly maxLength: number | undefined;
  /** How data become prompts, where the task is to generate. Default: `lora`, as in the LoRA paper. */
  readonly promptForm: "lora" | "arrow" | undefined;
  /** WebNLG: language of the texts, where the files hold several. */
  readonly lang: string | undefined;
  /** Leave out rows that cannot be read or have no label. Default false. */
  readonly skipBrokenRows: boolean;
  /** A table as task: column of the text. */
  readonly text: string | undefined;
  /** A table as task: column of the second text of a pair. */
  readonly textPair: string | undefined;
  /** A table as task: column of the label. */
  readonly label: string | undefined;
  /** A table as task: class names in the order of their ids. Default: those that occur, sorted. */
  readonly labels: readonly string[] | undefined;
  /** A table as task: classes or numbers. Default: classes. */
  readonly kind: "classification" | "regression" | undefined;
  /** A table as task: metrics, the main one first. Default: accuracy, or Pearson's correlation. */
  readonly metrics: readonly string[] | undefined;
  /** A table as task: the share of its rows that is measured on, or the path of another table. Default 0.1. */
  readonly validation: number | string | undefined;
}

/** The adapter. */
export interface AdapterSettings {
  /** Highest rank r_max. Default 8. */
  readonly rank: number;
  /** LoRA's alpha. Default 16. */
  readonly alpha: number;
  /** Modules to adapt: names, `all-linear`, or a regular expression between slashes. Default: the model's. */
  readonly targets: readonly string[] | string | undefined;
  /** Dropout on the input of the adapter. Default 0. */
  readonly loraDropout: number;
  /** Factor on the update at rank b. Default `alpha/b`. */
  readonly scaling: ScalingName;
}

/** Scaling policies by name. */
export type ScalingName = Extract<ScalingPolicy, string>;

/** Which ranks a step trains. */
export interface SamplingSettings {
  /** How ranks are drawn: a text such as `geometric:p=0.15`, the path of a script, or a distribution. Default `uniform`. */
  readonly distribution: string | RankDistribution;
  /** Lowest rank that uniform and geometric draw. Default 1. */
  readonly minRank: number;
  /** Uniform and geometric draw multiples of this. Default 1. */
  readonly blockSize: number;
  /** Rows that a step changes. Default `full`. */
  readonly updateMode: UpdateMode;
  /** One rank for each step or for each example. Default `step`. */
  readonly rankPer: "step" | "example";
}

/** How training goes. */
export interface OptimisationSettings {
  /** Optimiser steps. Default: from `epochs`. */
  readonly steps: number | undefined;
  /** Passes over the data, in place of steps. Default 3. */
  readonly epochs: number | undefined;
  /** Examples in a batch. Default 32. */
  readonly batchSize: number;
  /** Batches of one optimiser step. Default 1. */
  readonly accumulation: number;
  /** Peak learning rate. Default 5e-4. */
  readonly lr: number;
  /** Course of the learning rate. Default `linear`. */
  readonly schedule: "linear" | "cosine" | "constant";
  /** Steps over which the learning rate rises. Default 0. */
  readonly warmup: number | undefined;
  /** The same as a share of all steps. */
  readonly warmupRatio: number | undefined;
  /** Weight decay of AdamW. Default 0.01. */
  readonly weightDecay: number;
  /** Largest norm of the gradient, 0 for no clipping. Default 1. */
  readonly clipNorm: number;
  /** Label smoothing. Default 0. */
  readonly labelSmoothing: number;
  /** Seed of everything random. Default 0. */
  readonly seed: number;
}

/** What is looked at and kept on the way. */
export interface WatchSettings {
  /** Evaluate after every so many steps. Default: never. */
  readonly evalEvery: number | undefined;
  /** Ranks to evaluate on the way. Default: the highest. */
  readonly evalRanks: readonly number[] | undefined;
  /** Stop after so many evaluations of the highest of these ranks without progress. Default: never. */
  readonly earlyStopping: number | undefined;
  /** Steps between two checkpoints. Default 100. */
  readonly checkpointEvery: number;
  /**
   * Which adapter a run ends with, where it is evaluated on the way: that of its best evaluation, by the metric of the highest
   * of these ranks, or the last one. Default `best`.
   */
  readonly keep: "best" | "last";
  /** Programs that the run is written down for besides `events.jsonl`, as it goes on. Default: none. */
  readonly reportTo: readonly ReportTarget[];
}

/** Which backend computes. */
export interface BackendSettings {
  /** `auto` (the fastest that runs here), a short name such as `wasm`, or a package. Default `auto`. */
  readonly backend: string;
}

/** Every setting of a training run. JSON-safe, so that `run.json` holds it and it can be read again. */
export interface TrainingSettings
  extends DataSettings,
    AdapterSettings,
    SamplingSettings,
    OptimisationSettings,
    WatchSettings,
    BackendSettings {}

/** Names of the scaling policies, here so that reading a flag loads no tensor library. */
export const scalingNames = ["alpha/b", "alpha/sqrt(b)", "constant"] as const;

/** Names of the update modes. */
export const updateModeNames = ["full", "frozen", "frozen-reference", "matryoshka"] as const;

/** The highest rank that an adapter may have: more is a typing mistake. */
const MOST_RANK = 65_536;

/** A share of the rows, or a path. */
const shareOrPath: Reader<number | string> = (given) => {
  const share = typeof given === "number" ? given : Number(given);
  if (Number.isNaN(share)) return text(given);
  if (share > 0 && share < 1) return share;
  throw new UnreadableError("a share of the rows above 0 and below 1, such as 0.1, or the path of a table");
};

/** How the backend is read. */
export const backendSettings: SettingTable<BackendSettings> = { backend: setting(text, "auto") };

/** How every setting of a training run is read, and its default. */
export const trainingSettings: SettingTable<TrainingSettings> = {
  base: optionalSetting(text),
  model: optionalSetting(text),
  task: optionalSetting(text),
  data: optionalSetting(text),
  maxLength: optionalSetting(whole(3)),
  promptForm: optionalSetting(oneOf(["lora", "arrow"])),
  lang: optionalSetting(text),
  skipBrokenRows: setting(yes, false),
  text: optionalSetting(text),
  textPair: optionalSetting(text),
  label: optionalSetting(text),
  labels: optionalSetting(listOf(text)),
  kind: optionalSetting(oneOf(["classification", "regression"])),
  metrics: optionalSetting(listOf(text)),
  validation: optionalSetting(shareOrPath),
  rank: setting(whole(1, MOST_RANK), 8),
  alpha: setting(positive, 16),
  targets: optionalSetting(targets),
  loraDropout: setting(fraction, 0),
  scaling: setting(oneOf(scalingNames), "alpha/b"),
  distribution: setting(rankDistribution, "uniform"),
  minRank: setting(whole(1, MOST_RANK), 1),
  blockSize: setting(whole(1, MOST_RANK), 1),
  updateMode: setting(oneOf(updateModeNames), "full"),
  rankPer: setting(oneOf(["step", "example"]), "step"),
  steps: optionalSetting(whole(1)),
  epochs: optionalSetting(positive),
  batchSize: setting(whole(1), 32),
  accumulation: setting(whole(1), 1),
  lr: setting(positive, 5e-4),
  schedule: setting(oneOf(["linear", "cosine", "constant"]), "linear"),
  warmup: optionalSetting(whole(0)),
  warmupRatio: optionalSetting(fraction),
  weightDecay: setting(notNegative, 0.01),
  clipNorm: setting(notNegative, 1),
  labelSmoothing: setting(fraction, 0),
  seed: setting(whole(Number.MIN_SAFE_INTEGER), 0),
  evalEvery: optionalSetting(whole(1)),
  evalRanks: optionalSetting(wholeNumbers(1)),
  earlyStopping: optionalSetting(whole(1)),
  checkpointEvery: setting(whole(1), 100),
  keep: setting(oneOf(["best", "last"]), "best"),
  reportTo: setting(reportTargets, []),
  ...backendSettings,
};

/** The training settings among other settings; what is missing is at its default. */
export function trainingSettingsIn(settings: Partial<TrainingSettings>): TrainingSettings {
  const names = Object.keys(trainingSettings) as (keyof TrainingSettings)[];
  const entries = names.map((name) => [name, settings[name] ?? trainingSettings[name].fallback]);
  return Object.fromEntries(entries) as unknown as TrainingSettings;
}
