import { publicSetting } from "../files/public-path.ts";
import { loggedEvents, type TimedEvent } from "../runs/event-log.ts";
import { type RunPaths, runPaths } from "../runs/run-paths.ts";
import type { RunRecord } from "../runs/run-record.ts";
import type { TrainingSettings } from "../settings/training-settings.ts";
import { csvReporter } from "./csv-reporter.ts";
import type { Hparam } from "./event-messages.ts";
import type { Reporter } from "./reporter.ts";
import { tensorBoardReporter } from "./tensor-board-reporter.ts";

/** A setting as a short value. */
function hparamOf(name: string, value: unknown): Hparam | undefined {
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (typeof value === "string") return publicSetting(name, value);
  if (Array.isArray(value)) return value.join(", ");
  const own = (value as { readonly name?: unknown } | undefined)?.name;
  return typeof own === "string" ? own : undefined;
}

/** Settings as TensorBoard shows them beside those of other runs. */
export function hparamsOf({ reportTo: _, ...settings }: TrainingSettings, more: Readonly<Record<string, Hparam>>) {
  const entries = Object.entries({ ...settings, ...more }).flatMap(([name, value]) => {
    const hparam = hparamOf(name, value);
    return hparam === undefined ? [] : [[name, hparam] as const];
  });
  return Object.fromEntries(entries);
}

/** Where reports go. */
export type ReportPlaces = Pick<RunPaths, "tensorboard" | "csv">;

/** What is written down for whom. */
export interface ReportSubject {
  /** The settings of the run; they say for whom it is written down. */
  readonly settings: TrainingSettings;
  /** Steps that are planned. */
  readonly steps: number;
  /** The backend. */
  readonly backend: string;
  /** What evaluations measure. */
  readonly metric: string;
  /** Events that happened before. */
  readonly history: () => Iterable<TimedEvent>;
}

/** Writes a training run down as its settings say; for nobody where they say nothing. */
export async function openReporters(
  { settings, steps, backend, metric, history }: ReportSubject,
  { tensorboard, csv }: ReportPlaces,
): Promise<Reporter> {
  const { reportTo } = settings;
  const reporters: Reporter[] = [];
  if (reportTo.includes("csv")) reporters.push(await csvReporter(csv, { metric, history }));
  if (reportTo.includes("tensorboard")) {
    const hparams = hparamsOf(settings, { steps, backend });
    reporters.push(await tensorBoardReporter(tensorboard, { metric, hparams, history }));
  }
  return {
    add(event, time = new Date()) {
      for (const reporter of reporters) reporter.add(event, time);
    },
    close() {
      for (const reporter of reporters) reporter.close();
    },
  };
}

/** Writes a run in its folder down. What `events.jsonl` holds is written first. */
export function runReporters(dir: string, { settings, steps, engine }: RunRecord, metric: string): Promise<Reporter> {
  const places = runPaths(dir);
  const history = () => loggedEvents(places.events);
  return openReporters({ settings, steps, backend: engine.id, metric, history }, places);
}
