import { labelCount } from "@dylora/data";
import { ConfigError, FormatError } from "@dylora/errors";
import { elementCount } from "@dylora/io";
import { isFolderLocked } from "@dylora/io/node";
import type { PeftTarget } from "@dylora/lora-core";
import { restoreParameters } from "@dylora/trainer";
import { type BestEvaluation, bestOf } from "../runs/best-evaluation.ts";
import { runBest, runCheckpoints } from "../runs/run-checkpoints.ts";
import { type RunRecord, readRunRecord } from "../runs/run-record.ts";
import type { AdapterSource } from "./adapter-source.ts";
import { freshAdapter, freshLora } from "./fresh-adapter.ts";

/** The adapter of a run folder: that of its best evaluation where one was kept, else that of its newest checkpoint. */
export interface RunSource extends AdapterSource {
  /** What was run. */
  readonly record: RunRecord;
  /** Steps that the newest checkpoint holds. */
  readonly step: number;
  /** The evaluation whose adapter it is; undefined for that of the newest checkpoint. */
  readonly best: BestEvaluation | undefined;
}

/** Older records hold a prompt form only where one was asked for. */
const olderPromptForm = ({ task, settings }: RunRecord): RunRecord["task"]["promptForm"] =>
  task.kind === "generation" && task.name !== "jsonl" ? (settings.promptForm ?? "lora") : undefined;

/**
 * Refuses a base model of another size than the one that was trained on, also one with fewer layers, on which every
 * pair that is left would fit.
 */
function checkRunFits(
  dir: string,
  settings: RunRecord["settings"],
  { tensors }: { readonly tensors: Readonly<Record<string, ArrayLike<unknown>>> },
  { sites, defaultTargets, head }: PeftTarget,
): void {
  const sized = head.map(({ name, shape }) => ({
    name,
    shape,
    values: new Float32Array(elementCount(shape)),
    fresh: true,
  }));
  const { parameters } = freshLora({ sites, defaultTargets, head: sized }, settings);
  const known = new Set(parameters.entries.map(({ name }) => name));
  const PAIR = /\.lora_[AB]\.weight$/;
  const isLost = (name: string) => PAIR.test(name) && !known.has(name) && !name.startsWith("adamw.");
  const lost = Object.keys(tensors).find(isLost);
  const other = parameters.entries.find(({ name, size }) => tensors[name]?.length !== size);
  if (lost === undefined && other === undefined) return;
  const problem =
    lost === undefined
      ? `it needs ${other?.size} numbers for ${other?.name}, and the run has ${tensors[other?.name ?? ""]?.length ?? "none"}`
      : `the run has a pair ${lost}, and this base has no such layer`;
  throw new ConfigError(
    "adapter_mismatch",
    `${dir} does not fit the base model: ${problem}: give the base it was trained on, as run.json names it`,
  );
}

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
    throw new FormatError("no_checkpoint", `${dir} holds no checkpoint yet; let its training go on`, {
      details: { dir },
    });
  }
  checkpoint.warnings.forEach(note);
  if (await isFolderLocked(dir)) {
    note(`${dir} is still being written by another process; this is its checkpoint of step ${checkpoint.step}`);
  }
  const saved = settings.keep === "last" ? undefined : await runBest(dir, record).latest();
  const best = saved === undefined ? undefined : bestOf(saved);
  if (best !== undefined) {
    note(
      `${dir}: the adapter of step ${best.step}, its best evaluation (${best.metric.toFixed(4)} at rank ${best.rank})`,
    );
  }
  const source = best === undefined || saved === undefined ? checkpoint : saved;
  const outputs = task.kind === "generation" ? undefined : labelCount({ ...task, kind: task.kind });
  return {
    dir,
    record,
    step: checkpoint.step,
    best,
    baseName: base.name,
    model: settings.model,
    outputs,
    kind: task.kind,
    labels: task.labels,
    task: task.name,
    maxLength: base.maxLength,
    promptForm: task.promptForm ?? olderPromptForm(record),
    tokenizer: base.tokenizer,
    maxRank: settings.rank,
    async prepare(base) {
      checkRunFits(dir, settings, source, base.architecture.outline(outputs ?? 1));
      return base;
    },
    attachTo(model) {
      const adapted = freshAdapter(model, settings);
      restoreParameters(adapted.adapter, source);
      return adapted;
    },
  };
}
