export { type CompareSettings, compareSettings } from "./compare-settings.ts";
export {
  type BeamSettings,
  beamSettings,
  type DecodingSettings,
  decodingSettings,
  decodingSettingsIn,
  type FolderDecodingSettings,
  type LeftOpen,
} from "./decoding-settings.ts";
export { type SamplerSettings, samplerFor } from "./distribution.ts";
export { isModuleFile, loadModuleFile } from "./module-file.ts";
export { type Meaning, meaningOf } from "./other-meanings.ts";
export { inOurNames, type OwnNames, otherNamesOf, ownName, snakeCase } from "./other-names.ts";
export { type GivenValues, readSettings, requireOptions } from "./read-settings.ts";
export {
  fraction,
  listOf,
  notNegative,
  oneOf,
  positive,
  type Reader,
  text,
  UnreadableError,
  whole,
  wholeNumbers,
  yes,
} from "./readers.ts";
export { type ReportTarget, reportTargetNames } from "./report-targets.ts";
export { optionalSetting, type Setting, type SettingTable, setting } from "./setting.ts";
export { type SweepSettings, sweepSettings } from "./sweep-settings.ts";
export {
  type AdapterSettings,
  type BackendSettings,
  backendSettings,
  type DataSettings,
  type OptimisationSettings,
  type SamplingSettings,
  type ScalingName,
  scalingNames,
  type TrainingSettings,
  trainingSettings,
  trainingSettingsIn,
  updateModeNames,
  type WatchSettings,
} from "./training-settings.ts";
export type {
  EvaluateSettings,
  ExportSettings,
  GenerateSettings,
  LineSettings,
  PredictSettings,
  UseSettings,
} from "./use-settings.ts";
