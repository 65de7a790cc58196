import {
  checkRank,
  keepRanges,
  matryoshkaGate,
  newestRow,
  type ParameterRange,
  type RankView,
  rowRanges,
  type TokenBatch,
} from "@dylora/lora-core";
import type { AdamW } from "./adamw.ts";
import type { StepEvent } from "./events.ts";
import { clipGradientNorm, gradientNorm } from "./gradient-norm.ts";
import { nextTurn } from "./next-turn.ts";
import type { TrainOptions, TrainRun } from "./train-options.ts";

/** How a step looks at the adapter, and which stretches of it may change. */
interface StepPlan {
  readonly rank: number | undefined;
  view(examples: number, firstExample: number): RankView;
  readonly changing?: readonly ParameterRange[];
}

function planStep<Batch extends TokenBatch>(options: TrainRun<Batch>, step: number): StepPlan {
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

/** The gradients of a step, clipped, and what led to them. Nothing has been changed. */
export interface StepGradients {
  /** In the flat layout of the parameters. */
  readonly gradients: Float32Array;
  /** Mean loss. */
  readonly loss: number;
  /** Norm before clipping. */
  readonly norm: number;
  /** Rank of the step, where it has one. */
  readonly rank: number | undefined;
  /** Stretches that may change; all when undefined. */
  readonly changing: readonly ParameterRange[] | undefined;
  /** Tokens, padding included. */
  readonly tokens: number;
  /** Examples of all its batches. */
  readonly examples: number;
}

/** Whether an optimiser may take these gradients. */
export const isSound = ({ loss, norm }: StepGradients): boolean => Number.isFinite(loss) && Number.isFinite(norm);

/**
 * Computes the gradients of a step; with the same parameters they are the same each time.
 *
 * @returns undefined when the signal was aborted between two micro-batches
 */
export async function stepGradients<Batch extends TokenBatch>(
  options: TrainRun<Batch>,
  step: number,
): Promise<StepGradients | undefined> {
  const { adapted, data, objective, accumulation = 1, seed = 0, clipNorm, signal } = options;
  const plan = planStep(options, step);
  const batches = Array.from({ length: accumulation }, (_, micro) => data.batch(step * accumulation + micro));
  const weights = batches.map((batch) => objective.weight(batch));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const gradients = new Float32Array(adapted.adapter.parameters.values.length);
  let loss = 0;
  let firstExample = 0;
  for (const [index, batch] of batches.entries()) {
    if (index > 0) {
      await nextTurn();
      if (signal?.aborted === true) return undefined;
    }
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
  const tokens = batches.reduce((sum, batch) => sum + batch.size * batch.length, 0);
  return { gradients, loss, norm, rank: plan.rank, changing: plan.changing, tokens, examples: firstExample };
}

/** Lets the optimiser take a step. @returns what happened, but for its seconds */
export function applyStep<Batch extends TokenBatch>(
  { updateMode }: Pick<TrainOptions<Batch>, "updateMode">,
  optimizer: AdamW,
  step: number,
  learningRate: number,
  { gradients, loss, norm, rank, changing, tokens, examples }: StepGradients,
): Omit<StepEvent, "seconds"> {
  optimizer.step(gradients, learningRate, updateMode === "frozen" ? changing : undefined);
  return { type: "step", step: step + 1, rank, loss, learningRate, gradientNorm: norm, tokens, examples };
}
