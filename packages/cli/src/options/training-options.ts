import { rankDistribution } from "./distribution.ts";
import { flag, option, optional, type SettingsOf } from "./option.ts";
import { fraction, notNegative, oneOf, positive, text, whole, wholeNumbers, yes } from "./readers.ts";
import { engineOptions } from "./shared-options.ts";
import { targets } from "./targets.ts";

/** Names of the scaling policies of `@dylora/lora-core`, here so that help needs no tensor library. */
const scalings = ["alpha/b", "alpha/sqrt(b)", "constant"] as const;

/** Names of the update modes of `@dylora/lora-core`. */
const updateModes = ["full", "frozen", "frozen-reference", "matryoshka"] as const;

/** What is trained on what. */
export const dataOptions = {
  base: optional(
    "<dir|name>",
    "base model: a Hugging Face folder, or a name on the hub such as FacebookAI/roberta-base",
    text,
  ),
  task: optional(
    "<name|file>",
    "a GLUE task (cola, sst2, mrpc, stsb, qqp, mnli, qnli, rte, wnli), a task.json, or a generation task: e2e, dart, webnlg, jsonl",
    text,
  ),
  data: optional("<dir>", "folder of the task's files, or hub (default for a task.json: its own folder)", text),
  maxLength: optional(
    "<n>",
    "most tokens of an example; longer ones are cut (default: 128, generation 512, or the model's limit)",
    whole(3),
  ),
  promptForm: optional(
    "<name>",
    "generation: lora (name : Aromi | … and <|endoftext|>, as the LoRA paper; default) or arrow (name[Aromi], … =>)",
    oneOf(["lora", "arrow"]),
  ),
  lang: optional("<code>", "webnlg: language of the texts, such as en or ru, where the files hold several", text),
  skipBrokenRows: flag("leave out rows that cannot be read or have no label, and say how many", yes),
};

/** The adapter. */
export const adapterOptions = {
  rank: option("<r>", "highest rank r_max", whole(1, 65_536), 8),
  alpha: option("<x>", "LoRA's alpha", positive, 16),
  targets: optional(
    "<list>",
    "modules to adapt: names such as query,value or c_attn.q,c_attn.v; all-linear; or /regex/ (default: the model's)",
    targets,
  ),
  loraDropout: option("<p>", "dropout on the input of the adapter", fraction, 0),
  scaling: option("<rule>", `factor on the update: ${scalings.join(", ")}`, oneOf(scalings), "alpha/b"),
};

/** Which ranks a step trains. */
export const samplingOptions = {
  distribution: option(
    "<spec>",
    "how ranks are drawn: uniform, geometric:p=0.15, rankset:1,2,4,8, categorical:1=2,4=1, fixed:8 (plain LoRA), or a .ts or .js file",
    rankDistribution,
    "uniform",
  ),
  minRank: option("<b>", "lowest rank that uniform and geometric draw", whole(1, 65_536), 1),
  blockSize: option("<n>", "uniform and geometric draw multiples of this", whole(1, 65_536), 1),
  updateMode: option("<mode>", `rows that a step changes: ${updateModes.join(", ")}`, oneOf(updateModes), "full"),
  rankPer: option("<what>", "one rank for each step or for each example", oneOf(["step", "example"]), "step"),
};

/** How training goes. */
export const optimisationOptions = {
  steps: optional("<n>", "optimiser steps", whole(1)),
  epochs: optional("<x>", "passes over the data, in place of --steps (default: 3)", positive),
  batchSize: option("<n>", "examples in a batch", whole(1), 32),
  accumulation: option("<n>", "batches of one optimiser step", whole(1), 1),
  lr: option("<x>", "peak learning rate", positive, 5e-4),
  schedule: option(
    "<name>",
    "course of the learning rate: linear, cosine, constant",
    oneOf(["linear", "cosine", "constant"]),
    "linear",
  ),
  warmup: optional("<n>", "steps over which the learning rate rises", whole(0)),
  warmupRatio: optional("<x>", "the same as a share of all steps", fraction),
  weightDecay: option("<x>", "weight decay of AdamW", notNegative, 0.01),
  clipNorm: optional("<x>", "largest norm of the gradient (default: no clipping)", positive),
  labelSmoothing: option("<x>", "label smoothing", fraction, 0),
  seed: option("<n>", "seed of everything random", whole(Number.MIN_SAFE_INTEGER), 0),
};

/** What is looked at and kept on the way. */
export const watchOptions = {
  evalEvery: optional(
    "<n>",
    "evaluate after every so many steps (default: never); generation: 100 texts, greedy",
    whole(1),
  ),
  evalRanks: optional("<list>", "ranks to evaluate on the way (default: the highest)", wholeNumbers(1)),
  earlyStopping: optional(
    "<n>",
    "stop after so many evaluations of the highest of these ranks without progress",
    whole(1),
  ),
  checkpointEvery: option("<n>", "steps between two checkpoints", whole(1), 100),
};

/** Every setting of a training run. */
export const trainingOptions = {
  ...dataOptions,
  ...adapterOptions,
  ...samplingOptions,
  ...optimisationOptions,
  ...watchOptions,
  ...engineOptions,
};

/** Every setting of a training run; JSON-safe, so that it can be stored and read again. */
export type TrainingSettings = SettingsOf<typeof trainingOptions>;

/** The training settings among the settings of a command. */
export function trainingSettingsIn(settings: Partial<TrainingSettings>): TrainingSettings {
  const names = Object.keys(trainingOptions) as (keyof TrainingSettings)[];
  const entries = names.map((name) => [name, settings[name] ?? trainingOptions[name].fallback]);
  return Object.fromEntries(entries) as TrainingSettings;
}
