import { type ColumnOutline, outlineTable, readTable } from "@dylora/data/node";
import { ConfigError, showValue } from "@dylora/errors";
import { tableTask } from "./table-columns.ts";

const TEXT_NAMES =
  /^(text|sentence|content|body|review|message|comment|question|title|input|utterance|document|tweet)s?$/i;
const LABEL_NAMES =
  /^(label|class|category|target|intent|sentiment|rating|score|stars|queue|topic|tag|type|emotion|y)(s|es)?$/i;

/** Classes that a guess takes for classes: more are names, places or dates. */
const MOST_CLASSES = 200;

/** Which columns hold the texts and the labels, as far as names and cells tell. */
export interface GuessedColumns {
  /** The column of the texts; undefined where none looks like one. */
  readonly text: string | undefined;
  /** The column of the labels; undefined where none looks like one. */
  readonly label: string | undefined;
}

/** Guesses the columns of a table by their names, then by what they hold: long texts, and few values that repeat. */
export function guessColumns(columns: readonly ColumnOutline[]): GuessedColumns {
  const texts = columns.filter(({ isNumeric, filled }) => !isNumeric && filled > 0);
  const longest = texts.toSorted((a, b) => b.meanLength - a.meanLength)[0];
  const text = texts.find(({ name }) => TEXT_NAMES.test(name)) ?? longest;
  const others = columns.filter((column) => column !== text && column.values.length > 1);
  const repeats = others.filter(({ values, filled }) => values.length <= Math.min(MOST_CLASSES, filled / 2));
  const named = others.filter(({ name }) => LABEL_NAMES.test(name));
  const label = named[0] ?? repeats.toSorted((a, b) => a.values.length - b.values.length)[0];
  return { text: text?.name, label: label?.name };
}

/** Whether a column of labels holds numbers to be learnt as numbers. */
const isMeasure = ({ isNumeric, values }: ColumnOutline): boolean =>
  isNumeric && (values.some((value) => !Number.isInteger(Number(value))) || values.length > MOST_CLASSES);

/**
 * Refuses a table whose columns nobody has named, and describes it first as a `task.json` to look at and to save.
 *
 * @param note told the `task.json`, and what looks odd in the table
 * @throws ConfigError `columns_missing`, saying which columns look like texts and labels
 */
export async function proposeTask(path: string, note: (line: string) => void): Promise<never> {
  const refusal = (cure: string) =>
    new ConfigError("columns_missing", `'task' ${path} is a table, and nobody has named its columns: ${cure}`);
  const columns = await outlineTable(path);
  const names = columns.map(({ name }) => showValue(name)).join(", ");
  const { text, label } = guessColumns(columns);
  const outline = columns.find(({ name }) => name === label);
  if (text === undefined || label === undefined || outline === undefined) {
    throw refusal(`give those of its texts and labels as 'text' and 'label'; it has ${names || "none"}`);
  }
  const kind = isMeasure(outline) ? "regression" : "classification";
  const { labels, remarks } = await readTable(path, {
    textColumns: [text],
    labelColumn: label,
    kind,
    onBrokenRow: () => undefined,
  });
  const metrics = kind === "regression" ? undefined : ["accuracy", "f1_macro"];
  const task = tableTask(path, { text, label, kind, metrics }, labels);
  note(`${path} has the columns ${names}. By its names and cells it would be this task.json:`);
  note(JSON.stringify(task, null, 2));
  for (const { message } of remarks) note(`warning: ${message}`);
  throw refusal(
    `give 'text' ${showValue(text)} 'label' ${showValue(label)} with it if those are the right ones, or save the task.json above beside it and give its path as 'task'`,
  );
}
