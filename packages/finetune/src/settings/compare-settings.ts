import { type BeamSettings, beamSettings } from "./decoding-settings.ts";
import { text, wholeNumbers, yes } from "./readers.ts";
import { optionalSetting, type SettingTable, setting } from "./setting.ts";
import { type SweepSettings, sweepSettings } from "./sweep-settings.ts";
import { type TrainingSettings, trainingSettings } from "./training-settings.ts";

/** Training settings that a comparison has not: it has seeds of its own, keeps whole parts, and stops no run early. */
type NotCompared = "seed" | "evalEvery" | "evalRanks" | "earlyStopping" | "checkpointEvery" | "keep";

/** Settings of a comparison of DyLoRA with a LoRA trained at each rank. */
export interface CompareSettings
  extends Omit<TrainingSettings, NotCompared>,
    BeamSettings,
    Pick<SweepSettings, "limit" | "confidence" | "resamples" | "evalBatchSize"> {
  /** Folder for the results. */
  readonly out: string | undefined;
  /** Ranks to compare at. Default: every rank. */
  readonly ranks: readonly number[] | undefined;
  /** Seeds; each repeats everything. Default `[0]`. */
  readonly seeds: readonly number[];
  /** Replace what an earlier comparison left in the folder. */
  readonly overwrite: boolean;
  /** Go on with an interrupted comparison. */
  readonly resume: boolean;
}

const {
  seed: _seed,
  evalEvery: _every,
  evalRanks: _ranks,
  earlyStopping: _stopping,
  checkpointEvery: _checkpoint,
  keep: _keep,
  ...shared
} = trainingSettings;
const { limit, confidence, resamples, evalBatchSize } = sweepSettings;

/** How the settings of a comparison are read, and their defaults. */
export const compareSettings: SettingTable<CompareSettings> = {
  out: optionalSetting(text),
  ranks: optionalSetting(wholeNumbers(1)),
  seeds: setting(wholeNumbers(0), [0]),
  ...shared,
  limit,
  confidence,
  resamples,
  evalBatchSize,
  ...beamSettings,
  overwrite: setting(yes, false),
  resume: setting(yes, false),
};
