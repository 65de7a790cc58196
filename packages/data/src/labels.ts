import { ConfigError, FormatError, showValue } from "@dylora/errors";
import type { TaskKind } from "./task-kind.ts";

/** How the cells of a column of class labels are to be read: as names of classes, or as their indices from 0. */
export type LabelEncoding = "name" | "index";

/** Every {@link LabelEncoding}. */
export const LABEL_ENCODINGS: readonly LabelEncoding[] = ["name", "index"];

/** A label as it was read (undefined: the cell says that there is none), or why it is none. */
export type LabelReading = { readonly label: number | undefined } | { readonly problem: string };

/** A cell of a label column with the place it stands at. */
export interface LabelCell {
  /** The value: text, number, bigint, boolean or anything else a file may hold. */
  readonly cell: unknown;
  /** File and line, for messages. */
  readonly place: string;
}

/** A finite number as people and programs write it. */
export const REAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const WHOLE = /^(0|[1-9]\d*)$/;

// pandas writes a column of whole numbers with a gap as 1.0, 2.0.
const withoutPoint = (text: string): string => /^(-?\d+)\.0+$/.exec(text)?.[1] ?? text;

/** The text of a cell that may stand for a class; undefined for one that cannot. */
function textOf(cell: unknown): string | undefined {
  if (typeof cell === "string") return cell;
  return typeof cell === "number" || typeof cell === "bigint" || typeof cell === "boolean" ? String(cell) : undefined;
}

/** What a cell is under each encoding: undefined where it is nothing, -1 where it says that there is no label. */
interface Readings {
  readonly name: number | undefined;
  /** Whether the name is written as the cell is, and not only the same number. */
  readonly exact?: boolean;
  readonly index: number | undefined;
}

/** What numbers that are written in several ways have in common: `1`, `1.0` and `01`. */
const numberOf = (text: string): string | undefined =>
  /^[+-]?\d{1,15}(\.\d{1,15})?$/.test(text) ? String(Number(text)) : undefined;

/** Classes by the numbers that their names are; where two names are one number, by none. */
function namesByNumber(labels: readonly string[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const numbers = labels.map(numberOf);
  for (const [index, number] of numbers.entries()) {
    if (number !== undefined && numbers.indexOf(number) === numbers.lastIndexOf(number)) found.set(number, index);
  }
  return found;
}

const UNLABELLED = -1;

function readingsOf(labels: readonly string[]): (cell: unknown) => Readings {
  const names = new Map(labels.map((name, index) => [name, index]));
  // Files of numbers do not keep how they were written: 1.0 is 1 in JSON, 01 is 1 in a spreadsheet.
  const numbers = namesByNumber(labels);
  const find = (text: string): number | undefined => names.get(text) ?? numbers.get(numberOf(text) ?? "");
  return (cell) => {
    const text = textOf(cell);
    if (text === undefined) return { name: undefined, index: undefined };
    if (typeof cell === "boolean") {
      // Python writes True.
      const name = find(text) ?? find(`${text[0]!.toUpperCase()}${text.slice(1)}`);
      return { name, index: name === undefined && labels.length === 2 ? Number(cell) : undefined };
    }
    const whole = withoutPoint(text);
    if (whole === "-1" && find(text) === undefined) return { name: undefined, index: UNLABELLED };
    const index = WHOLE.test(whole) && Number(whole) < labels.length ? Number(whole) : undefined;
    return { name: find(text), exact: names.has(text), index };
  };
}

/** What cells say about how their column is read. Evidence of several files is merged. */
export interface LabelEvidence {
  /** A cell that can only be a name. */
  readonly name?: LabelCell | undefined;
  /** A cell that can only be an index. */
  readonly index?: LabelCell | undefined;
  /** A cell that is another class by name than by index. */
  readonly either?: LabelCell | undefined;
  /** Whether every cell that could be a name is a text of a format that has types. */
  readonly texts: boolean;
}

/**
 * Collects what a column says about how it is read.
 *
 * @param typed whether the format tells texts from numbers (JSON, parquet)
 */
export function labelEvidence(cells: Iterable<LabelCell>, labels: readonly string[], typed: boolean): LabelEvidence {
  const read = readingsOf(labels);
  let evidence: LabelEvidence = { texts: typed };
  for (const labelCell of cells) {
    const { name, exact, index } = read(labelCell.cell);
    if (name === undefined && (index === undefined || index === UNLABELLED)) continue;
    const isText = typeof labelCell.cell === "string" && (name === undefined || exact === true);
    if (!isText && evidence.texts) evidence = { ...evidence, texts: false };
    if (name === undefined) evidence = evidence.index ? evidence : { ...evidence, index: labelCell };
    else if (index === undefined) evidence = evidence.name ? evidence : { ...evidence, name: labelCell };
    else if (name !== index) evidence = evidence.either ? evidence : { ...evidence, either: labelCell };
  }
  return evidence;
}

/** The evidence of two files together. */
export const mergeEvidence = (a: LabelEvidence, b: LabelEvidence): LabelEvidence => ({
  name: a.name ?? b.name,
  index: a.index ?? b.index,
  either: a.either ?? b.either,
  texts: a.texts && b.texts,
});

/** Whether some class is named as an index is written, so that a column may be read in two ways. */
export const namesLookLikeIndices = (labels: readonly string[]): boolean =>
  labels.some((name) => /^-?\d+(\.0+)?$/.test(name));

/**
 * Decides how a column of class labels is read, once for all its cells: as names where all are names, as indices where
 * all are indices. Texts of JSON and parquet are names where they can be.
 *
 * @returns The encoding; `"name"` where both read the same.
 * @throws FormatError `ambiguous_labels` when both are possible and differ, or when some cells can only be names and
 * others only indices
 */
export function decideLabelEncoding(evidence: LabelEvidence, labels: readonly string[]): LabelEncoding {
  const { name, index, either, texts } = evidence;
  const cure = 'say which by "labelEncoding": "name" or "index" in the task (the option labelEncoding of readTable)';
  if (name !== undefined && index !== undefined) {
    throw new FormatError(
      "ambiguous_labels",
      `${name.place}: label ${showValue(name.cell)} can only be the name of a class, and ${index.place}: ` +
        `${showValue(index.cell)} only an index 0..${labels.length - 1}; a column is read in one way: ${cure}`,
      { details: { name: name.place, index: index.place } },
    );
  }
  if (name !== undefined) return "name";
  if (index !== undefined) return "index";
  if (either === undefined || texts) return "name";
  const readings = readingsOf(labels)(either.cell);
  const named = readings.exact === true ? "" : `, ${showValue(labels[readings.name ?? 0])}`;
  throw new FormatError(
    "ambiguous_labels",
    `${either.place}: label ${showValue(either.cell)} can be read in two ways: as the name of class ${readings.name}${named}, ` +
      `or as the index of the class ${showValue(labels[readings.index ?? 0])}; ${cure}`,
    { details: { place: either.place } },
  );
}

/** What names that are written alike have in common. */
export const foldedName = (name: string): string =>
  name
    .normalize("NFKC")
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, " ");

/** How the numbers of a column become names. */
export interface FileNames {
  /** A cell with the task's name in the place of its number. */
  readonly rename: (cell: unknown) => unknown;
  /** Whether the task calls all classes by other names, so that numbers stay what they are. */
  readonly byPlace: boolean;
}

/**
 * Reads the numbers of a column whose file names its classes (`ClassLabel` of `datasets`), where a task lists the classes
 * in an order of its own, or more of them: a number becomes the name that the file gives it, in the task's spelling.
 *
 * @param own the file's names
 * @returns How. Where the task has renamed all classes, numbers stay what they are.
 * @throws FormatError `ambiguous_labels` where some names are the same and others differ
 */
export function namedByFile(own: readonly string[], labels: readonly string[], path: string): FileNames {
  const same = own.filter((name) => labels.includes(name)).length;
  // Letter by letter first: Python takes "us" and "US" for two classes.
  const alike = (name: string) => labels.filter((label) => foldedName(label) === foldedName(name));
  const isOnce = (name: string) =>
    alike(name).length === 1 && own.filter((o) => foldedName(o) === foldedName(name)).length === 1;
  const renamed =
    same === own.length ? own : own.every(isOnce) ? own.map((name) => alike(name)[0] as string) : undefined;
  if (renamed !== undefined) {
    const rename = (cell: unknown) =>
      typeof cell === "number" || typeof cell === "bigint" ? (renamed[Number(cell)] ?? cell) : cell;
    return { rename, byPlace: false };
  }
  if (own.some((name) => alike(name).length > 0) || own.length !== labels.length) {
    throw new FormatError(
      "ambiguous_labels",
      `${path} names its classes ${namesOf(own)}, the task ${namesOf(labels)}; name the classes as the file does` +
        ', or say "labelEncoding": "index" in the task',
      { details: { path } },
    );
  }
  return { rename: (cell) => cell, byPlace: true };
}

const namesOf = (labels: readonly string[]): string => {
  const shown = labels.slice(0, 20).map((name) => showValue(name));
  return labels.length > 20 ? `${shown.join(", ")}, … (${labels.length} classes)` : shown.join(", ");
};

/**
 * Reads class labels in one encoding.
 *
 * @returns A function from a cell to the class index; undefined for -1, which marks an unlabelled row among indices.
 */
export function classLabelReader(labels: readonly string[], encoding: LabelEncoding): (cell: unknown) => LabelReading {
  const read = readingsOf(labels);
  return (cell) => {
    const readings = read(cell);
    if (readings.index === UNLABELLED && readings.name === undefined) return { label: undefined };
    const label = readings[encoding];
    if (label !== undefined) return { label };
    const near = typeof cell === "string" ? labels.find((name) => foldedName(name) === foldedName(cell)) : undefined;
    const hint = near === undefined ? "" : `; names are compared letter by letter: write ${showValue(near)}`;
    return {
      problem: `label ${showValue(cell)} is none of ${namesOf(labels)}, nor an index 0..${labels.length - 1}${hint}`,
    };
  };
}

/** Reads a regression target: any finite number. */
export function realLabelReader(cell: unknown): LabelReading {
  const number = typeof cell === "number" || typeof cell === "bigint";
  const text = number ? String(cell) : typeof cell === "string" ? cell.trim() : "";
  if (REAL.test(text) && Number.isFinite(Number(text))) return { label: Number(text) };
  const thousands = /^[+-]?[1-9]\d{0,2},\d{3}$/.test(text) ? `, or no comma: ${text.replace(",", "")}` : "";
  const comma = /^[+-]?\d+,\d+$/.test(text) ? `; write a decimal point: ${text.replace(",", ".")}${thousands}` : "";
  return { problem: `label ${showValue(cell)} is not a finite number${comma}` };
}

/** The reader of labels of one kind. */
export const labelReader = (
  kind: TaskKind,
  labels: readonly string[],
  encoding: LabelEncoding,
): ((cell: unknown) => LabelReading) => (kind === "regression" ? realLabelReader : classLabelReader(labels, encoding));

/**
 * The class names that occur in a column, sorted: by value where all are whole numbers, else by code unit.
 *
 * @throws ConfigError `labels_look_real` when they are numbers but not all whole: that is a regression target.
 */
export function inferLabels(cells: Iterable<unknown>): string[] {
  const found = new Set<string>();
  for (const cell of cells) {
    const text = textOf(cell);
    if (text !== undefined) found.add(text);
  }
  const names = [...found];
  if (names.length > 0 && names.every((name) => REAL.test(name))) {
    const fraction = names.find((name) => !Number.isInteger(Number(name)));
    if (fraction === undefined) return names.sort((a, b) => Number(a) - Number(b));
    throw new ConfigError(
      "labels_look_real",
      `the label column holds numbers such as ${showValue(fraction)}; read it with kind "regression", or name the classes`,
    );
  }
  return names.sort();
}
