import type { AdaptedModel } from "@dylora/lora-core";
import type { WorkContext, WorkProgress } from "../context.ts";
import type { EvaluationSet } from "../tasks/task.ts";
import { type EvaluatedRank, evaluateRank } from "./evaluate-rank.ts";
import type { MeasuredStore } from "./measured-store.ts";

/** What is swept. */
export interface SweepJob {
  /** The trained model. */
  readonly adapted: AdaptedModel;
  /** What it is measured on. */
  readonly evaluation: EvaluationSet;
  /** Ranks to evaluate, rising. */
  readonly ranks: readonly number[];
  /** Where ranks that are done are kept; default nowhere. */
  readonly store?: MeasuredStore;
  /** What to call it in the display of progress. */
  readonly title: string;
}

/** Evaluates an adapter at each rank, showing progress. */
export async function evaluateAll(job: SweepJob, context: WorkContext): Promise<EvaluatedRank[]> {
  const { adapted, evaluation, ranks, title, store } = job;
  const { work, unit } = evaluation;
  const progress = context.progress({ title, total: ranks.length * work, unit });
  const evaluated: EvaluatedRank[] = [];
  try {
    for (const [place, rank] of ranks.entries()) {
      const onProgress = ({ done, detail }: Pick<WorkProgress, "done" | "detail">) =>
        progress.update(place * work + done, [`rank ${rank}`, detail].filter(Boolean).join(", "));
      if ((await store?.find(rank)) !== undefined) context.note(`rank ${rank}: measured before`);
      evaluated.push(await evaluateRank(adapted, evaluation, rank, { signal: context.signal, onProgress }, store));
    }
  } finally {
    progress.end();
  }
  return evaluated;
}
