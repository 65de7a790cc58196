import { join } from "node:path";

/** Where things lie in a run folder. */
export interface RunPaths {
  /** The folder. */
  readonly dir: string;
  /** What was run with what: {@link RunRecord}. */
  readonly record: string;
  /** Every event of training, a JSON object a line. */
  readonly events: string;
  /** The same as a table, where it is reported as such. */
  readonly csv: string;
  /** Folder of TensorBoard's event files, where it is reported as such. */
  readonly tensorboard: string;
  /** Folder of the checkpoints. */
  readonly checkpoint: string;
  /** Folder of the adapter of the best evaluation. */
  readonly best: string;
  /** Result of a sweep. */
  readonly sweep: string;
  /** Result of a comparison. */
  readonly comparison: string;
  /** The curves as a picture. */
  readonly sweepPicture: string;
  /** The curves of a comparison as a picture. */
  readonly comparisonPicture: string;
  /** Everything in one page. */
  readonly report: string;
  /** Folder of exported adapters. */
  readonly exports: string;
  /** Folder of the finished parts of a comparison. */
  readonly parts: string;
  /** Folder of the ranks that a sweep has measured, until it is finished. */
  readonly measured: string;
}

/** The paths of a run folder. */
export function runPaths(dir: string): RunPaths {
  return {
    dir,
    record: join(dir, "run.json"),
    events: join(dir, "events.jsonl"),
    csv: join(dir, "metrics.csv"),
    tensorboard: join(dir, "tensorboard"),
    checkpoint: join(dir, "checkpoint"),
    best: join(dir, "best"),
    sweep: join(dir, "sweep.json"),
    comparison: join(dir, "compare.json"),
    sweepPicture: join(dir, "sweep.svg"),
    comparisonPicture: join(dir, "compare.svg"),
    report: join(dir, "report.html"),
    exports: join(dir, "export"),
    parts: join(dir, "parts"),
    measured: join(dir, "sweep-ranks"),
  };
}
