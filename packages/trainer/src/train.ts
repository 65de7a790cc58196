import { createSampler, type RankDistribution, type RankSampler, uniform } from "@dylora/dylora-sampler";
import { ConfigError, TrainingError } from "@dylora/errors";
import { type AdaptedModel, checkRank, type TokenBatch, type UpdateMode } from "@dylora/lora-core";
import { AdamW, type AdamWOptions } from "./adamw.ts";
import type { BatchSource } from "./batch-source.ts";
import { type CheckpointStore, makeCheckpoint, restoreCheckpoint, type TrainerState } from "./checkpoint.ts";
import { EarlyStopping, type EarlyStoppingOptions } from "./early-stopping.ts";
import type { EndEvent, TrainEvent } from "./events.ts";
import { LastGood } from "./last-good.ts";
import { nextTurn } from "./next-turn.ts";
import type { Objective } from "./objective.ts";
import type { Schedule } from "./schedules.ts";
import { applyStep, isSound, type StepGradients, stepGradients } from "./take-step.ts";

/** Evaluation while training. */
export interface TrainEvaluation {
  /** Evaluates after every so many steps, and at the end. */
  readonly every: number;
  /** Ranks to evaluate. */
  readonly ranks: readonly number[];
  /** Evaluates one rank. When the run's signal stops it, it throws the signal's reason. */
  run(rank: number): Promise<{ readonly metric: number; readonly loss?: number }>;
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

/** Settings with what draws the ranks decided. */
export type TrainRun<Batch extends TokenBatch> = TrainOptions<Batch> & { readonly sampler: RankSampler };

function samplerOf<Batch extends TokenBatch>(options: TrainOptions<Batch>): RankSampler {
  const { sampler, distribution, adapted, seed = 0 } = options;
  if (sampler !== undefined && distribution !== undefined) {
    throw new ConfigError("bad_training", "sampler and distribution both say which ranks are drawn; give one of them");
  }
  return sampler ?? createSampler(distribution ?? uniform({ max: adapted.adapter.maxRank }), { seed });
}

function checkOptions<Batch extends TokenBatch>(options: TrainRun<Batch>): void {
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
 * Trains an adapter, step by step. DyLoRA: at each step one rank b is drawn, shared by every site and every micro-batch,
 * and only the first b ranks take part (paper Eq. 9).
 *
 * Everything random is a function of seed and step, so a run resumed from a checkpoint goes on bit for bit as the
 * uninterrupted one. An evaluation that was cut short is made again, whole, after a resume.
 *
 * @yields one event for each thing that happens; stop iterating, or abort the signal, to stop: a checkpoint is written
 * @throws ConfigError before any work for a bad setting; TrainingError `loss_not_finite` naming step and rank. The
 * adapter then holds the last parameters of use, and so does a checkpoint: those before the step, or, where they cannot
 * compute it, those that last led to an ordinary loss. Its `details` are `step`, `rank`, `loss`, and `goodStep`: the
 * steps that these parameters have taken. Whatever data, sampler, evaluation or checkpoints throw is thrown on, after a
 * checkpoint was tried
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
  settings: TrainOptions<Batch>,
): AsyncGenerator<TrainEvent, void, void> {
  const options: TrainRun<Batch> = { ...settings, sampler: samplerOf(settings) };
  checkOptions(options);
  const { adapted, steps, checkpoints, evaluation, sampler, signal, seed = 0, schedule = () => 1 } = options;
  const { adapter } = adapted;
  const optimizer = new AdamW(adapter.parameters, options.optimizer);
  const stopping = new EarlyStopping(evaluation?.earlyStopping);
  let step = 0;
  let evaluated = 0;
  let saved: string | undefined;

  const latest = options.resume === true ? await checkpoints?.store.latest() : undefined;
  const present = (): string => `${step} ${evaluated}`;
  if (latest !== undefined) {
    const state = restoreCheckpoint(latest, adapter, optimizer);
    if (state.seed !== seed) {
      throw new ConfigError("seed_mismatch", `the checkpoint was made with seed ${state.seed}, this run has ${seed}`);
    }
    sampler.restore(state.sampler);
    stopping.restore(state.best);
    step = latest.step;
    evaluated = state.evaluated ?? step;
    saved = present();
  }
  const good = new LastGood(adapter, optimizer);
  const aborted = (): boolean => signal?.aborted === true;
  const state = (): TrainerState => ({ seed, sampler: sampler.state(), best: stopping.state(), evaluated });

  /** Writes a checkpoint unless the newest one is of this moment. @returns whether it did */
  const save = async (): Promise<boolean> => {
    if (checkpoints === undefined || saved === present()) return false;
    const moment = present();
    await checkpoints.store.save(makeCheckpoint(step, adapter, optimizer, state()));
    saved = moment;
    return true;
  };
  const saving = async function* (): AsyncGenerator<TrainEvent, void, void> {
    if (await save()) yield { type: "checkpoint", step };
  };

  /** @returns false when the signal stopped it */
  const evaluating = async function* (due: TrainEvaluation): AsyncGenerator<TrainEvent, boolean, void> {
    let last = Number.NaN;
    for (const rank of due.ranks) {
      if (aborted()) return false;
      try {
        const { metric, loss } = await due.run(rank);
        last = metric;
        yield { type: "evaluation", step, rank, metric, loss };
      } catch (error) {
        if (aborted() && error === signal?.reason) return false;
        throw error;
      }
    }
    stopping.observe(last);
    evaluated = step;
    return true;
  };

  /** Goes back to parameters that are of use, and says what happened. */
  const breakdown = async (failed: StepGradients): Promise<TrainingError> => {
    const failedStep = step + 1;
    const useful = await hasUsefulParameters(options, step, good);
    const { at } = good;
    if (!useful && at !== undefined) {
      good.exchange();
      step = at.step;
      evaluated = at.state.evaluated ?? 0;
      stopping.restore(at.state.best);
      sampler.restore(at.state.sampler);
    }
    const what = Number.isFinite(failed.loss) ? `gradient norm ${failed.norm}` : `loss ${failed.loss}`;
    const where = `${what} at step ${failedStep}, rank ${failed.rank ?? "mixed"}`;
    return new TrainingError("loss_not_finite", `${where}: ${adviceFor(failedStep, step, useful)}`, {
      details: { step: failedStep, rank: failed.rank, loss: failed.loss, goodStep: step },
    });
  };

  let whole = false;
  try {
    yield { type: "start", step, steps };
    let reason: EndEvent["reason"] | undefined;
    while (reason === undefined) {
      const isDue = evaluation !== undefined && evaluated < step && (step % evaluation.every === 0 || step >= steps);
      if (isDue) {
        yield* saving();
        if (!(yield* evaluating(evaluation))) reason = "aborted";
      } else if (checkpoints !== undefined && step > 0 && step % checkpoints.every === 0) yield* saving();
      if (reason !== undefined) break;
      if (stopping.stopped) reason = "early-stopping";
      else if (step >= steps) reason = "done";
      if (reason !== undefined) break;
      await nextTurn();
      const started = performance.now();
      const computed = aborted() ? undefined : await stepGradients(options, step);
      if (computed === undefined) {
        reason = "aborted";
        break;
      }
      if (!isSound(computed)) throw await breakdown(computed);
      good.observe(step, computed.loss, state);
      const taken = applyStep(options, optimizer, step, options.learningRate * schedule(step), computed);
      step++;
      sampler.observe?.(step - 1, taken.rank ?? adapter.maxRank, taken.loss);
      yield { ...taken, seconds: (performance.now() - started) / 1000 };
    }
    yield* saving();
    whole = true;
    yield { type: "end", step, reason };
  } catch (error) {
    // What went wrong is what the caller must hear of, whether or not the checkpoint can be written.
    whole = true;
    await save().catch(() => {});
    throw error;
  } finally {
    // The consumer left the loop.
    if (!whole) await save();
  }
}

/**
 * Whether the present parameters are of use although the step they were to take failed: computed once more it succeeds,
 * or it fails with the last good parameters just the same, since the cause lies in its batch.
 */
async function hasUsefulParameters<Batch extends TokenBatch>(
  { signal: _, ...options }: TrainRun<Batch>,
  step: number,
  good: LastGood,
): Promise<boolean> {
  if (good.at === undefined) return true;
  const succeeds = async (): Promise<boolean> => {
    const again = await stepGradients(options, step);
    return again !== undefined && isSound(again);
  };
  if (await succeeds()) return true;
  good.exchange();
  const before = await succeeds();
  good.exchange();
  return !before;
}

function adviceFor(failed: number, step: number, useful: boolean): string {
  if (step === 0 && useful) {
    return "this is the first step, so the learning rate is not the cause; look at the data and at the base model";
  }
  const kept = `the parameters are those after step ${step}`;
  if (!useful) return `${kept}, which last led to an ordinary loss; lower the learning rate or clip gradients`;
  return `${kept}, which are good: the batch of step ${failed} is the cause, or a single number that grew too large; clip gradients, lower the learning rate, or look at the data`;
}
