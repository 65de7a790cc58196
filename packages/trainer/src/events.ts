/** Training is about to take its first step. */
export interface StartEvent {
  readonly type: "start";
  /** Step it starts from: 0, or more after a resume. */
  readonly step: number;
  /** Step it runs to. */
  readonly steps: number;
}

/** An optimiser step has been taken. */
export interface StepEvent {
  readonly type: "step";
  /** Steps taken so far, this one included. */
  readonly step: number;
  /** Rank of the step; the mean rank when every example had its own; undefined for Matryoshka. */
  readonly rank: number | undefined;
  /** Mean training loss of the step. */
  readonly loss: number;
  /** Learning rate used. */
  readonly learningRate: number;
  /** Norm of the gradient before clipping. */
  readonly gradientNorm: number;
  /** Tokens in the step's batches, padding included. */
  readonly tokens: number;
  /** Examples in the step's batches; undefined in a log that an older version wrote. */
  readonly examples?: number | undefined;
  /** Wall-clock seconds of the step. */
  readonly seconds: number;
}

/** A rank has been evaluated during training. */
export interface EvaluationEvent {
  readonly type: "evaluation";
  /** Steps taken so far. */
  readonly step: number;
  /** Rank evaluated. */
  readonly rank: number;
  /** Its metric. */
  readonly metric: number;
  /** Its mean loss, where the evaluation gives one. */
  readonly loss: number | undefined;
}

/** A checkpoint has been written. */
export interface CheckpointEvent {
  readonly type: "checkpoint";
  /** Steps it holds. */
  readonly step: number;
}

/** Training is over. */
export interface EndEvent {
  readonly type: "end";
  /** Steps taken in all. */
  readonly step: number;
  /** Why: all steps taken, no progress (early stopping), or the caller's signal. */
  readonly reason: "done" | "early-stopping" | "aborted";
}

/** What {@link train} yields, in order. */
export type TrainEvent = StartEvent | StepEvent | EvaluationEvent | CheckpointEvent | EndEvent;
