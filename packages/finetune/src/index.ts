export type { AdapterSource } from "./adapters/adapter-source.ts";
export type { Head } from "./adapters/head.ts";
export { compare } from "./compare/compare.ts";
export { searchCost } from "./compare/comparison-cost.ts";
export { type BaselineSettings, loraBaseline } from "./compare/lora-baseline.ts";
export { type Trial, type TrialPlan, type TrialStore, trialStore } from "./compare/trial.ts";
export {
  contextOf,
  type FileContext,
  type FileOptions,
  type ProgressTask,
  type ProgressTeller,
  type WorkContext,
  type WorkOptions,
  type WorkProgress,
} from "./context.ts";
export { type EvaluatedMetric, type EvaluateResult, evaluateFiles } from "./evaluate/evaluate-files.ts";
export { exportRun, type RunExport } from "./export/export-run.ts";
export { type ExportJob, type ExportResult, exportPeft, exportSource } from "./export/export-source.ts";
export { type GenerateResult, generateFile } from "./generate/generate-file.ts";
export { type ListRunsOptions, listRuns } from "./list/list-runs.ts";
export { type BackendPackage, openBackend, startBackend } from "./models/backends.ts";
export type { BaseModel } from "./models/base-model.ts";
export { versions } from "./models/versions.ts";
export type { TextInput } from "./predict/input-lines.ts";
export { type PredictResult, predictFile } from "./predict/predict-file.ts";
export type { Label } from "./predict/prediction.ts";
export { type CsvOptions, csvReporter } from "./reporting/csv-reporter.ts";
export type { Hparam } from "./reporting/event-messages.ts";
export type { Reporter } from "./reporting/reporter.ts";
export { type TensorBoardOptions, tensorBoardReporter } from "./reporting/tensor-board-reporter.ts";
export type { BestEvaluation } from "./runs/best-evaluation.ts";
export { bestEvaluation, type EvaluatedRank, type EvaluatedRanks, lastEvaluation } from "./runs/evaluated-ranks.ts";
export { type LoggedTraining, readEventLog, type TimedEvent } from "./runs/event-log.ts";
export { readSweep } from "./runs/read-sweep.ts";
export type { TrainedRun } from "./runs/run.ts";
export { type RunPaths, runPaths } from "./runs/run-paths.ts";
export { type RunChange, type RunEnd, type RunRecord, readRunRecord } from "./runs/run-record.ts";
export * from "./settings/index.ts";
export type { MeasuredRank, MeasuredStore } from "./sweep/measured-store.ts";
export {
  type OpenedRun,
  openRunFolder,
  type RunMeasuring,
  type RunSweep,
  sweepReportFiles,
  sweepRun,
  sweepRunFolder,
} from "./sweep/sweep-run.ts";
export { type ReportFiles, writeReport } from "./sweep/write-report.ts";
export type {
  Answers,
  EncodingTools,
  EvaluatedClasses,
  EvaluationSet,
  EvaluationSettings,
  Measured,
  MeasureOptions,
  OpenTask,
  ShownExample,
  TrainingBatch,
  TrainingSet,
} from "./tasks/task.ts";
export { withAbsolutePaths } from "./training/absolute-paths.ts";
export type { PreparedTraining } from "./training/prepare-training.ts";
export type { TrainingOutcome } from "./training/train-adapter.ts";
export { type FinishedRun, type TrainRequest, trainRun } from "./training/train-run.ts";
export { type ExportOptions, exportAdapter } from "./verbs/export-adapter.ts";
export { type FinetuneOptions, finetune } from "./verbs/finetune.ts";
export { FinetuneJob } from "./verbs/finetune-job.ts";
export type { GeneratedTexts, GenerateOptions, PromptInput } from "./verbs/generate-texts.ts";
export { type OpenAdapterOptions, openAdapter, openBase } from "./verbs/open-adapter.ts";
export { type Model, type OpenModelOptions, openModel } from "./verbs/open-model.ts";
export { type OpenTaskOptions, openTask, type Task } from "./verbs/open-task.ts";
export type { Classified, PredictInput, PredictOptions } from "./verbs/predict-texts.ts";
export type { Run } from "./verbs/run.ts";
export { type FolderSweepOptions, type SweepOptions, type SweepTable, sweep } from "./verbs/sweep.ts";
export type { TunedModel } from "./verbs/tuned-model.ts";
