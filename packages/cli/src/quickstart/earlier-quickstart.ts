import { existsSync } from "node:fs";
import { DyloraError } from "@dylora/errors";
import { readRunRecord, readSweep, runPaths, withAbsolutePaths } from "@dylora/finetune";
import type { TrainingSettings } from "@dylora/finetune/settings";
import type { SweepFile } from "@dylora/report";

/** What lies in the folder of a quickstart: nothing, a run of other settings, one that was cut short, or all of it. */
export type Earlier =
  | { readonly state: "nothing" | "other" | "begun" }
  | { readonly state: "done"; readonly sweep: SweepFile; readonly created: string };

/** What a quickstart is to hold. */
export interface Wanted {
  /** Settings of its run. */
  readonly settings: TrainingSettings;
  /** Ranks that plain LoRA is trained at. */
  readonly loraRanks: readonly number[];
  /** How much worse than the best the recommended rank may be. */
  readonly epsilon: number;
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The settings as `run.json` holds them. */
const recorded = (settings: TrainingSettings): unknown => {
  const entries = Object.entries(withAbsolutePaths(settings)).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
};

/**
 * Looks for an earlier quickstart in a folder. Files that cannot be read count as nothing that could be gone on with: they
 * are complained about where they are replaced.
 */
export async function findEarlier(out: string, { settings, loraRanks, epsilon }: Wanted): Promise<Earlier> {
  const paths = runPaths(out);
  if (!existsSync(paths.record)) return { state: "nothing" };
  try {
    const record = await readRunRecord(out);
    if (!same(recorded(record.settings), recorded(settings))) return { state: "other" };
    const sweep = await readSweep(paths.sweep);
    if (sweep === undefined) return { state: "begun" };
    const lora = sweep.curves.find(({ kind }) => kind === "lora");
    const isWhole =
      same(
        lora?.points.map(({ rank }) => rank),
        [...loraRanks],
      ) &&
      sweep.recommendation?.epsilon === epsilon &&
      record.ended?.step === record.steps;
    return isWhole ? { state: "done", sweep, created: record.created } : { state: "begun" };
  } catch (error) {
    if (!DyloraError.isInstance(error)) throw error;
    return { state: "other" };
  }
}
