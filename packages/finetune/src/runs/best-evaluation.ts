/** The evaluation that an adapter was kept for. */
export interface BestEvaluation {
  /** Steps that had been taken. */
  readonly step: number;
  /** The rank that decided. */
  readonly rank: number;
  /** Its metric. */
  readonly metric: number;
  /** Its loss; absent where none was measured. */
  readonly loss?: number | undefined;
}

/** What two evaluations of a rank are compared by. */
export type Comparable = Pick<BestEvaluation, "metric" | "loss">;

/**
 * Whether an evaluation is better than the best so far: by its metric, and by its loss where the metrics are equal, because
 * on few examples a metric soon rises no further. One whose metric is no number is never better.
 */
export function isBetter(now: Comparable, best: Comparable | undefined, higherIsBetter: boolean): boolean {
  if (!Number.isFinite(now.metric)) return false;
  if (best === undefined) return true;
  if (now.metric !== best.metric) return higherIsBetter === now.metric > best.metric;
  return now.loss !== undefined && best.loss !== undefined && now.loss < best.loss;
}

/** The evaluation that a stored best was kept for. */
export function bestOf(checkpoint: { readonly step: number; readonly metadata: unknown }): BestEvaluation | undefined {
  const { best } = (checkpoint.metadata ?? {}) as {
    readonly best?: { readonly rank?: unknown; readonly metric?: unknown; readonly loss?: unknown };
  };
  const { rank, metric, loss } = best ?? {};
  if (typeof rank !== "number" || typeof metric !== "number") return undefined;
  return { step: checkpoint.step, rank, metric, ...(typeof loss === "number" ? { loss } : {}) };
}
