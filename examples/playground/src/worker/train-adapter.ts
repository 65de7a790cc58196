import { createSampler, uniform } from "@dylora/dylora-sampler";
import type { AdaptedModel } from "@dylora/lora-core";
import { classification, type LabelledBatch, linearSchedule, train } from "@dylora/trainer";
import type { TrainReport, TrainSettings } from "../api.ts";
import type { TrainingSet } from "./task.ts";

/** Curves drawn on the way, the last one apart. */
const CURVES = 4;

const objective = classification();

/** Mean loss of a rank over batches. Frees every tensor it makes. */
async function meanLoss(adapted: AdaptedModel<LabelledBatch>, batches: readonly LabelledBatch[], rank: number) {
  let sum = 0;
  let weights = 0;
  for (const batch of batches) {
    const logits = adapted.forward(batch, { view: { rank } });
    const loss = objective.loss(logits, batch);
    logits.dispose();
    const [value] = await loss.data();
    loss.dispose();
    const weight = objective.weight(batch);
    sum += weight * (value ?? Number.NaN);
    weights += weight;
  }
  return sum / weights;
}

/**
 * Trains an adapter with uniform ranks, telling each step's loss and, some times, the loss of every rank on the examples
 * held back.
 *
 * @returns steps taken, and whether the signal ended it
 */
export async function trainAdapter(
  adapted: AdaptedModel<LabelledBatch>,
  { data, held, counts }: TrainingSet,
  { steps, learningRate }: TrainSettings,
  { signal, report }: { readonly signal: AbortSignal; readonly report: (report: TrainReport) => void },
): Promise<{ step: number; stopped: boolean }> {
  report({ type: "data", ...counts });
  const ranks = Array.from({ length: adapted.adapter.maxRank }, (_, index) => index + 1);
  const curve = async (step: number): Promise<void> => {
    const losses: number[] = [];
    for (const rank of ranks) losses.push(await meanLoss(adapted, held, rank));
    report({ type: "curve", step, losses });
  };
  const every = Math.ceil(steps / (CURVES + 1));
  const sampler = createSampler(uniform({ max: adapted.adapter.maxRank }));
  const schedule = linearSchedule({ steps, warmup: Math.ceil(steps / 20) });
  let taken = 0;
  let measured = 0;
  for await (const event of train({
    adapted,
    data,
    objective,
    sampler,
    steps,
    learningRate,
    schedule,
    clipNorm: 1,
    signal,
  })) {
    if (event.type === "end") return { step: event.step, stopped: event.reason === "aborted" };
    if (event.type !== "step") continue;
    taken = event.step;
    report({ type: "step", step: taken, steps, rank: event.rank ?? 0, loss: event.loss });
    if (taken === steps || taken - measured >= every) {
      await curve(taken);
      measured = taken;
    }
  }
  return { step: taken, stopped: true };
}
