import { scalingNames, trainingSettings, updateModeNames } from "@dylora/finetune/settings";
import { describe } from "./option.ts";

/** What help says about the settings of a training run. */
export const trainingOptions = describe(trainingSettings, {
  base: ["<dir|name>", "base model: a Hugging Face folder, or a name on the hub such as FacebookAI/roberta-base"],
  model: [
    "<package|file>",
    "a package or script that exports the descriptor of the base model's family (default: roberta and gpt2)",
  ],
  task: [
    "<name|file>",
    "a GLUE task (cola, sst2, mrpc, stsb, qqp, mnli, qnli, rte, wnli), a task.json, or a generation task: e2e, dart, webnlg, jsonl",
  ],
  data: ["<dir>", "folder of the task's files, or hub (default for a task.json: its own folder)"],
  maxLength: [
    "<n>",
    "most tokens of an example; longer ones are cut (default: 128, generation 512, or the model's limit)",
  ],
  promptForm: [
    "<name>",
    "generation: lora (name : Aromi | … and <|endoftext|>, as the LoRA paper; default) or arrow (name[Aromi], … =>)",
  ],
  lang: ["<code>", "webnlg: language of the texts, such as en or ru, where the files hold several"],
  skipBrokenRows: "leave out rows that cannot be read or have no label, and say how many",
  text: ["<column>", "a table (.csv, .tsv, .jsonl, .parquet) as --task: column of the text"],
  textPair: ["<column>", "a table: column of the second text of a pair"],
  label: ["<column>", "a table: column of the label"],
  labels: ["<list>", "a table: class names in the order of their ids (default: those that occur, sorted)"],
  kind: ["<what>", "a table: classification (default) or regression"],
  metrics: ["<list>", "a table: metrics, the main one first (default: accuracy, or pearson)"],
  validation: ["<share|file>", "a table: share of the rows to measure on, or another table (default: 0.1)"],
  rank: ["<r>", "highest rank r_max"],
  alpha: ["<x>", "LoRA's alpha"],
  targets: [
    "<list>",
    "modules to adapt: names such as query,value or c_attn.q,c_attn.v; all-linear; or /regex/ (default: the model's)",
  ],
  loraDropout: ["<p>", "dropout on the input of the adapter"],
  scaling: ["<rule>", `factor on the update: ${scalingNames.join(", ")}`],
  distribution: [
    "<spec>",
    "how ranks are drawn: uniform, geometric:p=0.15, rankset:1,2,4,8, categorical:1=2,4=1, fixed:8 (plain LoRA), or a .ts or .js file",
  ],
  minRank: ["<b>", "lowest rank that uniform and geometric draw"],
  blockSize: ["<n>", "uniform and geometric draw multiples of this"],
  updateMode: ["<mode>", `rows that a step changes: ${updateModeNames.join(", ")}`],
  rankPer: ["<what>", "one rank for each step or for each example"],
  steps: ["<n>", "optimiser steps"],
  epochs: ["<x>", "passes over the data, in place of --steps (default: 3)"],
  batchSize: ["<n>", "examples in a batch"],
  accumulation: ["<n>", "batches of one optimiser step"],
  lr: ["<x>", "peak learning rate"],
  schedule: ["<name>", "course of the learning rate: linear, cosine, constant"],
  warmup: ["<n>", "steps over which the learning rate rises"],
  warmupRatio: ["<x>", "the same as a share of all steps"],
  weightDecay: ["<x>", "weight decay of AdamW"],
  clipNorm: ["<x>", "largest norm of the gradient; 0 for no clipping"],
  labelSmoothing: ["<x>", "label smoothing"],
  seed: ["<n>", "seed of everything random"],
  evalEvery: ["<n>", "evaluate after every so many steps (default: never); generation: 100 texts, greedy"],
  evalRanks: ["<list>", "ranks to evaluate on the way (default: the highest)"],
  earlyStopping: ["<n>", "stop after so many evaluations of the highest of these ranks without progress"],
  checkpointEvery: ["<n>", "steps between two checkpoints"],
  keep: ["<which>", "adapter that the run ends with: that of the best evaluation of --eval-every, or the last"],
  reportTo: [
    "<list>",
    "write each run down for others as it goes on: tensorboard (event files in tensorboard/), csv (metrics.csv), none (default)",
  ],
  backend: [
    "<name>",
    "tensor backend: auto (the fastest that runs here), wasm, native, native:bfloat16, node, …, or a package that exports a descriptor",
  ],
});

/** Which backend computes: what every command that computes has. */
export const backendOptions = { backend: trainingOptions.backend };

/** Who opens the base model: what every command has that names one. */
export const modelOptions = { model: trainingOptions.model };
