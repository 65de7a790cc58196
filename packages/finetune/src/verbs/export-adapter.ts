import type { WorkOptions } from "../context.ts";
import { exportRun, type RunExport } from "../export/export-run.ts";
import { type ExportResult, exportSource } from "../export/export-source.ts";
import type { TrainedRun } from "../runs/run.ts";
import { checkSource } from "./finetune.ts";

/** Which rank is exported, and where to. */
export interface ExportOptions extends RunExport, WorkOptions {
  /** Base model of a source that is given by name. Default: the one that it names. */
  readonly base?: string;
  /** What computes, for a source that is given by name. Default `auto`. */
  readonly backend?: string;
}

/**
 * Writes one rank of a trained adapter as an ordinary LoRA that Hugging Face PEFT loads, or merged into its model.
 *
 * @param source a run that `finetune` gave, a run folder, a PEFT folder, or the name of an adapter on the hub
 * @returns what was written
 * @throws ConfigError `rank_out_of_range`; ResourceError `output_not_empty` where the folder holds something and `overwrite`
 * is not given
 *
 * @example
 * ```ts
 * import { exportAdapter, finetune, openModel, openTask } from "dylora";
 *
 * const model = await openModel("examples/quickstart/model", { backend: "wasm" });
 * const task = await openTask("examples/quickstart/data/task.json");
 * const run = await finetune(model, task, { maxRank: 2, steps: 2 });
 * const { out } = await exportAdapter(run, { rank: 1, out: "runs/adapter", overwrite: true });
 * console.log(out); // runs/adapter
 * await run.close();
 * ```
 */
export async function exportAdapter(source: TrainedRun | string, options: ExportOptions): Promise<ExportResult> {
  checkSource(source, "exportAdapter");
  if (typeof source !== "string") return exportRun(source, options, options);
  const { merge = false, dtype = "float32", overwrite = false, backend = "auto" } = options;
  return exportSource(source, { ...options, merge, dtype, overwrite, backend }, options);
}
