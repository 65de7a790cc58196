import { showValue } from "@dylora/errors";
import { type BrokenRowHandler, brokenRow, type RowPlace } from "../broken-row.ts";
import type { Example } from "../example.ts";
import { inferLabels, type LabelReading, labelReader } from "../labels.ts";
import type { TaskKind } from "../task-kind.ts";
import { readDelimitedRows } from "./delimited-rows.ts";
import { readJsonlRows } from "./jsonl-rows.ts";
import { readParquetRows } from "./parquet-rows.ts";
import { missingColumn, type RowRequest, type Rows } from "./rows.ts";
import type { TableFormat } from "./table-format.ts";

/** Examples of a table, and the class names its labels index. */
export interface Table {
  /** In the order of the file. */
  readonly examples: readonly Example[];
  /** Class names in the order of the class indices; empty for regression and for tables without labels. */
  readonly labels: readonly string[];
}

/** Everything that tells how to make examples of a table file. */
export interface LabelledRequest {
  readonly path: string;
  readonly format: TableFormat;
  /** Column names of a delimited file that has no header line. */
  readonly header?: readonly string[] | undefined;
  readonly textColumns: readonly [string] | readonly [string, string];
  /** Undefined: the table has no labels. */
  readonly labelColumn: string | undefined;
  /** Undefined: the classes are those that occur, sorted. */
  readonly labels: readonly string[] | undefined;
  readonly kind: TaskKind;
  /** True where a cell says that the row has no label. */
  readonly isUnlabelled?: (cell: unknown) => boolean;
  readonly onBrokenRow: BrokenRowHandler;
}

function readRows(request: RowRequest, format: TableFormat, header: readonly string[] | undefined): Promise<Rows> {
  if (format === "parquet") return readParquetRows(request);
  if (format === "jsonl") return readJsonlRows(request);
  return readDelimitedRows(request, format, header);
}

/** Lists and objects, which JSON Lines and parquet may hold where a label should be. */
const isNested = (cell: unknown): boolean => typeof cell === "object" && cell !== null;

const isAbsent = (cell: unknown): boolean => cell === null || cell === undefined || cell === "";

/** What is wrong with the texts of a row, if anything. */
function textProblem(texts: readonly unknown[], columns: readonly string[]): string | undefined {
  const at = texts.findIndex((text) => typeof text !== "string");
  if (at < 0) return undefined;
  const found = isAbsent(texts[at]) ? "is missing" : `holds ${showValue(texts[at])}`;
  return `${JSON.stringify(columns[at])} ${found}; it must hold a text`;
}

/** Reads a table file into examples, row by row checked. */
export async function readLabelled(request: LabelledRequest): Promise<Table> {
  const { path, format, header, textColumns, labelColumn, kind, onBrokenRow, isUnlabelled = () => false } = request;
  const wanted = labelColumn === undefined ? [...textColumns] : [...textColumns, labelColumn];
  const choose = (available: readonly string[]) => {
    const missing = wanted.find((column) => !available.includes(column));
    if (missing !== undefined) throw missingColumn(path, JSON.stringify(missing), available);
    return wanted;
  };
  const { rows, unit } = await readRows({ path, choose, onBrokenRow }, format, header);

  const labelCells = () =>
    rows.map(({ values }) => values[textColumns.length]).filter((cell) => !isAbsent(cell) && !isNested(cell));
  const unnamed = labelColumn === undefined || kind === "regression";
  const labels = request.labels ?? (unnamed ? [] : inferLabels(labelCells()));
  const readLabel = labelReader(kind, labels);

  const labelOf = (cell: unknown): LabelReading | undefined => {
    if (labelColumn === undefined) return undefined;
    if (isNested(cell))
      return { problem: `${showValue(labelColumn)} holds ${showValue(cell)}; a label is a text or a number` };
    if (isUnlabelled(cell)) return undefined;
    if (isAbsent(cell)) return { problem: `${JSON.stringify(labelColumn)} is missing` };
    return readLabel(cell);
  };
  const examples = rows.flatMap(({ number, values }): Example[] => {
    const place: RowPlace = { path, unit, number };
    const texts = values.slice(0, textColumns.length);
    const label = labelOf(values[textColumns.length]);
    const problem = textProblem(texts, textColumns) ?? (label && "problem" in label ? label.problem : undefined);
    if (problem !== undefined) {
      onBrokenRow(brokenRow(place, problem));
      return [];
    }
    const [text, textPair] = texts as string[];
    return [
      {
        text: text!,
        ...(textPair === undefined ? {} : { textPair }),
        ...(label && "label" in label ? { label: label.label } : {}),
      },
    ];
  });
  return { examples, labels };
}
