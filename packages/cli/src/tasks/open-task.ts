import { stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { type BrokenRowHandler, type Example, glueTaskNamed, type TaskKind, type TextTask } from "@dylora/data";
import { readGlue, readGlueFromHub, readSplit, readTask, type Table } from "@dylora/data/node";
import { ConfigError } from "@dylora/errors";
import type { Metric } from "@dylora/eval";
import { metricByName } from "@dylora/eval/glue";

/** A task whose splits can be read. */
export interface OpenTask {
  /** Short name. */
  readonly name: string;
  /** What is predicted. */
  readonly kind: TaskKind;
  /** Class names by class id; empty for regression. */
  readonly labels: readonly string[];
  /** What it is scored by, the main one first. */
  readonly metrics: readonly [Metric, ...Metric[]];
  /** The split to measure on. */
  readonly evaluationSplit: string;
  /**
   * Reads a split.
   *
   * @throws ConfigError `unknown_split` or `empty_split`; FormatError naming file and line
   */
  read(split: string): Promise<readonly Example[]>;
}

/** Which task, and where its files are. */
export interface TaskSettings {
  /** A GLUE name, or the path of a `task.json`. */
  readonly task: string;
  /** Folder of the files, or `hub`. */
  readonly data: string | undefined;
  /** Leave out rows that cannot be read. */
  readonly skipBrokenRows: boolean;
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );

type ReadTable = (split: string, onBrokenRow?: BrokenRowHandler) => Promise<Table>;

async function describe({
  task: name,
  data,
}: TaskSettings): Promise<{ task: TextTask; evaluationSplit: string; read: ReadTable }> {
  if (name.endsWith(".json") || (await isFile(name))) {
    if (data === "hub") throw new ConfigError("bad_option", "--data hub goes with GLUE tasks, not with a task.json");
    const { task } = await readTask(name);
    const folder = data ?? dirname(resolve(name));
    const evaluationSplit = Object.keys(task.splits).find((split) => split.startsWith("validation")) ?? "validation";
    return { task, evaluationSplit, read: (split, handler) => readSplit({ task, folder }, split, handler) };
  }
  const task = glueTaskNamed(name);
  const [evaluationSplit = "validation"] = task.evaluationSplits;
  if (data === undefined) {
    throw new ConfigError("option_missing", `--data is missing: the folder of ${task.name}'s files, or hub`);
  }
  const read: ReadTable =
    data === "hub"
      ? (split, handler) => readGlueFromHub(task, split, undefined, handler)
      : (split, handler) => readGlue(task, data, split, handler);
  return { task, evaluationSplit, read };
}

const correlations = ["pearson", "spearmanr"];

function metricsOf({ name, kind, metrics: names }: TextTask): readonly [Metric, ...Metric[]] {
  const [first, ...others] = names.map(metricByName);
  if (first === undefined) throw new ConfigError("no_metrics", `task ${name} names no metric`);
  const wrong = kind === "regression" ? names.find((metric) => !correlations.includes(metric)) : undefined;
  if (wrong !== undefined) {
    throw new ConfigError(
      "unknown_metric",
      `task ${name} is a regression: ${wrong} does not score it; use ${correlations.join(", ")}`,
    );
  }
  return [first, ...others];
}

/**
 * Finds a task by name or file.
 *
 * @param note told how many broken rows were left out
 * @throws ConfigError `unknown_task`, `option_missing`, `unknown_metric`; FormatError as `readTask`
 */
export async function openTask(settings: TaskSettings, note: (line: string) => void): Promise<OpenTask> {
  const { task, evaluationSplit, read } = await describe(settings);
  return {
    name: task.name,
    kind: task.kind,
    labels: task.labels,
    metrics: metricsOf(task),
    evaluationSplit,
    async read(split) {
      let broken = 0;
      const count: BrokenRowHandler = () => {
        broken++;
      };
      const { examples } = await read(split, settings.skipBrokenRows ? count : undefined);
      if (broken > 0) note(`${task.name}, ${split}: ${broken} rows that cannot be read left out`);
      if (examples.length > 0) return examples;
      throw new ConfigError("empty_split", `the ${split} split of ${task.name} holds no examples`);
    },
  };
}
