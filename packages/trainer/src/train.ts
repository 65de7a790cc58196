import { ConfigError, TrainingError } from "@dylora/errors";
import type { TokenBatch } from "@dylora/lora-core";
import { AdamW } from "./adamw.ts";
import { makeCheckpoint, restoreCheckpoint, type TrainerState } from "./checkpoint.ts";
import { EarlyStopping } from "./early-stopping.ts";
import type { EndEvent, TrainEvent } from "./events.ts";
import { LastGood } from "./last-good.ts";
import { nextTurn } from "./next-turn.ts";
import { applyStep, isSound, type StepGradients, stepGradients } from "./take-step.ts";
import { checkOptions, samplerOf, type TrainEvaluation, type TrainOptions, type TrainRun } from "./train-options.ts";

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
