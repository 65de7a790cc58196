import { stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { type BrokenRowHandler, glueTaskNamed, type TextTask } from "@dylora/data";
import { readGlue, readGlueFromHub, readSplit, readTask, type Table } from "@dylora/data/node";
import { ConfigError } from "@dylora/errors";
import type { Metric } from "@dylora/eval";
import { metricByName } from "@dylora/eval/glue";
import { type LabelledSplit, labelledEvaluationSet, labelledTrainingSet } from "./labelled-sets.ts";
import type { OpenTask, TaskSettings } from "./task.ts";

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

/** Most tokens of an example where nothing is said. */
const USUAL_LENGTH = 128;

/**
 * Finds a GLUE task by name, or a task of one's own by its file.
 *
 * @param note told how many broken rows were left out
 * @throws ConfigError `unknown_task`, `option_missing`, `unknown_metric`; FormatError as `readTask`
 */
export async function openLabelledTask(settings: TaskSettings, note: (line: string) => void): Promise<OpenTask> {
  if (settings.promptForm !== undefined) {
    throw new ConfigError("bad_option", `--prompt-form goes with tasks that generate text, not with ${settings.task}`);
  }
  const { task, evaluationSplit, read } = await describe(settings);
  const { name, kind, labels } = task;
  const labelled = { name, kind, metrics: metricsOf(task) };
  async function readSplitNamed(split: string, limit?: number): Promise<LabelledSplit> {
    let broken = 0;
    const count: BrokenRowHandler = () => {
      broken++;
    };
    const { examples } = await read(split, settings.skipBrokenRows ? count : undefined);
    if (broken > 0) note(`${name}, ${split}: ${broken} rows that cannot be read left out`);
    if (examples.length > 0) return { name: split, examples: examples.slice(0, limit) };
    throw new ConfigError("empty_split", `the ${split} split of ${name} holds no examples`);
  }
  return {
    name,
    kind,
    labels,
    evaluationSplit,
    usualLength: USUAL_LENGTH,
    promptForm: undefined,
    training: async (tools) => labelledTrainingSet(labelled, await readSplitNamed("train"), tools),
    evaluation: async (split, tools, { batchSize, limit }) =>
      labelledEvaluationSet(labelled, await readSplitNamed(split, limit), tools, batchSize),
  };
}
