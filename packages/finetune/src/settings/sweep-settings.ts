import { fraction, notNegative, text, whole, wholeNumbers } from "./readers.ts";
import { optionalSetting, type SettingTable, setting } from "./setting.ts";

/** What a sweep measures, and how it decides. */
export interface SweepSettings {
  /** Ranks to evaluate, rising. Default: every rank. */
  readonly ranks: readonly number[] | undefined;
  /** Split to measure on. Default: the task's validation split. */
  readonly split: string | undefined;
  /** Measure on the first so many examples only. */
  readonly limit: number | undefined;
  /** How much worse than the best the recommended rank may be, on the metric's scale. Default 0.01. */
  readonly epsilon: number;
  /** Level of the confidence intervals. Default 0.95. */
  readonly confidence: number;
  /** Resamples of the bootstrap. Default 1000. */
  readonly resamples: number;
  /** Examples in an evaluation batch. Default 64. */
  readonly evalBatchSize: number;
}

/** How the settings of a sweep are read, and their defaults. */
export const sweepSettings: SettingTable<SweepSettings> = {
  ranks: optionalSetting(wholeNumbers(1)),
  split: optionalSetting(text),
  limit: optionalSetting(whole(1)),
  epsilon: setting(notNegative, 0.01),
  confidence: setting(fraction, 0.95),
  resamples: setting(whole(1, 1_000_000), 1000),
  evalBatchSize: setting(whole(1), 64),
};
