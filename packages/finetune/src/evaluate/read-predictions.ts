import { FormatError } from "@dylora/errors";
import { loraText, parsePredictions } from "@dylora/eval/nlg";
import type { FileContext } from "../context.ts";
import { decodeText, inputName, readInputBytes } from "../files/input-file.ts";
import { parseJsonLines } from "../files/json-lines.ts";
import { isTable } from "../tasks/data-groups.ts";
import { isTableHeader, parseDataTable, type TableRow } from "../tasks/data-table.ts";
import { kindOfText, refuseBinary } from "./source-text.ts";

/** Predictions as a file holds them. */
export interface PredictionFile {
  /** The texts, in order. */
  readonly texts: readonly string[];
  /** What each is a text of, where the file says so. */
  readonly sources: readonly string[] | undefined;
  /** Line of each. */
  readonly lineOf: (index: number) => number;
  /** What kind of file it was taken for. */
  readonly form: string;
}

const RIGHT = "a text a line, JSON Lines as dylora generate writes them, or a table (.csv, .tsv) with a header";

/** Names under which JSON Lines hold a prediction. */
const textFields = ["text", "prediction", "generated_text", "output", "hypothesis", "generated"] as const;

/** Names under which JSON Lines hold what a text is of. */
export const sourceFields = ["context", "mr", "meaning_representation", "source", "prompt", "input"] as const;

const forms = `{"text": "..."} (also ${textFields.slice(1).join(", ")})`;

/** The one of several fields that a line has. */
export const fieldsIn = <Name extends string>(fields: Record<string, unknown>, names: readonly Name[]): Name[] =>
  names.filter((name) => fields[name] !== undefined);

/** What a line says its text is of. */
export function sourceIn(fields: Record<string, unknown>): string | undefined {
  const values = fieldsIn(fields, sourceFields).map((name) => fields[name]);
  return values.find((value): value is string => typeof value === "string");
}

function predictionOf(fields: Record<string, unknown>): { text: string; source: string | undefined } | string {
  const [name, other] = fieldsIn(fields, textFields);
  if (name === undefined) {
    if (fieldsIn(fields, ["references", "reference", "ref", "target", "completion"]).length > 0) {
      return `it holds references and no prediction: are 'predictions' and 'references' the wrong way round? A prediction is ${forms}`;
    }
    return `a line is ${forms}`;
  }
  if (other !== undefined) return `"${name}" and "${other}" may both be the prediction; leave one out`;
  const text = fields[name];
  if (text === null)
    return `"${name}" is null: the base model that wrote it has no tokenizer, and tokens cannot be scored`;
  if (typeof text !== "string") return `"${name}" must be a text; a line is ${forms}`;
  return { text, source: sourceIn(fields) };
}

/** A generated text as the paper's script reads it: cut at an end token or a blank line, without space at its ends. */
function read(texts: readonly string[], file: string, note: (line: string) => void): string[] {
  const cut = texts.map((text) => loraText(text));
  const changed = texts.filter((text, index) => text.trim() !== cut[index]).length;
  if (changed > 0)
    note(`${file}: ${changed} texts cut at the first blank line or <|endoftext|>, as gpt2_decode.py does`);
  return cut;
}

const wrong = (file: string, what: string): FormatError =>
  new FormatError("wrong_file_kind", `${file} is ${what}; give ${RIGHT}`, { details: { path: file } });

/** Sources, where every prediction has one. */
const all = (sources: readonly (string | undefined)[]): readonly string[] | undefined =>
  sources.every((source): source is string => source !== undefined && source !== "") ? sources : undefined;

function fromTable(rows: readonly TableRow[], file: string): PredictionFile {
  return {
    texts: rows.map(({ text = "" }) => text),
    sources: all(rows.map(({ source }) => source)),
    lineOf: (index) => rows[index]?.line ?? rows.length + 1,
    form: `table ${file}`,
  };
}

/**
 * Reads predictions.
 *
 * @throws FormatError `wrong_file_kind`, `broken_row`, `empty_file`, `invalid_utf8`, and as {@link parseDataTable}
 */
export async function readPredictions(path: string, context: FileContext): Promise<PredictionFile> {
  const file = inputName(path);
  const bytes = await readInputBytes("'predictions'", path, context);
  refuseBinary(bytes, file, RIGHT);
  const text = decodeText(bytes, file);
  if (isTable(path) || isTableHeader(text.split(/\r?\n/, 1)[0] as string)) {
    return fromTable(parseDataTable(text, file, { role: "predictions", needsSource: false, needsText: true }), file);
  }
  const kind = kindOfText(text, file);
  if (kind === "json-document") throw wrong(file, "one JSON document, not a line for each prediction");
  if (kind === "markup") throw wrong(file, "XML or another markup");
  if (kind === "lines") {
    const texts = parsePredictions(bytes, file);
    return { texts, sources: undefined, lineOf: (index) => index + 1, form: "lines of text" };
  }
  const rows = parseJsonLines(text, file, forms, predictionOf);
  return {
    texts: read(
      rows.map((row) => row.text),
      file,
      context.note,
    ),
    sources: all(rows.map(({ source }) => source)),
    lineOf: (index) => index + 1,
    form: "JSON Lines",
  };
}
