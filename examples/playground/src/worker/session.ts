import { type AdaptableModel, type AdaptedModel, parameterCounts } from "@dylora/lora-core";
import type { LabelledBatch } from "@dylora/trainer";
import type { AdapterReport } from "../api.ts";
import type { ModelFiles } from "./fetch-files.ts";
import type { Task } from "./task.ts";

/** A model with its adapter, in use. */
export interface Session {
  readonly task: Task;
  readonly files: ModelFiles;
  /** Owned: disposed with the session. */
  readonly model: AdaptableModel<LabelledBatch>;
  readonly adapted: AdaptedModel<LabelledBatch>;
  /** Class names by class id. */
  readonly labels: readonly string[];
  /** Where the adapter comes from, for people. */
  readonly origin: string;
}

/** What the page shows of a session. */
export function reportOf({ task, adapted: { adapter }, origin }: Session): AdapterReport {
  const counts = Array.from({ length: adapter.maxRank }, (_, index) => parameterCounts(adapter, index + 1));
  return {
    task: task.name,
    maxRank: adapter.maxRank,
    parameters: counts.map(({ total }) => total),
    headParameters: counts[0]?.head ?? 0,
    origin,
  };
}
