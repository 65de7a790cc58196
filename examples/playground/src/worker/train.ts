import { type FinetuneOptions, finetune, type Model, openTask, type Run, sweep } from "@dylora/finetune/memory";
import type { TrainReport, TrainSettings } from "../api.ts";
import type { PageTask } from "./tasks.ts";

/** Curves drawn on the way, the last one apart. */
const CURVES = 4;

const MAX_RANK = 8;
const ranks = Array.from({ length: MAX_RANK }, (_, index) => index + 1);

/**
 * Trains an adapter on lines, telling each step's loss and, some times, the loss of every rank on the lines held back.
 *
 * @returns the run, also where the signal ended it early
 */
export async function trainOn(
  model: Model,
  { name, batchSize, rows }: PageTask,
  lines: string,
  { steps, learningRate }: TrainSettings,
  { signal, report }: { readonly signal: AbortSignal; readonly report: (report: TrainReport) => void },
): Promise<Run> {
  const task = await openTask(rows(lines), { name, validation: 0.2 });
  report({ type: "data", training: task.rows.training, held: task.rows.validation });
  const losses: number[] = [];
  let drawn = 0;
  const onEvent: FinetuneOptions["onEvent"] = (event) => {
    if (event.type === "step")
      report({ type: "step", step: event.step, steps, rank: event.rank ?? 0, loss: event.loss });
    if (event.type !== "evaluation") return;
    losses.push(event.loss ?? Number.NaN);
    if (losses.length < ranks.length) return;
    drawn = event.step;
    report({ type: "curve", step: drawn, losses: losses.splice(0) });
  };
  const run = await finetune(model, task, {
    maxRank: MAX_RANK,
    steps,
    learningRate,
    batchSize,
    clipNorm: 1,
    warmup: Math.ceil(steps / 20),
    evalEvery: Math.ceil(steps / (CURVES + 1)),
    evalRanks: ranks,
    signal,
    onEvent,
  });
  const { step } = run.outcome;
  if (step > drawn && !signal.aborted) {
    const table = await sweep(run);
    report({ type: "curve", step, losses: table.ranks.map(({ loss = Number.NaN }) => loss) });
  }
  return run;
}
