import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { EvaluationEvent, StartEvent, StepEvent } from "@dylora/trainer";
import { type AppendedFile, openAppended, unwritable } from "../files/appended-file.ts";
import { eventFilesIn, nextEventFileName } from "../runs/event-file-name.ts";
import type { TimedEvent } from "../runs/event-log.ts";
import type { Fields, Hparam } from "./event-messages.ts";
import type { Reporter } from "./reporter.ts";

/** What is known of a run besides its events. */
export interface TensorBoardOptions {
  /** Name of what evaluations measure, as tags have it. Default `metric`. */
  readonly metric?: string;
  /** Settings by name, for the HPARAMS tab. Default none. */
  readonly hparams?: Readonly<Record<string, Hparam>>;
  /** Events that happened before, where a run goes on that was not, or not wholly, written down here. Default none. */
  readonly history?: () => Iterable<TimedEvent>;
}

/** Numbers of a step, by the names that transformers gives them. */
function ofStep({ loss, learningRate, gradientNorm, rank, tokens, examples, seconds }: StepEvent) {
  const rates = { "train/tokens_per_second": tokens, "train/samples_per_second": examples };
  const entries = Object.entries(rates).flatMap(([tag, count]) =>
    count === undefined || seconds === 0 ? [] : [[tag, count / seconds] as const],
  );
  return {
    "train/loss": loss,
    "train/learning_rate": learningRate,
    "train/grad_norm": gradientNorm,
    ...(rank === undefined ? {} : { "train/rank": rank }),
    ...Object.fromEntries(entries),
  };
}

const ofEvaluation = ({ rank, metric, loss }: EvaluationEvent, name: string) => ({
  [`eval/${name}/rank_${rank}`]: metric,
  ...(loss === undefined ? {} : { [`eval/loss/rank_${rank}`]: loss }),
});

const chartsOf = (metric: string) =>
  [metric, "loss"].map((name) => ({
    title: `${name} by rank`,
    tag: `eval/${name.replaceAll(/[^\w/]/g, "\\$&")}/rank_[0-9]+`,
  }));

/**
 * Writes a run down for TensorBoard: an event file in a folder of its own, which the functions of dylora feed event by event.
 *
 * Tags are `train/loss`, `train/learning_rate`, `train/grad_norm`, `train/rank`, `train/tokens_per_second`,
 * `train/samples_per_second`, and for each rank that is evaluated `eval/<metric>/rank_<r>` and `eval/loss/rank_<r>`. Where
 * the folder has event files already, the run goes on in a new one, and TensorBoard drops what the others say of later steps.
 *
 * @param dir the folder, made with the first event
 *
 * @example
 * ```ts
 * import { finetune, openModel, openTask, tensorBoardReporter } from "dylora";
 *
 * const model = await openModel("examples/quickstart/model", { backend: "wasm" });
 * const task = await openTask("examples/quickstart/data/task.json");
 * const board = await tensorBoardReporter("runs/board", { metric: "accuracy", hparams: { maxRank: 2 } });
 * const run = await finetune(model, task, { maxRank: 2, steps: 3, onEvent: board.add });
 * await run.close();
 * await model.close();
 * ```
 */
export async function tensorBoardReporter(
  dir: string,
  { metric = "metric", hparams = {}, history = () => [] }: TensorBoardOptions = {},
): Promise<Reporter> {
  // Loaded here, so that whoever reports nothing loads no protobuf.
  const [{ tfRecord }, messages] = await Promise.all([import("./tf-record.ts"), import("./event-messages.ts")]);
  let file: AppendedFile | undefined;

  const write = (time: Date, step: number, content: Fields): void =>
    file?.append(tfRecord(messages.encodeEvent(time, step, content)));

  function open({ step, steps }: StartEvent, time: Date): void {
    const before = eventFilesIn(dir);
    const goesOn = before.length > 0;
    if (goesOn && step >= steps) return;
    try {
      mkdirSync(dir, { recursive: true });
    } catch (cause) {
      throw unwritable(dir, cause);
    }
    file = openAppended(join(dir, nextEventFileName(before, time)), { fresh: true });
    write(time, 0, messages.fileVersion);
    // TensorBoard takes the first start of a folder for none that repeats anything, so every file has one. An evaluation
    // after this very step may have been broken off: the step is dropped and written anew.
    write(time, goesOn ? step : 0, messages.sessionStart);
    write(time, 0, messages.sessionStartInfo(hparams, time));
    write(time, 0, messages.chartLayout("Evaluation by rank", chartsOf(metric)));
    for (const { event, time: then = time } of history()) {
      if (!goesOn || event.step >= step) report(event, then);
    }
  }

  function report(event: TimedEvent["event"], time: Date): void {
    if (event.type === "step") write(time, event.step, messages.scalars(ofStep(event)));
    if (event.type === "evaluation") write(time, event.step, messages.scalars(ofEvaluation(event, metric)));
  }

  const close = (): void => {
    file?.close();
    file = undefined;
  };

  return {
    add(event, time = new Date()) {
      if (event.type === "start") open(event, time);
      report(event, time);
      if (event.type !== "end") return;
      if (event.reason !== "aborted") write(time, event.step, messages.sessionEndInfo(time));
      close();
    },
    close,
  };
}
