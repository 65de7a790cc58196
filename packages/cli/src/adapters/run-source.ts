import { labelCount } from "@dylora/data";
import { FormatError } from "@dylora/errors";
import { isFolderLocked } from "@dylora/io/node";
import { restoreParameters } from "@dylora/trainer";
import { resumeCommand } from "../run/resume-command.ts";
import { runCheckpoints } from "../run/run-checkpoints.ts";
import { type RunRecord, readRunRecord } from "../run/run-record.ts";
import { freshAdapter } from "../training/train-adapter.ts";
import type { AdapterSource } from "./adapter-source.ts";

/** The adapter of a run folder, as its newest checkpoint has it. */
export interface RunSource extends AdapterSource {
  /** What was run. */
  readonly record: RunRecord;
  /** Steps that the checkpoint holds. */
  readonly step: number;
}

/** Older records hold a prompt form only where one was asked for. */
const olderPromptForm = ({ task, settings }: RunRecord): RunRecord["task"]["promptForm"] =>
  task.kind === "generation" && task.name !== "jsonl" ? (settings.promptForm ?? "lora") : undefined;

/**
 * Opens the adapter of a run folder.
 *
 * @param note told about damaged checkpoints that were skipped
 * @throws FormatError `not_a_run`, `bad_run_record`, `no_checkpoint`, `checkpoint_corrupt`
 */
export async function openRunSource(dir: string, note: (line: string) => void): Promise<RunSource> {
  const record = await readRunRecord(dir);
  const { settings, task, base } = record;
  const checkpoint = await runCheckpoints(dir, record).latest();
  if (checkpoint === undefined) {
    throw new FormatError("no_checkpoint", `${dir} holds no checkpoint yet; train with: ${resumeCommand(dir)}`);
  }
  checkpoint.warnings.forEach(note);
  if (await isFolderLocked(dir)) {
    note(`${dir} is still being written by another process; this is its checkpoint of step ${checkpoint.step}`);
  }
  return {
    dir,
    record,
    step: checkpoint.step,
    baseName: base.name,
    outputs: task.kind === "generation" ? undefined : labelCount({ ...task, kind: task.kind }),
    kind: task.kind,
    labels: task.labels,
    task: task.name,
    maxLength: base.maxLength,
    promptForm: task.promptForm ?? olderPromptForm(record),
    tokenizer: base.tokenizer,
    maxRank: settings.rank,
    attachTo(model) {
      const adapted = freshAdapter(model, settings);
      restoreParameters(adapted.adapter, checkpoint);
      return adapted;
    },
  };
}
