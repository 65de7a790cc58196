import { basename } from "node:path";
import type { TaskKind, TextTask } from "@dylora/data";
import { ConfigError } from "@dylora/errors";

/** Which columns of a table make a task, and what of it is measured on. */
export interface TableColumns {
  /** Column of the text. */
  readonly text?: string | undefined;
  /** Column of the second text of a pair. */
  readonly textPair?: string | undefined;
  /** Column of the label. */
  readonly label?: string | undefined;
  /** Class names in the order of their ids; undefined: those that occur, sorted. */
  readonly labels?: readonly string[] | undefined;
  /** Classes or numbers; undefined: classes. */
  readonly kind?: TaskKind | undefined;
  /** Metrics, the main one first; undefined: accuracy, or Pearson's correlation. */
  readonly metrics?: readonly string[] | undefined;
  /** Share of the rows that is measured on, or the path of another table; undefined: 0.1. */
  readonly validation?: number | string | undefined;
}

/** What a table is as a task, once its classes are known; its JSON is the `task.json` to save beside the table. */
export function tableTask(path: string, columns: TableColumns, labels: readonly string[]): TextTask {
  const { text, textPair, label, kind = "classification", metrics } = columns;
  if (text === undefined || label === undefined) {
    const missing = text === undefined ? "text" : "label";
    throw new ConfigError(
      "option_missing",
      `'${missing}' is missing: the column of the ${missing === "text" ? "texts" : "labels"}`,
    );
  }
  return {
    name: basename(path).replace(/\.[^.]+$/, ""),
    kind,
    textColumns: textPair === undefined ? [text] : [text, textPair],
    labelColumn: label,
    labels,
    metrics: metrics ?? (kind === "regression" ? ["pearson", "spearmanr"] : ["accuracy"]),
    splits: { train: basename(path) },
  };
}
