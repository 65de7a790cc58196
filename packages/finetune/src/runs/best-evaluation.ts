/** The evaluation that an adapter was kept for. */
export interface BestEvaluation {
  /** Steps that had been taken. */
  readonly step: number;
  /** The rank that decided. */
  readonly rank: number;
  /** Its metric. */
  readonly metric: number;
}

/** The evaluation that a stored best was kept for. */
export function bestOf(checkpoint: { readonly step: number; readonly metadata: unknown }): BestEvaluation | undefined {
  const { best } = (checkpoint.metadata ?? {}) as {
    readonly best?: { readonly rank?: unknown; readonly metric?: unknown };
  };
  const { rank, metric } = best ?? {};
  return typeof rank === "number" && typeof metric === "number" ? { step: checkpoint.step, rank, metric } : undefined;
}
