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

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
/** JSON writes a number that is not finite as null. */
const isScore = (value: unknown): boolean => value === null || value === undefined || typeof value === "number";
const isAmount = (value: unknown): boolean => typeof value === "number" && value >= 0;

/** Whether a line holds what is read of an event of its type. */
function isEvent(value: unknown): value is TrainEvent {
  const { type, step, rank, loss, metric, seconds, reason } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (type === "step") return isCount(step) && isScore(rank) && isScore(loss) && isAmount(seconds);
  if (type === "evaluation") return isCount(step) && isCount(rank) && rank > 0 && isScore(loss) && isScore(metric);
  return typeof type === "string" && (type !== "end" || typeof reason === "string");
}

/** A line that a crash cut short is no event. */
function parseEvent(line: string): TrainEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isEvent(value) ? value : undefined;
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
