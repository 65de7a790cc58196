export { AdamW, type AdamWOptions, type ParameterOptions } from "./adamw.ts";
export {
  type CheckpointData,
  type CheckpointTarget,
  checkpointProgress,
  type Json,
  makeCheckpoint,
  restoreCheckpoint,
  restoreParameters,
  type TrainerState,
} from "./checkpoint.ts";
export { EarlyStopping, type EarlyStoppingOptions, type EarlyStoppingState } from "./early-stopping.ts";
export type { CheckpointEvent, EndEvent, EvaluationEvent, StartEvent, StepEvent, TrainEvent } from "./events.ts";
export { clipGradientNorm, gradientNorm } from "./gradient-norm.ts";
export { type LossCourse, lossCourse } from "./loss-course.ts";
export { classification, type LabelledBatch, type Objective, regression } from "./objective.ts";
export { type EvaluationBatches, type Predictions, type PredictOptions, predict } from "./predict.ts";
export { aurac, bestRank, type RatedRank, type RecommendOptions, recommendRank } from "./recommend-rank.ts";
export { constantSchedule, cosineSchedule, linearSchedule, type Schedule, type ScheduleOptions } from "./schedules.ts";
export { type SweptRank, sweepRanks } from "./sweep-ranks.ts";
export { type BatchesByNumber, type StepSampler, type TrainEvaluation, type TrainOptions, train } from "./train.ts";
