import { createSampler, type RankDistribution, type RankSampler, uniform } from "@dylora/dylora-sampler";
import { ConfigError, checkOptionNames, checkWhole } from "@dylora/errors";
import { type AdaptedModel, checkRank, type TokenBatch, type UpdateMode } from "@dylora/lora-core";
import type { AdamWOptions } from "./adamw.ts";
import type { BatchSource } from "./batch-source.ts";
import type { CheckpointStore } from "./checkpoint.ts";
import type { EarlyStoppingOptions } from "./early-stopping.ts";
import type { Objective } from "./objective.ts";
import type { Schedule } from "./schedules.ts";

/** Evaluation while training. */
export interface TrainEvaluation {
  /** Evaluates after every so many steps, and at the end. */
  readonly every: number;
  /** Ranks to evaluate. */
  readonly ranks: readonly number[];
  /** Evaluates one rank. When the run's signal stops it, it throws the signal's reason. */
  run(rank: number): Promise<{ readonly metric: number; readonly loss?: number | undefined }>;
  /** Stops when the metric of the last of these ranks no longer improves. */
  readonly earlyStopping?: EarlyStoppingOptions;
}

/** Settings of {@link train}. */
export interface TrainOptions<Batch extends TokenBatch> {
  /** The model with the adapter to train. Its parameters are changed in place. */
  readonly adapted: AdaptedModel<Batch>;
  /** Training data. */
  readonly data: BatchSource<Batch>;
  /** What is made small. */
  readonly objective: Objective<Batch>;
  /**
   * Which ranks are drawn, and how often: any distribution of `@dylora/dylora-sampler`, or one of your own. `fixed(r)` is
   * plain LoRA. Default: every rank of the adapter equally often, `uniform({ max: maxRank })`.
   */
  readonly distribution?: RankDistribution;
  /** Draws the rank of each step, in place of `distribution`. Default: draws from it by `seed`. */
  readonly sampler?: RankSampler;
  /** Optimiser steps of the whole run. */
  readonly steps: number;
  /** Peak learning rate. */
  readonly learningRate: number;
  /** Factor on it at each step; default 1 throughout. */
  readonly schedule?: Schedule;
  /** Optimiser settings. */
  readonly optimizer?: AdamWOptions;
  /** Which rows a step changes; default `full`. */
  readonly updateMode?: UpdateMode;
  /** One rank for the whole step (default), or one for every example. */
  readonly rankPer?: "step" | "example";
  /** Micro-batches for one optimiser step; they share its rank. Default 1. */
  readonly accumulation?: number;
  /** Largest norm of the gradient; default no clipping. */
  readonly clipNorm?: number;
  /** Seed of dropout and of the ranks that are drawn; default 0. */
  readonly seed?: number;
  /** Evaluation on the way. */
  readonly evaluation?: TrainEvaluation;
  /**
   * Checkpoints: where, and after how many steps. There is always one before an evaluation and one at the end, however
   * the run ends: done, aborted, left by the consumer, or by an error.
   */
  readonly checkpoints?: { readonly store: CheckpointStore; readonly every: number };
  /** Continue from the newest checkpoint of `checkpoints.store`, if there is one. Default false. */
  readonly resume?: boolean;
  /** Stops after the micro-batch in progress, with a checkpoint of the last whole step. */
  readonly signal?: AbortSignal;
}

const trainSettings: Readonly<Record<keyof TrainOptions<TokenBatch>, true>> = {
  ...{ adapted: true, data: true, objective: true, distribution: true, sampler: true, steps: true, learningRate: true },
  ...{
    schedule: true,
    optimizer: true,
    updateMode: true,
    rankPer: true,
    accumulation: true,
    clipNorm: true,
    seed: true,
  },
  ...{ evaluation: true, checkpoints: true, resume: true, signal: true },
};
const evaluationSettings: Readonly<Record<keyof TrainEvaluation, true>> = {
  ...{ every: true, ranks: true, run: true, earlyStopping: true },
};

/** Settings with what draws the ranks decided. */
export type TrainRun<Batch extends TokenBatch> = TrainOptions<Batch> & { readonly sampler: RankSampler };

/**
 * What draws the ranks of a run.
 *
 * @throws ConfigError `bad_training` when both a sampler and a distribution are given
 */
export function samplerOf<Batch extends TokenBatch>(options: TrainOptions<Batch>): RankSampler {
  const { sampler, distribution, adapted, seed = 0 } = options;
  if (sampler !== undefined && distribution !== undefined) {
    throw new ConfigError("bad_training", "sampler and distribution both say which ranks are drawn; give one of them");
  }
  return sampler ?? createSampler(distribution ?? uniform({ max: adapted.adapter.maxRank }), { seed });
}

/** @throws ConfigError for the first setting that is none */
export function checkOptions<Batch extends TokenBatch>(options: TrainRun<Batch>): void {
  checkOptionNames("train", options, trainSettings);
  checkOptionNames("evaluation of train", options.evaluation, evaluationSettings);
  checkOptionNames("checkpoints of train", options.checkpoints, { store: true, every: true });
  const { steps, accumulation = 1, learningRate, adapted, sampler, updateMode = "full", rankPer = "step" } = options;
  const counts = {
    steps,
    accumulation,
    "checkpoints.every": options.checkpoints?.every ?? 1,
    "evaluation.every": options.evaluation?.every ?? 1,
  };
  for (const [name, value] of Object.entries(counts)) checkWhole("bad_training", name, value, { min: 1 });
  if (!(learningRate > 0) || !Number.isFinite(learningRate)) {
    throw new ConfigError("bad_training", `learningRate is ${learningRate}; it must be above 0`);
  }
  if (rankPer === "example" && updateMode !== "full") {
    throw new ConfigError(
      "bad_training",
      `a rank for every example goes with the update mode "full", not "${updateMode}"`,
    );
  }
  for (const rank of sampler.distribution.ranks) checkRank(rank, 1, adapted.adapter.maxRank);
}
