import { ConfigError, TrainingError } from "@dylora/errors";
import {
  type AdaptedModel,
  checkRank,
  keepRanges,
  matryoshkaGate,
  newestRow,
  type ParameterRange,
  type RankView,
  rowRanges,
  type TokenBatch,
  type UpdateMode,
} from "@dylora/lora-core";
import { AdamW, type AdamWOptions } from "./adamw.ts";
import { type CheckpointTarget, type Json, makeCheckpoint, restoreCheckpoint } from "./checkpoint.ts";
import { EarlyStopping, type EarlyStoppingOptions } from "./early-stopping.ts";
import type { StepEvent, TrainEvent } from "./events.ts";
import { clipGradientNorm, gradientNorm } from "./gradient-norm.ts";
import { nextTurn } from "./next-turn.ts";
import type { Objective } from "./objective.ts";
import type { Schedule } from "./schedules.ts";

/** Micro-batches by number: `@dylora/data`'s batch sources are this. */
export interface BatchesByNumber<Batch> {
  /** Micro-batch `index`, counted over all epochs; a pure function of its number. */
  batch(index: number): Batch;
}

/** What training asks of a rank sampler; those of `@dylora/dylora-sampler` are this. */
export interface StepSampler {
  /** The ranks that can come. */
  readonly distribution: { readonly ranks: readonly number[] };
  /** Rank of an optimiser step (or of one example of it), a pure function of its arguments. */
  rankAt(step: number, example?: number): number;
  /** Told of each step, for samplers that learn from the run. */
  observe?(step: number, rank: number, loss: number): void;
  /** Its state, for checkpoints. */
  state(): Json;
  /** Continues from a state. */
  restore(state: Json): void;
}

/** Evaluation while training. */
export interface TrainEvaluation {
  /** Evaluates after every so many steps, and at the end. */
  readonly every: number;
  /** Ranks to evaluate. */
  readonly ranks: readonly number[];
  /** Evaluates one rank. */
  run(rank: number): Promise<{ readonly metric: number; readonly loss?: number }>;
  /** Stops when the metric of the highest rank evaluated no longer improves. */
  readonly earlyStopping?: EarlyStoppingOptions;
}

/** Settings of {@link train}. */
export interface TrainOptions<Batch extends TokenBatch> {
  /** The model with the adapter to train. Its parameters are changed in place. */
  readonly adapted: AdaptedModel<Batch>;
  /** Training data. */
  readonly data: BatchesByNumber<Batch>;
  /** What is made small. */
  readonly objective: Objective<Batch>;
  /** Draws the rank of each step. `fixed(r)` is plain LoRA. */
  readonly sampler: StepSampler;
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
  /** Seed of dropout; default 0. */
  readonly seed?: number;
  /** Evaluation on the way. */
  readonly evaluation?: TrainEvaluation;
  /** Checkpoints: where, and after how many steps (always one at the end). */
  readonly checkpoints?: { readonly target: CheckpointTarget; readonly every: number };
  /** Continue from the newest checkpoint of `checkpoints.target`, if there is one. Default false. */
  readonly resume?: boolean;
  /** Stops after the step in progress, with a checkpoint. */
  readonly signal?: AbortSignal;
}

function checkOptions<Batch extends TokenBatch>(options: TrainOptions<Batch>): void {
  const { steps, accumulation = 1, learningRate, adapted, sampler, updateMode = "full", rankPer = "step" } = options;
  const whole = (name: string, value: number, least: number): void => {
    if (Number.isSafeInteger(value) && value >= least) return;
    throw new ConfigError("bad_training", `${name} is ${value}; it must be a whole number of at least ${least}`);
  };
  whole("steps", steps, 1);
  whole("accumulation", accumulation, 1);
  if (options.checkpoints !== undefined) whole("checkpoints.every", options.checkpoints.every, 1);
  if (options.evaluation !== undefined) whole("evaluation.every", options.evaluation.every, 1);
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

/**
 * Trains an adapter, step by step. DyLoRA: at each step the sampler draws one rank b, shared by every site and every
 * micro-batch, and only the first b ranks take part (paper Eq. 9).
 *
 * Everything random is a function of seed and step, so a run resumed from a checkpoint goes on bit for bit as the
 * uninterrupted one.
 *
 * @yields one event for each thing that happens; stop iterating, or abort the signal, to stop
 * @throws ConfigError before any work for a bad setting; TrainingError `loss_not_finite` naming step and rank, with the
 * parameters as they were before that step and the last checkpoint intact
 *
 * @example
 * ```ts
 * import { classification, linearSchedule, train, type TrainOptions, type LabelledBatch } from "@dylora/trainer";
 *
 * async function run(options: TrainOptions<LabelledBatch>): Promise<void> {
 *   const schedule = linearSchedule({ steps: options.steps, warmup: 10 });
 *   for await (const event of train({ ...options, schedule, objective: classification() })) {
 *     if (event.type === "step") console.log(event.step, event.rank, event.loss);
 *   }
 * }
 * console.log(typeof run);
 * ```
 */
export async function* train<Batch extends TokenBatch>(
  options: TrainOptions<Batch>,
): AsyncGenerator<TrainEvent, void, void> {
  checkOptions(options);
  const { adapted, steps, checkpoints, evaluation, sampler, signal, seed = 0, schedule = () => 1 } = options;
  const { adapter } = adapted;
  const optimizer = new AdamW(adapter.parameters, options.optimizer);
  const stopping = new EarlyStopping(evaluation?.earlyStopping);
  let step = 0;
  let saved = -1;

  const latest = options.resume === true ? await checkpoints?.target.latest() : undefined;
  if (latest !== undefined) {
    const state = restoreCheckpoint(latest, adapter, optimizer);
    if (state.seed !== seed) {
      throw new ConfigError("seed_mismatch", `the checkpoint was made with seed ${state.seed}, this run has ${seed}`);
    }
    sampler.restore(state.sampler);
    stopping.restore(state.best);
    step = latest.step;
    saved = step;
  }
  const save = async function* (): AsyncGenerator<TrainEvent, void, void> {
    if (checkpoints === undefined || saved === step) return;
    const state = { seed, sampler: sampler.state(), best: stopping.state() };
    await checkpoints.target.save(makeCheckpoint(step, adapter, optimizer, state));
    saved = step;
    yield { type: "checkpoint", step };
  };

  yield { type: "start", step, steps };
  let reason: "done" | "early-stopping" | "aborted" = stopping.stopped ? "early-stopping" : "done";
  while (step < steps && reason === "done") {
    await nextTurn();
    if (signal?.aborted === true) {
      reason = "aborted";
      break;
    }
    const learningRate = options.learningRate * schedule(step);
    const event = await takeStep(options, optimizer, step, learningRate);
    sampler.observe?.(step, event.rank ?? adapter.maxRank, event.loss);
    step++;
    yield event;
    if (evaluation !== undefined && (step % evaluation.every === 0 || step === steps)) {
      let last = Number.NaN;
      for (const rank of evaluation.ranks) {
        const { metric, loss } = await evaluation.run(rank);
        last = metric;
        yield { type: "evaluation", step, rank, metric, loss };
      }
      stopping.observe(last);
      if (stopping.stopped) reason = "early-stopping";
    }
    if (checkpoints !== undefined && step % checkpoints.every === 0) yield* save();
  }
  yield* save();
  yield { type: "end", step, reason };
}

/** How a step looks at the adapter, and which stretches of it may change. */
interface StepPlan {
  readonly rank: number | undefined;
  view(examples: number, firstExample: number): RankView;
  readonly changing?: readonly ParameterRange[];
}

function planStep<Batch extends TokenBatch>(options: TrainOptions<Batch>, step: number): StepPlan {
  const { sampler, adapted, updateMode = "full" } = options;
  const { ranks } = sampler.distribution;
  if (updateMode === "matryoshka") {
    const gate = matryoshkaGate({ ...adapted.adapter.config, rank: adapted.adapter.maxRank }, ranks);
    return { rank: undefined, view: () => ({ gate }) };
  }
  if (options.rankPer === "example") {
    return {
      rank: undefined,
      view: (examples, first) => ({
        ranks: Array.from({ length: examples }, (_, example) => sampler.rankAt(step, first + example)),
      }),
    };
  }
  const rank = sampler.rankAt(step);
  checkRank(rank, 1, adapted.adapter.maxRank);
  const plan = { rank, view: (): RankView => ({ rank }) };
  return updateMode === "full" ? plan : { ...plan, changing: rowRanges(adapted.adapter, newestRow(ranks, rank), rank) };
}

async function takeStep<Batch extends TokenBatch>(
  options: TrainOptions<Batch>,
  optimizer: AdamW,
  step: number,
  learningRate: number,
): Promise<StepEvent> {
  const { adapted, data, objective, accumulation = 1, seed = 0, clipNorm } = options;
  const started = performance.now();
  const plan = planStep(options, step);
  const batches = Array.from({ length: accumulation }, (_, micro) => data.batch(step * accumulation + micro));
  const weights = batches.map((batch) => objective.weight(batch));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const gradients = new Float32Array(adapted.adapter.parameters.values.length);
  let loss = 0;
  let firstExample = 0;
  for (const [index, batch] of batches.entries()) {
    const share = (weights[index] ?? 0) / total;
    const micro = await adapted.gradients(batch, (logits) => objective.loss(logits, batch), {
      view: plan.view(batch.size, firstExample),
      training: { seed, step, firstExample },
    });
    loss += share * micro.loss;
    for (let i = 0; i < gradients.length; i++)
      gradients[i] = (gradients[i] as number) + share * (micro.gradients[i] as number);
    firstExample += batch.size;
  }
  if (plan.changing !== undefined) keepRanges(gradients, plan.changing);
  const norm = clipNorm === undefined ? gradientNorm(gradients) : clipGradientNorm(gradients, clipNorm);
  if (!Number.isFinite(loss) || !Number.isFinite(norm)) {
    const what = Number.isFinite(loss) ? `gradient norm ${norm}` : `loss ${loss}`;
    throw new TrainingError(
      "loss_not_finite",
      `${what} at step ${step + 1}, rank ${plan.rank ?? "mixed"}: lower the learning rate or clip gradients; the last checkpoint is intact`,
      { details: { step: step + 1, rank: plan.rank, loss } },
    );
  }
  optimizer.step(gradients, learningRate, options.updateMode === "frozen" ? plan.changing : undefined);
  return {
    type: "step",
    step: step + 1,
    rank: plan.rank,
    loss,
    learningRate,
    gradientNorm: norm,
    tokens: batches.reduce((sum, batch) => sum + batch.size * batch.length, 0),
    seconds: (performance.now() - started) / 1000,
  };
}
