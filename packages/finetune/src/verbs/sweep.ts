import { TrainingError } from "@dylora/errors";
import { type Curve, type CurvePoint, type Recommendation, rankTable, type SweepFile } from "@dylora/report";
import { contextOf, type WorkOptions } from "../context.ts";
import type { DecodingSettings, LeftOpen } from "../settings/decoding-settings.ts";
import { readSettings } from "../settings/read-settings.ts";
import { type SweepSettings, sweepSettings } from "../settings/sweep-settings.ts";
import { sweepReportFiles, sweepRun, sweepRunFolder } from "../sweep/sweep-run.ts";
import { writeReport } from "../sweep/write-report.ts";
import { checkSource } from "./finetune.ts";
import type { Run } from "./run.ts";

/** How a run is swept. Everything has a default. */
export interface SweepOptions extends Partial<Omit<SweepSettings, "split" | "limit">>, WorkOptions {}

/** How the run in a folder is swept: also which examples are measured on, and how texts are written. */
export interface FolderSweepOptions extends Partial<SweepSettings>, LeftOpen<DecodingSettings>, WorkOptions {
  /** What computes. Default `auto`. */
  readonly backend?: string;
}

/** Scores of a run at every rank. */
export interface SweepTable {
  /** A point for each rank, with the interval of its metric. */
  readonly ranks: readonly CurvePoint[];
  /** The smallest rank that is safely within epsilon of the best. @throws TrainingError `metric_undefined` */
  readonly recommended: Recommendation;
  /** Area under the curve over ranks; undefined where a metric is not defined. */
  readonly aurac: Curve["aurac"];
  /** Everything, as `sweep.json` holds it: for reports. */
  readonly file: SweepFile;
  /** The table as text. */
  toString(): string;
}

/** A sweep as a table. */
export function tableOf(file: SweepFile): SweepTable {
  const [curve] = file.curves as readonly [Curve];
  return {
    ranks: curve.points,
    get recommended() {
      if (file.recommendation !== undefined) return file.recommendation;
      const { name } = file.task.metric;
      throw new TrainingError("metric_undefined", `${name} is not defined at any rank, so there is none to recommend`);
    },
    aurac: curve.aurac,
    file,
    toString: () => rankTable(file),
  };
}

/** Settings out of options, checked; what belongs to the work is left out. */
function settingsIn(options: Partial<SweepSettings>): SweepSettings {
  const names = Object.keys(sweepSettings) as (keyof SweepSettings)[];
  const given = names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]]));
  return readSettings(sweepSettings, [{ values: Object.fromEntries(given) }]);
}

/**
 * Evaluates a run at every rank, with intervals, and recommends the smallest rank that is safely within epsilon of the best.
 * Where the run has a folder, `sweep.json`, `sweep.svg` and `report.html` are written into it.
 *
 * @param run a run that `finetune` gave, or the folder of one
 * @throws ConfigError, FormatError or ResourceError for what is wrong, before any work; the signal's reason, or
 * InterruptedError where ranks that are done are kept
 *
 * @example
 * ```ts
 * import { finetune, openModel, openTask, sweep } from "dylora";
 *
 * const model = await openModel("examples/quickstart/model", { backend: "wasm" });
 * const task = await openTask("examples/quickstart/data/task.json");
 * const run = await finetune(model, task, { maxRank: 2, steps: 2 });
 * const table = await sweep(run, { resamples: 100 });
 * console.log(`${table}`, table.recommended.rank);
 * await run.close();
 * ```
 */
export async function sweep(run: Run, options?: SweepOptions): Promise<SweepTable>;
export async function sweep(folder: string, options?: FolderSweepOptions): Promise<SweepTable>;
export async function sweep(source: Run | string, options: FolderSweepOptions = {}): Promise<SweepTable> {
  checkSource(source, "sweep");
  const settings = settingsIn(options);
  contextOf(options).signal.throwIfAborted();
  if (typeof source === "string") {
    const { backend = "auto" } = options;
    return tableOf(await sweepRunFolder(source, { ...options, ...settings, backend }, options));
  }
  const file = await sweepRun(source, { settings }, options);
  return tableOf(source.dir === undefined ? file : await writeReport(sweepReportFiles(source.dir), file));
}
