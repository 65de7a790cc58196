/**
 * How a run ended, or that it has not: `finished` has taken all its steps, `stopped-early` ended for want of progress,
 * `interrupted` was stopped by a person or a crash, `failed` by an error, `diverged` had a loss that rose or was no number.
 */
export type RunState = "finished" | "stopped-early" | "interrupted" | "failed" | "diverged" | "running";

/** The metric of a run at a rank. */
export interface ListedRank {
  /** The rank. */
  readonly rank: number;
  /** The metric on the task's validation split; NaN where it is not defined, which is null in JSON. */
  readonly metric: number;
  /** Where it comes from: an evaluation on the way of the adapter that was kept, or a sweep of it. */
  readonly from: "evaluation" | "sweep";
}

/** A training run in a list of runs. */
export interface ListedRun {
  /** Its folder below the one that was listed; `.` for that folder itself. A part of a comparison has its name after it. */
  readonly name: string;
  /** A run of its own, or a part of a comparison. */
  readonly kind: "run" | "part";
  /** Whether it ended, and how. */
  readonly state: RunState;
  /** Steps taken; undefined where that is not known. */
  readonly step: number | undefined;
  /** Steps planned; undefined where that is not known. */
  readonly steps: number | undefined;
  /** Seconds of all its training steps. */
  readonly seconds: number;
  /** When it began, ISO 8601; undefined where that is not known. */
  readonly created: string | undefined;
  /** Name of the task. */
  readonly task: string;
  /** What `metrics` are; undefined where older files do not say. */
  readonly metric: { readonly name: string; readonly higherIsBetter: boolean } | undefined;
  /** By rising rank; empty where nothing was evaluated. */
  readonly metrics: readonly ListedRank[];
  /** Which adapter was kept: that of the best evaluation, or the last; undefined before a run has ended. */
  readonly kept: { readonly adapter: "best" | "last"; readonly step: number } | undefined;
  /** The rank that a sweep recommended. */
  readonly recommended: number | undefined;
  /** Its settings by name, defaults included, as they are now. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Settings that were changed when it went on: what each was before, up to which step. */
  readonly changes: readonly { readonly name: string; readonly before: unknown; readonly until: number }[];
  /** What went wrong or looks odd, a sentence each. */
  readonly warnings: readonly string[];
}

/** The runs below a folder. */
export interface RunList {
  /** The folder. */
  readonly folder: string;
  /** The runs. */
  readonly runs: readonly ListedRun[];
  /** Names of the settings that are not the same in all of them. */
  readonly differing: readonly string[];
  /** Folders that say they are a run and cannot be read, and why. */
  readonly broken: readonly { readonly name: string; readonly message: string }[];
  /** Folders directly in the folder that hold no run. */
  readonly others: readonly string[];
}
