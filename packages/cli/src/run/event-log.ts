import { closeSync, existsSync, openSync, readFileSync, writeSync } from "node:fs";
import type { EndEvent, EvaluationEvent, StepEvent, TrainEvent } from "@dylora/trainer";

/** A log that events are added to. */
export interface EventLog {
  /** Adds an event; it is with the system when this returns. */
  add(event: TrainEvent): void;
  /** Closes the file. */
  close(): void;
}

/** Opens `events.jsonl` to add to it, on a new line if a crash cut the last one short. */
export function openEventLog(path: string): EventLog {
  const cutShort = existsSync(path) && !readFileSync(path).toString("latin1").endsWith("\n");
  const file = openSync(path, "a");
  if (cutShort) writeSync(file, "\n");
  return {
    add: (event) => void writeSync(file, `${JSON.stringify({ ...event, time: new Date().toISOString() })}\n`),
    close: () => closeSync(file),
  };
}

/** Steps and evaluations of a run. A step that was taken again after a crash counts as it was taken last. */
export interface LoggedTraining {
  /** By rising step. */
  readonly steps: readonly StepEvent[];
  /** By rising step, then rank. */
  readonly evaluations: readonly EvaluationEvent[];
  /** Why training ended last; undefined while it runs, or after a crash. */
  readonly reason: EndEvent["reason"] | undefined;
}

/** A line that a crash cut short is no event. */
function parseEvent(line: string): TrainEvent | undefined {
  try {
    return JSON.parse(line) as TrainEvent;
  } catch {
    return undefined;
  }
}

/** Reads `events.jsonl`; a file that is missing holds nothing. */
export function readEventLog(path: string): LoggedTraining {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return { steps: [], evaluations: [], reason: undefined };
  }
  const steps = new Map<number, StepEvent>();
  const evaluations = new Map<string, EvaluationEvent>();
  let reason: EndEvent["reason"] | undefined;
  for (const line of text.split("\n")) {
    const event = parseEvent(line);
    if (event?.type === "step") steps.set(event.step, event);
    if (event?.type === "start") reason = undefined;
    if (event?.type === "end") reason = event.reason;
    if (event?.type === "evaluation") evaluations.set(`${event.step} ${event.rank}`, event);
  }
  return {
    steps: [...steps.values()].sort((a, b) => a.step - b.step),
    evaluations: [...evaluations.values()].sort((a, b) => a.step - b.step || a.rank - b.rank),
    reason,
  };
}
