import { ConfigError } from "@dylora/errors";
import type { Metric } from "../metric.ts";
import { accuracy } from "./accuracy.ts";
import { pearson, spearman } from "./correlation.ts";
import { f1, macroF1 } from "./f1.ts";
import { matthews } from "./matthews.ts";

const provided = [accuracy, f1, macroF1, matthews, pearson, spearman];

/**
 * One of this package's metrics by its name, for names that come from a task description or a command line:
 * `accuracy`, `f1`, `f1_macro`, `matthews_correlation`, `pearson`, `spearmanr`.
 *
 * @throws ConfigError `unknown_metric`, with the list of names.
 * @example
 * ```ts
 * import { metricByName } from "@dylora/eval/glue";
 *
 * console.log(metricByName("accuracy").compute([1, 0], [1, 1])); // 0.5
 * ```
 */
export function metricByName(name: string): Metric {
  const metric = provided.find((candidate) => candidate.name === name);
  if (metric !== undefined) return metric;
  throw new ConfigError(
    "unknown_metric",
    `there is no metric "${name}"; the metrics are ${provided.map((candidate) => candidate.name).join(", ")}`,
    { details: { metric: name } },
  );
}
