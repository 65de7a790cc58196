import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { writeFileAtomic } from "@dylora/io/node";
import type { TrainEvent } from "@dylora/trainer";
import { openAppended } from "../files/appended-file.ts";
import type { TimedEvent } from "../runs/event-log.ts";
import type { Reporter } from "./reporter.ts";

/** Columns of the table. A column is empty where an event has no such number. */
const columns = [
  ...["time", "event", "step", "rank", "loss", "metric", "value", "learning_rate", "grad_norm"],
  ...["tokens", "examples", "seconds"],
] as const;

type Row = Partial<Record<(typeof columns)[number], string | number | undefined>>;

/** As RFC 4180 has it: quotes where they are needed, lines end with CR and LF. */
const field = (value: string | number | undefined): string => {
  const text = value === undefined ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

const line = (fields: readonly (string | number | undefined)[]): string => `${fields.map(field).join(",")}\r\n`;

function rowOf(event: TrainEvent, metric: string): Row | undefined {
  if (event.type === "step") {
    const { step, rank, loss, learningRate, gradientNorm, tokens, examples, seconds } = event;
    return { step, rank, loss, learning_rate: learningRate, grad_norm: gradientNorm, tokens, examples, seconds };
  }
  if (event.type !== "evaluation") return undefined;
  const { step, rank, loss, metric: value } = event;
  return { step, rank, loss, metric, value };
}

/** What is known of a run besides its events. */
export interface CsvOptions {
  /** Name of what evaluations measure, for the column `metric`. Default `metric`. */
  readonly metric?: string;
  /**
   * Events that happened before. The file is made anew from them. Default: what is in the file stays, and rows are added.
   */
  readonly history?: () => Iterable<TimedEvent>;
}

/**
 * Writes a run down as a table (RFC 4180), a row for each step and for each evaluation of a rank, told apart by the column
 * `event`. The columns are always the same: time, event, step, rank, loss, metric, value, learning_rate, grad_norm, tokens,
 * examples, seconds.
 *
 * @param path the file
 * @throws ResourceError `output_unwritable`
 *
 * @example
 * ```ts
 * import { csvReporter, finetune, openModel, openTask } from "dylora";
 *
 * const model = await openModel("examples/quickstart/model", { backend: "wasm" });
 * const task = await openTask("examples/quickstart/data/task.json");
 * const table = await csvReporter("runs/metrics.csv", { metric: "accuracy" });
 * const run = await finetune(model, task, { maxRank: 2, steps: 3, onEvent: table.add });
 * await run.close();
 * await model.close();
 * ```
 */
export async function csvReporter(path: string, { metric = "metric", history }: CsvOptions = {}): Promise<Reporter> {
  const text = (event: TrainEvent, time: Date | undefined): string => {
    const row = rowOf(event, metric);
    if (row === undefined) return "";
    const full: Row = { time: time?.toISOString(), event: event.type, ...row };
    return line(columns.map((column) => full[column]));
  };
  if (history !== undefined || !existsSync(path)) {
    const lines = async function* () {
      yield Buffer.from(line(columns));
      for (const { event, time } of history?.() ?? []) yield Buffer.from(text(event, time));
    };
    await mkdir(dirname(path), { recursive: true });
    await writeFileAtomic(path, lines());
  }
  const file = openAppended(path);
  let closed = false;
  const close = (): void => {
    if (!closed) file.close();
    closed = true;
  };
  return {
    add(event, time = new Date()) {
      const row = text(event, time);
      if (row !== "") file.append(row);
      if (event.type === "end") close();
    },
    close,
  };
}
