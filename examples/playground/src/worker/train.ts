import type { Tokenizer } from "@dylora/data";
import { ConfigError } from "@dylora/errors";
import {
  type FinetuneOptions,
  finetune,
  type Model,
  openTask,
  type Row,
  type Run,
  type SweepTable,
  sweep,
} from "@dylora/finetune/memory";
import type { Curve, TrainReport, TrainRow, TrainSettings } from "../api.ts";
import { guessOf } from "./guess.ts";
import { problemOf } from "./problem-of.ts";
import type { PageTask } from "./tasks.ts";

/** Curves drawn on the way, the last one apart. */
const CURVES = 3;

const MAX_RANK = 8;
/** Most tokens of a row. */
const MAX_LENGTH = 128;
const ranks = Array.from({ length: MAX_RANK }, (_, index) => index + 1);

/**
 * How many rows are cut, because they are longer than what is read.
 *
 * @throws ConfigError `prompt_too_long` for data that leave no room for their sentence
 */
function countCut(rows: readonly Row[], tokenizer: Tokenizer): number {
  const lengthOf = (text: string): number => tokenizer.encode(text).length;
  return rows.filter((row, index) => {
    if (!("prompt" in row)) return lengthOf(row.text) > MAX_LENGTH;
    const [prompt, completion] = [lengthOf(row.prompt), lengthOf(row.completion)];
    if (prompt < MAX_LENGTH) return prompt + completion + 1 > MAX_LENGTH;
    throw new ConfigError(
      "prompt_too_long",
      `The data of row ${index + 1} are ${prompt} tokens long. The model reads ${MAX_LENGTH} tokens of data and sentence together; shorten the data.`,
    );
  }).length;
}

/**
 * Trains an adapter on rows, telling each step's loss and, some times, what every rank is worth on the rows held back.
 *
 * @returns the run, also where the signal ended it early, and what is wrong with it
 */
export async function trainOn(
  model: Model,
  { name, batchSize, row }: PageTask,
  given: readonly TrainRow[],
  { steps, learningRate }: TrainSettings,
  { signal, report }: { readonly signal: AbortSignal; readonly report: (report: TrainReport) => void },
): Promise<{ readonly run: Run; readonly problem: string | undefined }> {
  const rows = given.map(row);
  const cut = countCut(rows, model.tokenizer);
  const task = await openTask(rows, { name, validation: 0.2, maxLength: MAX_LENGTH });
  const classifies = task.kind === "classification";
  const guess = classifies ? guessOf(given.map(([, label]) => label)) : undefined;
  report({
    type: "data",
    training: task.rows.training,
    held: task.rows.validation,
    cut,
    maxLength: MAX_LENGTH,
    guess,
  });
  const stepLosses: number[] = [];
  const measured: { readonly loss: number | undefined; readonly metric: number }[] = [];
  let curve: Curve | undefined;
  function draw(step: number, points: readonly { readonly loss: number | undefined; readonly metric: number }[]): void {
    const losses = points.map(({ loss = Number.NaN }) => loss);
    curve = { step, losses, accuracies: classifies ? points.map(({ metric }) => metric) : [] };
    report({ type: "curve", ...curve });
  }
  const onEvent: FinetuneOptions["onEvent"] = (event) => {
    if (event.type === "step") {
      stepLosses.push(event.loss);
      report({ type: "step", step: event.step, steps, rank: event.rank ?? 0, loss: event.loss });
    }
    if (event.type !== "evaluation") return;
    measured.push({ loss: event.loss, metric: event.metric });
    if (measured.length === ranks.length) draw(event.step, measured.splice(0));
  };
  const run = await finetune(model, task, {
    maxRank: MAX_RANK,
    steps,
    learningRate,
    batchSize,
    clipNorm: 1,
    warmup: Math.ceil(steps / 20),
    evalEvery: Math.ceil(steps / (CURVES + 1)),
    evalRanks: ranks,
    // What is drawn last is what is kept.
    keep: "last",
    signal,
    onEvent,
  });
  const { step } = run.outcome;
  if (step > (curve?.step ?? 0)) draw(step, (await sweep(run)).ranks satisfies SweepTable["ranks"]);
  return { run, problem: problemOf(stepLosses, curve, guess) };
}
