import { ConfigError } from "@dylora/errors";
import { mean } from "simple-statistics";
import { type Metric, meanMetric } from "../metric.ts";
import { accuracy } from "./accuracy.ts";
import { pearson, spearman } from "./correlation.ts";
import { f1 } from "./f1.ts";
import { matthews } from "./matthews.ts";

/** The scored sets of GLUE, under the names of the Hugging Face hub. `mnli` stands for either half of its pair. */
export type ScoredGlueTask =
  | "cola"
  | "sst2"
  | "mrpc"
  | "stsb"
  | "qqp"
  | "mnli"
  | "mnli_matched"
  | "mnli_mismatched"
  | "qnli"
  | "rte"
  | "wnli";

/** How GLUE scores one task. */
export interface GlueTaskMetrics {
  /** The metrics that GLUE reports. */
  readonly metrics: readonly Metric[];
  /** The one number that enters the GLUE average: the metric, or the mean of the metrics (`combined_score`). */
  readonly score: Metric;
}

/**
 * GLUE's metrics of each task (Wang et al. 2018, arXiv 1804.07461, Table 1): Matthews correlation for CoLA, F1 and
 * accuracy for MRPC and QQP, Pearson and Spearman correlation for STS-B, accuracy for the others.
 *
 * Papers differ from GLUE: LoRA and DyLoRA report accuracy alone for MRPC and QQP, and Pearson alone for STS-B.
 *
 * @example
 * ```ts
 * import { glueMetrics } from "@dylora/eval/glue";
 *
 * console.log(glueMetrics.mrpc.score.compute([1, 1, 0, 0], [1, 0, 0, 0])); // mean of F1 2/3 and accuracy 3/4
 * ```
 */
export const glueMetrics: Readonly<Record<ScoredGlueTask, GlueTaskMetrics>> = {
  cola: scoredBy(matthews),
  sst2: scoredBy(accuracy),
  mrpc: scoredBy(f1, accuracy),
  stsb: scoredBy(pearson, spearman),
  qqp: scoredBy(f1, accuracy),
  mnli: scoredBy(accuracy),
  mnli_matched: scoredBy(accuracy),
  mnli_mismatched: scoredBy(accuracy),
  qnli: scoredBy(accuracy),
  rte: scoredBy(accuracy),
  wnli: scoredBy(accuracy),
};

/** Scores of one task, by metric name; `score` is the one that enters the GLUE average. */
export interface GlueScores {
  /** Value of each metric that GLUE reports for the task, by name. */
  readonly values: Readonly<Record<string, number>>;
  /** The task's score: the metric, or the mean of the metrics. */
  readonly score: number;
}

/**
 * Scores predictions on a GLUE task, as GLUE does.
 *
 * @param task name of the task
 * @param predictions class ids; numbers for STS-B
 * @param labels gold class ids; numbers for STS-B
 * @throws ConfigError `unknown_glue_task`; whatever the metrics throw.
 * @example
 * ```ts
 * import { scoreGlueTask } from "@dylora/eval/glue";
 *
 * const { values, score } = scoreGlueTask("stsb", [1, 2, 3, 5], [1, 2, 4, 5]);
 * console.log(values, score); // { pearson: …, spearmanr: 1 } and their mean
 * ```
 */
export function scoreGlueTask(
  task: ScoredGlueTask,
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
): GlueScores {
  const { metrics, score } = taskMetrics(task);
  return {
    values: Object.fromEntries(metrics.map((metric) => [metric.name, metric.compute(predictions, labels)])),
    score: score.compute(predictions, labels),
  };
}

/**
 * GLUE's overall number: the mean over tasks of the tasks' scores, each task counting once. The two halves of MNLI are
 * averaged to one score first. Tasks that are missing are left out (most papers leave out WNLI).
 *
 * @param scores score of each task, in any unit, all in the same
 * @throws ConfigError `unknown_glue_task`, or `no_examples` when no task is given.
 * @example
 * ```ts
 * import { glueAverage } from "@dylora/eval/glue";
 *
 * console.log(glueAverage({ cola: 0.6, mnli_matched: 0.86, mnli_mismatched: 0.88 })); // (0.6 + 0.87) / 2
 * ```
 */
export function glueAverage(scores: Readonly<Partial<Record<ScoredGlueTask, number>>>): number {
  const byTask = new Map<string, number[]>();
  for (const [name, score] of Object.entries(scores)) {
    taskMetrics(name);
    const task = name.replace(/_(mis)?matched$/, "");
    byTask.set(task, [...(byTask.get(task) ?? []), score]);
  }
  if (byTask.size === 0) throw new ConfigError("no_examples", "there are no task scores to average; give at least one");
  return mean([...byTask.values()].map(mean));
}

function taskMetrics(name: string): GlueTaskMetrics {
  if (Object.hasOwn(glueMetrics, name)) return glueMetrics[name as ScoredGlueTask];
  throw new ConfigError(
    "unknown_glue_task",
    `there is no GLUE task "${name}"; the tasks are ${Object.keys(glueMetrics).join(", ")}`,
    { details: { task: name } },
  );
}

function scoredBy(...metrics: readonly [Metric, ...Metric[]]): GlueTaskMetrics {
  return { metrics, score: metrics.length === 1 ? metrics[0] : meanMetric("combined_score", metrics) };
}
