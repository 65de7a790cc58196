import { ConfigError } from "@dylora/errors";
import type { TrainingSettings } from "../settings/training-settings.ts";

const bad = (message: string): ConfigError => new ConfigError("bad_option", message);

/**
 * Refuses settings that do not go together, before anything is read.
 *
 * @throws ConfigError `bad_option`
 */
export function checkTrainingSettings(settings: TrainingSettings): void {
  const { steps, epochs, warmup, warmupRatio, rank, rankPer, updateMode, evalRanks, evalEvery, earlyStopping } =
    settings;
  if (steps !== undefined && epochs !== undefined) throw bad("give 'steps' or 'epochs', not both");
  if (warmup !== undefined && warmupRatio !== undefined) throw bad("give 'warmup' or 'warmupRatio', not both");
  if (warmup !== undefined && steps !== undefined && warmup > steps) {
    throw bad(`'warmup' ${warmup} is longer than the run of ${steps} steps`);
  }
  if (rankPer === "example" && updateMode !== "full") {
    throw bad(`'rankPer' example goes with 'updateMode' full, not with ${updateMode}`);
  }
  const above = evalRanks?.find((candidate) => candidate > rank);
  if (above !== undefined) throw bad(`'evalRanks' has rank ${above}; the highest rank is ${rank}`);
  if (evalEvery === undefined && (evalRanks !== undefined || earlyStopping !== undefined)) {
    throw bad(`${earlyStopping === undefined ? "'evalRanks'" : "'earlyStopping'"} needs 'evalEvery'`);
  }
}
