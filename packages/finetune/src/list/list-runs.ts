import { DyloraError } from "@dylora/errors";
import type { ListedRun, RunList } from "@dylora/report";
import { contextOf, type WorkOptions } from "../context.ts";
import { trainingSettings } from "../settings/training-settings.ts";
import { type FoundPart, partsOf } from "./describe-parts.ts";
import { describeRun } from "./describe-run.ts";
import { findRuns } from "./find-runs.ts";
import { sortRuns } from "./sort-runs.ts";

/** How runs are listed. */
export interface ListRunsOptions extends Pick<WorkOptions, "signal"> {
  /**
   * The order: `name` (default), `state`, `created`, `steps`, `time`, `metric` (that of each run's highest rank, the best
   * first), `rank8` (the metric at rank 8), or a setting such as `lr`.
   */
  readonly sort?: string;
}

/** Settings that say nothing of what was trained; how many steps were planned is told anyway. */
const besideTheMatter: ReadonlySet<string> = new Set(["reportTo", "steps"]);

function differingSettings(runs: readonly ListedRun[]): string[] {
  return Object.keys(trainingSettings).filter((name) => {
    const values = new Set(runs.map(({ settings }) => JSON.stringify(settings[name] ?? null)));
    return values.size > 1 && !besideTheMatter.has(name);
  });
}

/**
 * Lists the runs below a folder, with their settings, how they ended, and the metric at each rank. The parts of a comparison are
 * listed one by one. A folder that says it is a run and cannot be read is told, and so is one that holds none.
 *
 * @param folder the folder; it may be a run itself
 * @throws FormatError `file_missing` or `not_a_folder`; ConfigError `bad_option` for an order that does not exist
 *
 * @example
 * ```ts
 * import { finetune, listRuns, openModel, openTask } from "dylora";
 *
 * const model = await openModel("examples/quickstart/model", { backend: "wasm" });
 * const task = await openTask("examples/quickstart/data/task.json");
 * for (const learningRate of [1e-3, 3e-3]) {
 *   const out = `runs/rates/${learningRate}`;
 *   const run = await finetune(model, task, { maxRank: 2, steps: 2, learningRate, out, overwrite: true });
 *   await run.close();
 * }
 * const { runs, differing } = await listRuns("runs/rates", { sort: "lr" });
 * console.log(runs.map(({ name, state }) => [name, state]), differing); // [["0.001", "finished"], …] ["lr"]
 * await model.close();
 * ```
 */
export async function listRuns(folder: string, { sort = "name", signal }: ListRunsOptions = {}): Promise<RunList> {
  sortRuns([], sort);
  const context = contextOf({ signal });
  const { found, others } = await findRuns(folder, context.signal);
  const runs: ListedRun[] = [];
  const broken: { name: string; message: string }[] = [];
  /** What is described, or why it cannot be. */
  async function reading<T>(name: string, read: () => Promise<T>): Promise<T | undefined> {
    context.signal.throwIfAborted();
    try {
      return await read();
    } catch (error) {
      if (!DyloraError.isInstance(error)) throw error;
      broken.push({ name, message: error.message });
      return undefined;
    }
  }
  for (const { way, dir, kind } of found) {
    const name = way.length === 0 ? "." : way.join("/");
    const own: FoundPart = { name, describe: () => describeRun(dir, name) };
    for (const part of kind === "run" ? [own] : ((await reading(name, () => partsOf(dir, name))) ?? [])) {
      const run = await reading(part.name, part.describe);
      if (run !== undefined) runs.push(run);
    }
  }
  return { folder, runs: sortRuns(runs, sort), differing: differingSettings(runs), broken, others };
}
