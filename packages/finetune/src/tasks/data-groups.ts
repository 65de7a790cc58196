import { stat } from "node:fs/promises";
import { extname } from "node:path";
import { groupReferences } from "@dylora/data";
import { readDart, readTripleContexts, readWebNlg } from "@dylora/data/node";
import { ConfigError, FormatError } from "@dylora/errors";
import { decodeText, readFileBytes } from "../files/input-file.ts";
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

/** Whether JSON is DART's, a list, and not WebNLG's, an object. */
const isDartJson = async (path: string): Promise<boolean> =>
  extname(path).toLowerCase() === ".json" &&
  decodeText(await readFileBytes(path), path)
    .trimStart()
    .startsWith("[");

/** Where an entry stands in what was read: in a file, or in a file of a folder. */
const placeIn = (path: string, place: string): string =>
  place.startsWith(path) ? place.slice(path.length).replace(/^[,\s/\\]+/, "") : place;

/** What of a data file is read. */
export interface DataReading {
  /** Whose triples they are, where that is known: `dart`, else WebNLG's. Unknown: DART's JSON is told by its form. */
  readonly task: string | undefined;
  /** WebNLG: the language of the texts, where the file holds several. */
  readonly language: string | undefined;
  /** Whether the texts are wanted, or the data alone. */
  readonly needsTexts: boolean;
  /** Told what of the file is not used. */
  readonly note: (line: string) => void;
}

/**
 * The groups of a file of triples, in the order in which the sets first appear. Sets without a text to use have no
 * references: a model is prompted with them all the same.
 */
async function readTripleGroups(
  path: string,
  { task, language, needsTexts, note }: DataReading,
): Promise<readonly DataGroup[]> {
  const dataset = task === "dart" || (task === undefined && (await isDartJson(path))) ? "dart" : "webnlg";
  if (dataset === "webnlg" && (await isDartJson(path))) {
    const how = "evaluate takes it with 'task' dart, generate with an adapter that was trained for dart";
    throw new FormatError("wrong_task_file", `${path} is JSON of DART, a list, and not of WebNLG: ${how}`, {
      details: { path },
    });
  }
  const contexts = await readTripleContexts(path, dataset);
  const all = contexts.map(({ context }, index) => ({ context, place: placeIn(path, contexts.placeOf(index)) }));
  if (!needsTexts && language === undefined) {
    for (const { message } of contexts.remarks) note(message);
    return all.map((group) => ({ ...group, references: [] }));
  }
  const examples =
    dataset === "dart" ? await readDart(path) : await readWebNlg(path, language === undefined ? {} : { language });
  for (const { message } of examples.remarks) note(message);
  const found = new Map(groupReferences(examples).map(({ context, references }) => [context, references]));
  const groups = all.map((group) => ({ ...group, references: found.get(group.context) ?? [] }));
  return needsTexts ? groups : groups.filter(({ references }) => references.length > 0);
}

/**
 * Reads a file of a data set: E2E's tables, WebNLG's and DART's XML and JSON, a folder of WebNLG's XML. Rows of a table
 * that follow each other with one meaning are one group, as e2e-metrics has it; triples are gathered over the whole file,
 * as microsoft/LoRA does.
 *
 * @throws FormatError as {@link parseDataTable}, `readDart`, `readWebNlg` and `readTripleContexts`, `wrong_task_file`; ConfigError
 * `bad_option` for a language of a file that has none
 */
export async function readDataGroups(path: string, reading: DataReading): Promise<readonly DataGroup[]> {
  const { task, language, needsTexts } = reading;
  if (language !== undefined && (isTable(path) || task === "dart")) {
    throw new ConfigError("bad_option", `'lang' goes with WebNLG's files; ${path} is read as another`);
  }
  if (isTable(path)) {
    const text = decodeText(await readFileBytes(path), path);
    const rows = parseDataTable(text, path, { role: "references", needsSource: true, needsText: needsTexts });
    return groupRows(rows).map(({ line, ...group }) => ({ ...group, place: `line ${line}` }));
  }
  return readTripleGroups(path, reading);
}
