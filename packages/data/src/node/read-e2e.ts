import { extname } from "node:path";
import { DyloraError, FormatError, showValue } from "@dylora/errors";
import { type BrokenRowHandler, brokenRow, refuseBrokenRows } from "../broken-row.ts";
import { linearizeMeaning } from "../nlg/meaning.ts";
import { type NlgExample, type Recorded, withRecord } from "../nlg/nlg-example.ts";
import { countRemarks, type RemarkCounter } from "../remark.ts";
import { strip } from "../strip.ts";
import { readDelimitedRows } from "./delimited-rows.ts";
import { missingColumn } from "./rows.ts";
import { readLines } from "./text-lines.ts";

/** Settings of {@link readE2e}. */
export interface ReadE2eOptions {
  /**
   * Writes a meaning representation of a CSV file (`name[Aromi], eatType[pub]`) as context; it may throw a
   * `FormatError`. Default {@link linearizeMeaning}; the identity keeps it as it is.
   */
  readonly contextOf?: (meaning: string) => string;
  /** Called for each row that cannot be used, which is then left out. Default: the first one is thrown. */
  readonly onBrokenRow?: BrokenRowHandler;
}

/** Examples with the line of each. */
interface E2eRows {
  readonly examples: NlgExample[];
  readonly lines: number[];
  readonly remarks: RemarkCounter;
}

function addRow({ examples, lines, remarks }: E2eRows, path: string, line: number, example: NlgExample): void {
  if (example.text.trim() === "") remarks.add("no_text", "rows without a text left out", `${path}, line ${line}`);
  else {
    examples.push(example);
    lines.push(line);
  }
}

async function readCsv(
  path: string,
  contextOf: (meaning: string) => string,
  onBrokenRow: BrokenRowHandler,
  into: E2eRows,
) {
  const choose = (available: readonly string[]) =>
    ["mr", "ref"].map((wanted) => {
      const column = available.find((name) => name.trim().toLowerCase() === wanted);
      if (column !== undefined) return column;
      const error = missingColumn(path, wanted, available);
      const hint = wanted === "ref" ? "; the test set with references is testset_w_refs.csv" : "";
      throw new FormatError(error.code, error.message + hint, { details: error.details });
    });
  const { rows } = await readDelimitedRows({ path, choose, onBrokenRow }, "csv");
  for (const { number, values } of rows) {
    const [meaning, text] = values as [string, string];
    try {
      addRow(into, path, number, { context: contextOf(meaning), text: strip(text) });
    } catch (cause) {
      if (!DyloraError.isInstance(cause)) throw cause;
      onBrokenRow(brokenRow({ path, unit: "line", number }, cause.message, cause));
    }
  }
}

async function readContexts(path: string, onBrokenRow: BrokenRowHandler, into: E2eRows): Promise<void> {
  await readLines(path, (line, number) => {
    if (line.trim() === "") return;
    const bars = line.indexOf("||");
    if (bars >= 0 && line.indexOf("||", bars + 2) < 0) {
      const trimmed = strip(line);
      const [context, text] = trimmed.split("||");
      addRow(into, path, number, { context: context as string, text: text as string });
      return;
    }
    const problem = `"||" must stand once, between context and text: ${showValue(line)}`;
    onBrokenRow(brokenRow({ path, unit: "line", number }, problem));
  });
}

/**
 * Reads the E2E data set: one example for each row.
 *
 * @param path a `.csv` file with columns `mr` and `ref` (the release, and the cleaned one, whose `mr` is the corrected
 * meaning), whose meaning representations are written by
 * `contextOf`; or a text file of lines `name : X | …||text` (microsoft/LoRA), taken as they are.
 * @returns The examples; `remarks` counts rows that were left out for want of a text (`no_text`).
 * @throws FormatError `file_missing`, `not_a_file`, `file_unreadable`, `invalid_utf8`, `missing_column`, `broken_row`
 * (with file and line)
 */
export async function readE2e(
  path: string,
  { contextOf = linearizeMeaning, onBrokenRow = refuseBrokenRows }: ReadE2eOptions = {},
): Promise<Recorded<NlgExample>> {
  const into: E2eRows = { examples: [], lines: [], remarks: countRemarks() };
  if (extname(path).toLowerCase() === ".csv") await readCsv(path, contextOf, onBrokenRow, into);
  else await readContexts(path, onBrokenRow, into);
  const { examples, lines, remarks } = into;
  return withRecord(examples, { remarks: remarks.list(), placeOf: (index) => `${path}, line ${lines[index]}` });
}
