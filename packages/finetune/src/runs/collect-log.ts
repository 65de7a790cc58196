import type { EndEvent, EvaluationEvent, StepEvent, TrainEvent } from "@dylora/trainer";
import type { LoggedTraining } from "./event-log.ts";

/** A log of events in memory. */
export interface CollectedLog {
  /** Adds an event. */
  add(event: TrainEvent): void;
  /** What was added so far. */
  log(): LoggedTraining;
}

/** Starts a log of events in memory, for runs without a folder. */
export function collectLog(): CollectedLog {
  const steps: StepEvent[] = [];
  const evaluations: EvaluationEvent[] = [];
  let reason: EndEvent["reason"] | undefined;
  return {
    add(event) {
      if (event.type === "step") steps.push(event);
      if (event.type === "evaluation") evaluations.push(event);
      if (event.type === "end") reason = event.reason;
    },
    log: () => ({ steps: [...steps], evaluations: [...evaluations], reason, damaged: 0 }),
  };
}
