import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { writeFileAtomic } from "@dylora/io/node";
import type { EndEvent, EvaluationEvent, StepEvent, TrainEvent } from "@dylora/trainer";
import { z } from "zod";
import { openAppended } from "../files/appended-file.ts";

/** A log that events are added to. */
export interface EventLog {
  /**
   * Adds an event; it is with the system when this returns.
   *
   * @param time when it happened; default now
   * @throws ResourceError `output_unwritable`; the log then ends with the event before
   */
  add(event: TrainEvent, time?: Date): void;
  /** Closes the file. */
  close(): void;
}

/** A device or a pipe in its place has nothing to read, or no end. */
const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

function endsWithLineFeed(path: string): boolean {
  const file = openSync(path, "r");
  try {
    const last = Buffer.alloc(1);
    return readSync(file, last, 0, 1, Math.max(0, fstatSync(file).size - 1)) === 1 && last[0] === 0x0a;
  } finally {
    closeSync(file);
  }
}

/** No event of ours is longer, in bytes. */
const LONGEST_LINE = 65_536;

/** The lines of a log, which may be larger than a string can be. Of a line beyond all measure only the start comes. */
function* linesOf(path: string): Generator<string> {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return;
  }
  try {
    const chunk = Buffer.alloc(1 << 20);
    let rest: Buffer = Buffer.alloc(0);
    for (let length = readSync(file, chunk); length > 0; length = readSync(file, chunk)) {
      const bytes = Buffer.concat([rest, chunk.subarray(0, length)]);
      let start = 0;
      for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, start)) {
        yield bytes.toString("utf8", start, Math.min(end, start + LONGEST_LINE));
        start = end + 1;
      }
      rest = bytes.subarray(start, start + LONGEST_LINE);
    }
    yield rest.toString("utf8");
  } finally {
    closeSync(file);
  }
}

/**
 * Opens `events.jsonl` to add to it, on a new line if a crash cut the last one short.
 *
 * @throws ResourceError `output_unwritable`
 */
export function openEventLog(path: string): EventLog {
  let cutShort = false;
  try {
    cutShort = isFile(path) && !endsWithLineFeed(path);
  } catch {
    // Opening it says why.
  }
  const file = openAppended(path);
  try {
    if (cutShort && file.size > 0) file.append("\n");
  } catch (error) {
    file.close();
    throw error;
  }
  return {
    add: (event, time = new Date()) => file.append(`${JSON.stringify({ ...event, time: time.toISOString() })}\n`),
    close: file.close,
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
  /** Lines that are no event of ours. They are left out. */
  readonly damaged: number;
}

const count = z.int().nonnegative();
/** NaN is null in JSON. */
const number = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);

const schema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("start"), step: count, steps: count }),
  z.object({
    type: z.literal("step"),
    step: z.int().positive(),
    rank: z.number().optional(),
    loss: number,
    learningRate: number,
    gradientNorm: number,
    tokens: count,
    examples: count.optional(),
    seconds: z.number().nonnegative(),
  }),
  z.object({ type: z.literal("evaluation"), step: count, rank: count, metric: number, loss: number.optional() }),
  z.object({ type: z.literal("checkpoint"), step: count }),
  z.object({ type: z.literal("end"), step: count, reason: z.enum(["done", "early-stopping", "aborted"]) }),
]);

const stamp = z.object({ time: z.iso.datetime() });

/** An event, and when it happened. */
export interface TimedEvent {
  /** The event. */
  readonly event: TrainEvent;
  /** When; undefined where the line does not say so. */
  readonly time: Date | undefined;
}

/** A line as an event; undefined when it is none, for instance because a crash cut it short. */
function parseLine(line: string): TimedEvent | undefined {
  try {
    const json: unknown = JSON.parse(line);
    const { data } = schema.safeParse(json);
    if (data === undefined) return undefined;
    const { data: stamped } = stamp.safeParse(json);
    return { event: data as TrainEvent, time: stamped === undefined ? undefined : new Date(stamped.time) };
  } catch {
    return undefined;
  }
}

const parseEvent = (line: string): TrainEvent | undefined => parseLine(line)?.event;

/** The events of `events.jsonl` in the order of its lines, one at a time; a file that is missing holds none. */
export function* loggedEvents(path: string): Generator<TimedEvent> {
  for (const line of isFile(path) ? linesOf(path) : []) {
    const timed = parseLine(line);
    if (timed !== undefined) yield timed;
  }
}

/** Reads `events.jsonl`; a file that is missing holds nothing. */
export function readEventLog(path: string): LoggedTraining {
  const steps = new Map<number, StepEvent>();
  const evaluations = new Map<string, EvaluationEvent>();
  let reason: EndEvent["reason"] | undefined;
  let damaged = 0;
  for (const line of isFile(path) ? linesOf(path) : []) {
    if (line.trim() === "") continue;
    const event = parseEvent(line);
    if (event === undefined) damaged++;
    if (event?.type === "step") steps.set(event.step, event);
    if (event?.type === "start") reason = undefined;
    if (event?.type === "end") reason = event.reason;
    if (event?.type === "evaluation") evaluations.set(`${event.step} ${event.rank}`, event);
  }
  return {
    steps: [...steps.values()].sort((a, b) => a.step - b.step),
    evaluations: [...evaluations.values()].sort((a, b) => a.step - b.step || a.rank - b.rank),
    reason,
    damaged,
  };
}

/** How far a checkpoint is. */
export interface LogPosition {
  /** Steps taken. */
  readonly step: number;
  /** Step of the last evaluation that was finished. */
  readonly evaluated: number;
}

/** What {@link rewindEventLog} left out, and what it misses. */
export interface RewoundLog {
  /** Events after the checkpoint: they will happen again. */
  readonly repeated: number;
  /** Lines that are no event of ours. */
  readonly damaged: number;
  /** Steps up to the checkpoint that no event tells of. */
  readonly missing: number;
}

/**
 * Puts `events.jsonl` back to a checkpoint, so that it tells of every step once when the run goes on from there. Lines
 * that stay keep their bytes; a crash leaves the old file or the new.
 *
 * @throws ResourceError `output_unwritable`
 */
export async function rewindEventLog(path: string, { step, evaluated }: LogPosition): Promise<RewoundLog> {
  if (!isFile(path)) return { repeated: 0, damaged: 0, missing: step };
  const seen = new Set<number>();
  let [repeated, damaged] = [0, 0];
  const stays = (line: string): boolean => {
    if (line.trim() === "") return false;
    const event = parseEvent(line);
    if (event === undefined) {
      damaged++;
      return false;
    }
    const past = event.step <= (event.type === "evaluation" ? evaluated : step);
    const again = event.type === "step" && seen.has(event.step);
    if (!past || again) {
      repeated++;
      return false;
    }
    if (event.type === "step") seen.add(event.step);
    return true;
  };
  const file = await open(path);
  try {
    await writeFileAtomic(
      path,
      (async function* () {
        for await (const line of file.readLines()) if (stays(line)) yield Buffer.from(`${line}\n`);
      })(),
    );
  } finally {
    await file.close().catch(() => {});
  }
  return { repeated, damaged, missing: step - seen.size };
}
