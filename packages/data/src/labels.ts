import { ConfigError } from "@dylora/errors";
import type { TaskKind } from "./task-kind.ts";

/** A label as it was read, or why it is none. */
export type LabelReading = { readonly label: number } | { readonly problem: string };

const isWholeNumber = (text: string): boolean => /^(0|[1-9]\d*)$/.test(text);
const isNumber = (text: string): boolean => text.trim() !== "" && Number.isFinite(Number(text));

/**
 * Reads a class label written as the class's name or, where no class has that name, as its index.
 *
 * @returns A function from a cell (text, number, bigint, boolean) to the class index.
 */
export function classLabelReader(labels: readonly string[]): (cell: unknown) => LabelReading {
  const indices = new Map(labels.map((name, index) => [name, index]));
  return (cell) => {
    const text = String(cell);
    const label = indices.get(text) ?? (isWholeNumber(text) && Number(text) < labels.length ? Number(text) : undefined);
    if (label !== undefined) return { label };
    const names = labels.map((name) => JSON.stringify(name)).join(", ");
    return { problem: `label ${JSON.stringify(text)} is none of ${names}, nor an index 0..${labels.length - 1}` };
  };
}

/** Reads a regression target: any finite number. */
export function realLabelReader(cell: unknown): LabelReading {
  const text = String(cell);
  if (isNumber(text)) return { label: Number(text) };
  return { problem: `label ${JSON.stringify(text)} is not a finite number` };
}

/** The reader of labels of one kind. */
export const labelReader = (kind: TaskKind, labels: readonly string[]): ((cell: unknown) => LabelReading) =>
  kind === "regression" ? realLabelReader : classLabelReader(labels);

/**
 * The class names that occur in a column, sorted: by value where all are whole numbers, else by code unit.
 *
 * @throws ConfigError `labels_look_real` when they are numbers but not all whole: that is a regression target.
 */
export function inferLabels(cells: Iterable<unknown>): string[] {
  const names = [...new Set(Array.from(cells, String))];
  if (names.length > 0 && names.every(isNumber)) {
    const fraction = names.find((name) => !Number.isInteger(Number(name)));
    if (fraction === undefined) return names.sort((a, b) => Number(a) - Number(b));
    throw new ConfigError(
      "labels_look_real",
      `the label column holds numbers such as ${fraction}; read it with kind "regression", or name the classes`,
    );
  }
  return names.sort();
}
