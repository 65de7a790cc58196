import type { Adapter, Run } from "@dylora/finetune/memory";
import { parameterCounts } from "@dylora/lora-core";
import type { AdapterReport } from "../api.ts";
import type { PageTask } from "./tasks.ts";

/** A model with its adapter, in use. */
export interface Session {
  readonly task: PageTask;
  /** Owned: closed with the session. */
  readonly tuned: Adapter | Run;
}

/** What the page shows of a session. */
export function reportOf({ task, tuned: { adapted, maxRank } }: Session): AdapterReport {
  const counts = Array.from({ length: maxRank }, (_, index) => parameterCounts(adapted.adapter, index + 1));
  return {
    task: task.name,
    maxRank,
    parameters: counts.map(({ total }) => total),
    headParameters: counts[0]?.head ?? 0,
  };
}
