import { labelCount } from "@dylora/data";
import { checkRank } from "@dylora/lora-core";
import type { Head } from "../adapters/head.ts";
import { contextOf, type WorkOptions } from "../context.ts";
import type { TrainedRun } from "../runs/run.ts";
import { type ExportResult, writeRank } from "./export-source.ts";

/** Which rank of a run is written, and where. */
export interface RunExport {
  /** Rank to export. */
  readonly rank: number;
  /** Folder to write. */
  readonly out: string;
  /** Replace what an earlier export left in the folder. Default false. */
  readonly overwrite?: boolean;
  /** Write full weights, with the adapter folded in. Default false: a PEFT adapter. */
  readonly merge?: boolean;
  /** Type of merged weights. Default `float32`. */
  readonly dtype?: "float32" | "float16" | "bfloat16";
}

/** What the outputs of a run's head mean. */
export function headOfRun({ task }: Pick<TrainedRun, "task">): Head | undefined {
  const { kind, labels } = task;
  if (kind === "generation") return undefined;
  const problemType = kind === "regression" ? "regression" : "single_label_classification";
  return { outputs: labelCount({ ...task, kind }), kind, problemType, labels };
}

/**
 * Writes one rank of a run whose model is loaded: a PEFT folder, or a whole model.
 *
 * @throws ConfigError `rank_out_of_range`; ResourceError as `writePeftAdapter` and `writeModelFolder`
 *
 * @experimental
 */
export async function exportRun(
  run: TrainedRun,
  { rank, out, overwrite = false, merge = false, dtype = "float32" }: RunExport,
  options: WorkOptions = {},
): Promise<ExportResult> {
  const { adapted, base, task, record } = run;
  checkRank(rank, 1, adapted.adapter.maxRank);
  const { maxLength, tokenizer } = record.base;
  const source = { task: task.name, maxLength, promptForm: task.promptForm, tokenizer };
  const job = { adapted, run: run.dir, source, head: headOfRun(run), rank, base, out, overwrite };
  await writeRank(job, { merge, dtype }, contextOf(options).note);
  return { out, rank, layout: merge ? "merged" : "peft", base: base.name };
}
