import { showValue } from "@dylora/errors";
import { type BrokenRowHandler, brokenRow, type RowPlace } from "../broken-row.ts";
import type { Example } from "../example.ts";
import { labelRemarks } from "../label-remarks.ts";
import {
  decideLabelEncoding,
  inferLabels,
  type LabelCell,
  type LabelEncoding,
  type LabelEvidence,
  type LabelReading,
  labelEvidence,
  labelReader,
  mergeEvidence,
  namedByFile,
} from "../labels.ts";
import { countRemarks, type Remark } from "../remark.ts";
import type { TaskKind } from "../task-kind.ts";
import { readRows } from "./read-rows.ts";
import { type Rows, requireColumns } from "./rows.ts";
import type { TableFormat } from "./table-format.ts";

/** Examples of a table, and the class names its labels index. */
export interface Table {
  /** In the order of the file. */
  readonly examples: readonly Example[];
  /** Class names in the order of the class indices; empty for regression and for tables without labels. */
  readonly labels: readonly string[];
  /**
   * What was read and looks odd, each kind with its count: empty texts (`empty_text`), rows without a label (`unlabelled`),
   * texts of a TSV file that some program has quoted (`quoted_text`), a file that is one of several parts (`one_part`), classes
   * that the file names otherwise (`renamed_classes`), texts such as `NULL` that often stand for none (`placeholder_text`). Where
   * the classes are those that occur, also names that are written almost alike (`similar_labels`) and classes of a single row
   * (`single_row_class`).
   */
  readonly remarks: readonly Remark[];
}

/** A {@link Table} with the place of each example. */
export interface PlacedTable extends Table {
  /** What `numbers` count. */
  readonly unit: "line" | "row";
  /** Line or row of each example. */
  readonly numbers: readonly number[];
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
  /** The table may lack the column of the label: its rows have no label then. */
  readonly labelOptional?: boolean;
  /** Undefined: the classes are those that occur, sorted. */
  readonly labels: readonly string[] | undefined;
  /** Undefined: as the cells say. */
  readonly labelEncoding?: LabelEncoding | undefined;
  /** What the same column of the task's other files says about its encoding. */
  readonly otherEvidence?: () => Promise<LabelEvidence | undefined>;
  readonly kind: TaskKind;
  /** True where a cell says that the row has no label. */
  readonly isUnlabelled?: (cell: unknown) => boolean;
  readonly onBrokenRow: BrokenRowHandler;
}

/** JSON and parquet tell texts from numbers. */
const isTyped = (format: TableFormat): boolean => format === "jsonl" || format === "parquet";

/** Lists and objects, which JSON Lines and parquet may hold where a label should be. */
const isNested = (cell: unknown): boolean => typeof cell === "object" && cell !== null;

/** Written as programs quote a cell with quotes in it; in TSV they stay what they are. */
const isQuoted = (text: string): boolean => text.includes('""') && /^"(?:[^"]|"")*"$/.test(text);

/** Written by programs where there is no text. */
const isPlaceholder = (text: string): boolean => /^(?:null|none|n\/a|nan|#n\/a|undefined)$/i.test(text.trim());

const isAbsent = (cell: unknown): boolean => cell === null || cell === undefined || cell === "";

/** What is wrong with the texts of a row, if anything. */
function textProblem(texts: readonly unknown[], columns: readonly string[]): string | undefined {
  const at = texts.findIndex((text) => typeof text !== "string");
  if (at < 0) return undefined;
  const found = isAbsent(texts[at]) ? "is missing" : `holds ${showValue(texts[at])}`;
  return `${JSON.stringify(columns[at])} ${found}; it must hold a text`;
}

/** The rows with the numbers of a label column as the names that the file gives them, where it gives any. */
function withFileNames(request: LabelledRequest, table: Rows, at: number): Rows & { readonly byPlace?: boolean } {
  const { path, labelColumn, kind, labels, labelEncoding } = request;
  const own = labelColumn === undefined ? undefined : table.classNames?.get(labelColumn);
  if (own === undefined || kind === "regression" || labelEncoding !== undefined) return table;
  const { rename, byPlace } = namedByFile(own, labels ?? own, path);
  const rows = table.rows.map(({ number, values }) => ({
    number,
    values: values.map((cell, i) => (i === at ? rename(cell) : cell)),
  }));
  return { ...table, rows, byPlace };
}

/** What is to be said about a table as a whole. */
function fileRemarks({ path, labels = [] }: LabelledRequest, own: readonly string[] | undefined): Remark[] {
  const remarks: Remark[] = [];
  const part = /-\d{5}-of-(\d{5})\.[^.]+$/.exec(path)?.[1];
  if (Number(part) > 1) {
    const message = `${path} is one of ${Number(part)} parts of its split; the others are not read`;
    remarks.push({ code: "one_part", count: 1, message });
  }
  if (own?.some((name, index) => name !== String(index))) {
    const pairs = own.slice(0, 10).map((name, index) => `${showValue(name)} as ${showValue(labels[index])}`);
    const message = `${path} names its classes otherwise: they are taken by place (${pairs.join(", ")})`;
    remarks.push({ code: "renamed_classes", count: 1, message });
  }
  return remarks;
}

function* labelCells({ path }: LabelledRequest, { rows, unit }: Rows, at: number): Generator<LabelCell> {
  for (const { number, values } of rows) {
    if (!isAbsent(values[at])) yield { cell: values[at], place: `${path}, ${unit} ${number}` };
  }
}

/**
 * What the label column of a file says about its encoding; undefined where it has none.
 *
 * @throws As {@link readLabelled}.
 */
export async function readLabelEvidence(request: LabelledRequest): Promise<LabelEvidence | undefined> {
  const { path, format, labelColumn, labels = [] } = request;
  if (labelColumn === undefined) return undefined;
  const choose = (available: readonly string[]) => available.filter((column) => column === labelColumn).slice(0, 1);
  const read = await readRows({ path, choose, onBrokenRow: () => undefined }, format, undefined, [labelColumn]);
  const rows = withFileNames(request, read, 0);
  return rows.columns.length === 0 ? undefined : labelEvidence(labelCells(request, rows, 0), labels, isTyped(format));
}

async function encodingOf(request: LabelledRequest, rows: Rows, labels: readonly string[]): Promise<LabelEncoding> {
  if (request.labelEncoding !== undefined) return request.labelEncoding;
  if (request.kind === "regression" || request.labels === undefined) return "name";
  const own = labelEvidence(labelCells(request, rows, request.textColumns.length), labels, isTyped(request.format));
  const other = await request.otherEvidence?.();
  return decideLabelEncoding(other === undefined ? own : mergeEvidence(own, other), labels);
}

/** Reads a table file into examples, row by row checked. */
export async function readLabelled(request: LabelledRequest): Promise<PlacedTable> {
  const { path, format, header, textColumns, kind, onBrokenRow, isUnlabelled = () => false } = request;
  let { labelColumn } = request;
  const choose = (available: readonly string[]) => {
    requireColumns(path, textColumns, available);
    if (request.labelOptional && labelColumn !== undefined && !available.includes(labelColumn)) labelColumn = undefined;
    if (labelColumn === undefined) return textColumns;
    requireColumns(path, [labelColumn], available);
    return [...textColumns, labelColumn];
  };
  const wanted = labelColumn === undefined ? textColumns : [...textColumns, labelColumn];
  const read = await readRows({ path, choose, onBrokenRow }, format, header, wanted);
  const table = withFileNames(request, read, textColumns.length);
  const { rows, unit } = table;

  const unnamed = labelColumn === undefined || kind === "regression";
  const cells = Array.from(labelCells(request, table, textColumns.length), ({ cell }) => cell);
  const fileNames = labelColumn === undefined ? undefined : table.classNames?.get(labelColumn);
  const labels = request.labels ?? (unnamed ? [] : (fileNames ?? inferLabels(cells)));
  const encoding = labelColumn === undefined ? "name" : await encodingOf(request, table, labels);
  const readLabel = labelReader(kind, labels, encoding);

  const labelOf = (cell: unknown): LabelReading => {
    if (labelColumn === undefined) return { label: undefined };
    if (isNested(cell)) {
      return { problem: `${showValue(labelColumn)} holds ${showValue(cell)}; a label is a text or a number` };
    }
    if (isUnlabelled(cell)) return { label: undefined };
    if (isAbsent(cell)) return { problem: `${JSON.stringify(labelColumn)} is missing` };
    return readLabel(cell);
  };
  const remarks = countRemarks();
  const examples: Example[] = [];
  const numbers: number[] = [];
  for (const { number, values } of rows) {
    const place: RowPlace = { path, unit, number };
    const texts = values.slice(0, textColumns.length);
    const reading = labelOf(values[textColumns.length]);
    const problem = textProblem(texts, textColumns) ?? ("problem" in reading ? reading.problem : undefined);
    if (problem !== undefined) {
      onBrokenRow(brokenRow(place, problem));
      continue;
    }
    const [text, textPair] = texts as string[];
    const label = "label" in reading ? reading.label : undefined;
    const where = `${path}, ${unit} ${number}`;
    if ((texts as string[]).some((one) => one.trim() === ""))
      remarks.add("empty_text", "rows have an empty text", where);
    if ((texts as string[]).some(isPlaceholder))
      remarks.add("placeholder_text", 'rows have a text that often stands for none, such as "NULL"', where);
    if (format === "tsv" && (texts as string[]).some(isQuoted)) {
      remarks.add("quoted_text", "rows have a text in quotes, which are characters in .tsv; .csv has quoting", where);
    }
    if (labelColumn !== undefined && label === undefined) remarks.add("unlabelled", "rows have no label", where);
    examples.push({
      text: text!,
      ...(textPair === undefined ? {} : { textPair }),
      ...(label === undefined ? {} : { label }),
    });
    numbers.push(number);
  }
  const whole = fileRemarks(request, table.byPlace === true ? fileNames : undefined);
  const areFound = request.labels === undefined && !unnamed && fileNames === undefined;
  const aboutLabels = areFound ? labelRemarks(path, labels, examples) : [];
  return { examples, labels, remarks: [...whole, ...aboutLabels, ...remarks.list()], unit, numbers };
}
