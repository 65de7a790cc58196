import { basename } from "node:path";
import { FormatError } from "@dylora/errors";
import type { ListedRun, SweepFile } from "@dylora/report";
import { settingsOf } from "../compare/run-trial.ts";
import { readPart } from "../compare/trial.ts";
import { partFilesIn } from "../runs/own-files.ts";
import { readSweep } from "../runs/read-sweep.ts";
import { runPaths } from "../runs/run-paths.ts";
import { trainingSettingsIn } from "../settings/training-settings.ts";

/** A part of a comparison that is to be described. */
export interface FoundPart {
  /** Its name in a list. */
  readonly name: string;
  /** @throws FormatError for what cannot be read */
  describe(): Promise<ListedRun>;
}

async function describePart(path: string, name: string, result: SweepFile | undefined): Promise<ListedRun> {
  const { settings: given, ...part } = await readPart(path);
  const settings = settingsOf(part, trainingSettingsIn(given));
  // A part without any metric is one whose training broke down; what else is kept has taken all its steps.
  const broken = !part.points.some(({ metric }) => metric !== null && Number.isFinite(metric));
  const planned = part.steps ?? result?.settings["steps"] ?? settings.steps;
  const steps = typeof planned === "number" ? planned : undefined;
  return {
    name,
    kind: "part",
    state: broken ? "diverged" : "finished",
    step: broken ? undefined : steps,
    steps,
    seconds: part.trainSeconds,
    created: undefined,
    task: result?.task.name ?? String(settings.task ?? ""),
    metric: result?.task.metric,
    metrics: part.points.map(({ rank, metric }) => ({ rank, metric: metric ?? Number.NaN, from: "sweep" })),
    kept: broken || steps === undefined ? undefined : { adapter: "last", step: steps },
    recommended: part.method === "dylora" ? result?.recommendation?.rank : undefined,
    settings: { ...settings },
    changes: [],
    warnings: part.warning === undefined ? [] : [part.warning],
  };
}

/**
 * The parts of a comparison, to be described one by one.
 *
 * @throws FormatError for a result that cannot be read, or whose parts are gone
 */
export async function partsOf(dir: string, name: string): Promise<FoundPart[]> {
  const { comparison, parts } = runPaths(dir);
  const result = await readSweep(comparison);
  const files = await partFilesIn(parts);
  if (files.length === 0) throw new FormatError("not_a_run", `${comparison} stands alone: its parts are not there`);
  return files.map((path) => {
    const own = `${name === "." ? "" : `${name}/`}${basename(path, ".json")}`;
    return { name: own, describe: () => describePart(path, own, result) };
  });
}
