import { stat } from "node:fs/promises";
import { extname } from "node:path";
import { groupReferences } from "@dylora/data";
import { readDart, readWebNlg } from "@dylora/data/node";
import { decodeText, readFileBytes } from "../input-file.ts";
import { groupRows, parseDataTable } from "./data-table.ts";

/** Data with the texts that people wrote for it. */
export interface DataGroup {
  /** The meaning as it stands, or the triples as one line. */
  readonly context: string;
  /** Its texts; none where the file holds data alone. */
  readonly references: readonly string[];
  /** Where it stands in the file. */
  readonly place: string;
}

/** Whether the name of a file is that of a table. */
export const isTable = (path: string): boolean => /\.[ct]sv$/i.test(path);

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );

/** Whether JSON text is one document of WebNLG's or DART's, and not JSON Lines. */
function isDocument(text: string): boolean {
  const start = text.trimStart();
  if (start.startsWith("[")) return true;
  try {
    // JSON Lines: the first line is whole by itself.
    const line: unknown = JSON.parse(start.split("\n", 1)[0] as string);
    return typeof line === "object" && line !== null && "entries" in line;
  } catch {
    return true;
  }
}

/** Whether a file is one of a data set, by its name and, where that leaves it open, what it holds. */
export async function isDataFile(path: string): Promise<boolean> {
  if (path === "-") return false;
  if (isTable(path) || extname(path).toLowerCase() === ".xml") return true;
  if (await isFolder(path)) return true;
  if (extname(path).toLowerCase() !== ".json") return false;
  return isDocument(decodeText(await readFileBytes(path), path));
}

/**
 * Reads a file of a data set: E2E's tables, WebNLG's and DART's XML and JSON, a folder of WebNLG's XML. Rows of a table
 * that follow each other with one meaning are one group, as e2e-metrics has it; triples are gathered over the whole file,
 * as microsoft/LoRA does.
 *
 * @param task `dart`, where the triples are DART's
 * @param note told what of the file is not used
 * @param needsTexts refuse a table without a column of texts
 * @throws FormatError as {@link parseDataTable}, `readDart` and `readWebNlg`
 */
export async function readDataGroups(
  path: string,
  task: string | undefined,
  note: (line: string) => void,
  needsTexts = false,
): Promise<readonly DataGroup[]> {
  if (isTable(path)) {
    const text = decodeText(await readFileBytes(path), path);
    const rows = parseDataTable(text, path, { role: "references", needsSource: true, needsText: needsTexts });
    return groupRows(rows).map(({ line, ...group }) => ({ ...group, place: `line ${line}` }));
  }
  const examples = task === "dart" ? await readDart(path) : await readWebNlg(path);
  for (const { message } of examples.remarks) note(message);
  return groupReferences(examples).map(({ context, references }, index) => ({
    context,
    references,
    place: `set of triples ${index + 1}`,
  }));
}
