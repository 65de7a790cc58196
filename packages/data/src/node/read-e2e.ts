import { extname } from "node:path";
import { DyloraError } from "@dylora/errors";
import { type BrokenRowHandler, brokenRow, refuseBrokenRows } from "../broken-row.ts";
import { linearizeMeaning } from "../nlg/meaning.ts";
import type { NlgExample } from "../nlg/nlg-example.ts";
import { readDelimitedRows } from "./delimited-rows.ts";
import { readUtf8 } from "./read-utf8.ts";
import { missingColumn } from "./rows.ts";

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

async function readCsv(path: string, contextOf: (meaning: string) => string, onBrokenRow: BrokenRowHandler) {
  const choose = (available: readonly string[]) =>
    ["mr", "ref"].map((wanted) => {
      const column = available.find((name) => name.toLowerCase() === wanted);
      if (column === undefined) throw missingColumn(path, JSON.stringify(wanted), available);
      return column;
    });
  const { rows } = await readDelimitedRows({ path, choose, onBrokenRow }, "csv");
  return rows.flatMap(({ number, values }): NlgExample[] => {
    const [meaning, text] = values as [string, string];
    try {
      return [{ context: contextOf(meaning), text: text.trim() }];
    } catch (cause) {
      if (!DyloraError.isInstance(cause)) throw cause;
      onBrokenRow(brokenRow({ path, unit: "line", number }, cause.message, cause));
      return [];
    }
  });
}

async function readLines(path: string, onBrokenRow: BrokenRowHandler): Promise<NlgExample[]> {
  const lines = (await readUtf8(path)).split("\n");
  return lines.flatMap((line, i): NlgExample[] => {
    if (line.trim() === "") return [];
    const [context, text, ...rest] = line.trim().split("||");
    if (text !== undefined && rest.length === 0) return [{ context: context!, text }];
    onBrokenRow(
      brokenRow({ path, unit: "line", number: i + 1 }, `"||" must stand once, between context and text: ${line}`),
    );
    return [];
  });
}

/**
 * Reads the E2E data set: one example for each row.
 *
 * @param path - a `.csv` file with columns `mr` and `ref` (the release), whose meaning representations are written by
 * `contextOf`; or a text file of lines `name : X | …||text` (microsoft/LoRA), taken as they are.
 * @throws FormatError `file_missing`, `not_a_file`, `file_unreadable`, `invalid_utf8`, `missing_column`, `broken_row`
 * (with file and line)
 */
export function readE2e(
  path: string,
  { contextOf = linearizeMeaning, onBrokenRow = refuseBrokenRows }: ReadE2eOptions = {},
): Promise<NlgExample[]> {
  return extname(path).toLowerCase() === ".csv" ? readCsv(path, contextOf, onBrokenRow) : readLines(path, onBrokenRow);
}
