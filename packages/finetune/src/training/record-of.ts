import type { Backend } from "@dylora/tensor";
import type { WorkContext } from "../context.ts";
import { describeBase } from "../models/base-model.ts";
import { versions } from "../models/versions.ts";
import type { RunRecord } from "../runs/run-record.ts";
import type { TrainingSettings } from "../settings/training-settings.ts";
import type { PreparedTraining } from "./prepare-training.ts";

/** What a run is made of. */
export interface RunParts {
  /** The settings. */
  readonly settings: TrainingSettings;
  /** What was read and checked. */
  readonly prepared: PreparedTraining;
  /** The backend. */
  readonly backend: Pick<Backend, "id" | "detail">;
}

/** The record of a run that begins now. */
export function recordOf(
  { settings, prepared, backend }: RunParts,
  { command, versions: others }: Pick<WorkContext, "command" | "versions">,
): RunRecord {
  const { task, base, training, evaluation, steps, maxLength, tokenizer } = prepared;
  const { name, higherIsBetter } = evaluation.metric;
  const { promptForm } = task;
  return {
    format: "dylora-run",
    version: 1,
    created: new Date().toISOString(),
    command,
    settings,
    steps,
    task: {
      name: task.name,
      kind: task.kind,
      labels: task.labels,
      trainingExamples: training.size,
      ...(promptForm === undefined ? {} : { promptForm }),
      metric: { name, higherIsBetter },
    },
    base: { ...describeBase(base), maxLength, tokenizer },
    engine: { id: backend.id, detail: backend.detail },
    versions: versions(others),
  };
}
