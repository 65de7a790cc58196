import { labelCount } from "@dylora/data";
import { checkRank } from "@dylora/lora-core";
import type { Head } from "../models/head.ts";
import type { TrainedRun } from "../runs/run.ts";
import { exportPeft } from "./export-source.ts";

/** Which rank of a run is written, and where. */
export interface RunExport {
  /** Rank to export. */
  readonly rank: number;
  /** Folder to write. */
  readonly out: string;
  /** Replace what an earlier export left in the folder. Default false. */
  readonly overwrite?: boolean;
}

function headOfRun({ task }: TrainedRun): Head | undefined {
  const { kind, labels } = task;
  if (kind === "generation") return undefined;
  const problemType = kind === "regression" ? "regression" : "single_label_classification";
  return { outputs: labelCount({ ...task, kind }), kind, problemType, labels };
}

/**
 * Writes one rank of a run whose model is loaded as a PEFT folder.
 *
 * @throws ConfigError `rank_out_of_range`; ResourceError as `writePeftAdapter`
 */
export async function exportRun(run: TrainedRun, { rank, out, overwrite = false }: RunExport): Promise<void> {
  const { adapted, base, task, record } = run;
  checkRank(rank, 1, adapted.adapter.maxRank);
  const { maxLength, tokenizer } = record.base;
  const source = { task: task.name, maxLength, promptForm: task.promptForm, tokenizer };
  await exportPeft({ adapter: adapted.adapter, source, head: headOfRun(run), rank, base, out, overwrite });
}
