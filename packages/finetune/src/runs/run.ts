import type { AdaptedModel } from "@dylora/lora-core";
import type { Backend } from "@dylora/tensor";
import type { BaseModel } from "../models/base-model.ts";
import type { EvaluationSet, OpenTask } from "../tasks/task.ts";
import type { LoggedTraining } from "./event-log.ts";
import type { RunRecord } from "./run-record.ts";

/** A trained adapter on its model, which is loaded, with all that is known of its training. */
export interface TrainedRun {
  /** The run folder; undefined for a run that was kept in memory. */
  readonly dir: string | undefined;
  /** What was run with what. */
  readonly record: RunRecord;
  /** The course of training. */
  readonly log: LoggedTraining;
  /** The base model. Its files are open until the run is closed. */
  readonly base: BaseModel;
  /** The task. */
  readonly task: OpenTask;
  /** What to measure on. */
  readonly evaluation: EvaluationSet;
  /** The trained model. */
  readonly adapted: AdaptedModel;
  /** The backend. */
  readonly backend: Backend;
}
