export { AdamW, type AdamWOptions, type ParameterOptions } from "./adamw.ts";
export type { BatchSource, FiniteBatchSource } from "./batch-source.ts";
export {
  type Checkpoint,
  type CheckpointStore,
  checkpointProgress,
  makeCheckpoint,
  parameterTensors,
  restoreCheckpoint,
  restoreParameters,
  type TrainerState,
} from "./checkpoint.ts";
export { EarlyStopping, type EarlyStoppingOptions, type EarlyStoppingState } from "./early-stopping.ts";
export type { CheckpointEvent, EndEvent, EvaluationEvent, StartEvent, StepEvent, TrainEvent } from "./events.ts";
export { clipGradientNorm, gradientNorm } from "./gradient-norm.ts";
export { type LossCourse, lossCourse } from "./loss-course.ts";
export { type FiniteBatches, type MeanLossOptions, meanLoss } from "./mean-loss.ts";
export { classification, type LabelledBatch, type Objective, regression } from "./objective.ts";
export { type Predictions, type PredictOptions, predict } from "./predict.ts";
export type { Progress } from "./progress.ts";
export { aurac, bestRank, type RatedRank, type RecommendOptions, recommendRank } from "./recommend-rank.ts";
export { constantSchedule, cosineSchedule, linearSchedule, type Schedule, type ScheduleOptions } from "./schedules.ts";
export { type ScoredRank, type SweepMetric, type SweepOptions, type SweptRank, sweepRanks } from "./sweep-ranks.ts";
export { train } from "./train.ts";
export type { TrainEvaluation, TrainOptions } from "./train-options.ts";
