import { readdir, stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { ConfigError, FormatError } from "@dylora/errors";
import { lowerCaseRelations } from "../nlg/dart.ts";
import type { NlgExample, Recorded } from "../nlg/nlg-example.ts";
import type { TripleEntry } from "../nlg/triple-entry.ts";
import { contextsOf, examplesOf, type PlacedEntry, type TripleContext } from "../nlg/triple-examples.ts";
import { parseDartJson, parseWebNlgJson } from "../nlg/triple-json.ts";
import { parseTripleXml } from "../nlg/triple-xml.ts";
import { isGood } from "../nlg/webnlg.ts";
import { countRemarks, type RemarkCounter } from "../remark.ts";
import { readUtf8 } from "./read-utf8.ts";

type ParseEntries = (text: string, file: string) => TripleEntry[];

async function readEntries(path: string, parseJson: ParseEntries): Promise<PlacedEntry[]> {
  const extension = extname(path).toLowerCase();
  if (extension !== ".json" && extension !== ".xml") {
    throw new ConfigError("unknown_nlg_format", `${path}: the extension is neither .json nor .xml`);
  }
  const parse = extension === ".json" ? parseJson : parseTripleXml;
  return parse(await readUtf8(path), path).map((entry, i) => ({ entry, file: path, number: i + 1 }));
}

// The test folder of WebNLG 3.0 holds the texts of another task too, and its own without references. Archives made on a
// Mac hold a shadow of each file.
const OTHER_FILE = /^semantic-parsing|without-refs|^\._/i;

/** The XML files under a folder, at any depth, sorted by path. */
async function xmlFilesUnder(folder: string, remarks: RemarkCounter): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  const files = names.filter((name) => name.toLowerCase().endsWith(".xml")).sort();
  const taken = files.filter((name) => {
    const other = OTHER_FILE.test(basename(name));
    if (other) remarks.add("other_file", "files of another task or without references left out", join(folder, name));
    return !other;
  });
  if (taken.length > 0) return taken.map((name) => join(folder, name));
  throw new FormatError("file_missing", `${folder} holds no .xml file with texts`, { details: { path: folder } });
}

async function webNlgEntries(path: string, remarks: RemarkCounter): Promise<PlacedEntry[]> {
  const files = (await isFolder(path)) ? await xmlFilesUnder(path, remarks) : [path];
  const entries: PlacedEntry[] = [];
  for (const file of files) for (const placed of await readEntries(file, parseWebNlgJson)) entries.push(placed);
  return entries;
}

const lowered = (entries: readonly PlacedEntry[]): PlacedEntry[] =>
  entries.map((placed) => ({ ...placed, entry: lowerCaseRelations(placed.entry) }));

const isFolder = async (path: string): Promise<boolean> =>
  stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );

/**
 * Reads DART: one example for each text of each triple set, the triples as microsoft/LoRA writes them
 * (`subject : relation : object | …`, relations in lower case), all annotations kept but empty ones.
 *
 * @param path a `.json` or `.xml` file of the release
 * @returns The examples; `remarks` counts what was left out: empty texts, entries without texts or triples.
 * @throws FormatError `file_missing`, `not_a_file`, `file_unreadable`, `text_too_large`, `invalid_utf8`, `bad_json`,
 * `bad_xml`, `xml_doctype`, `xml_encoding`, `bad_entry`, each with file and line or entry; `wrong_task_file` for WebNLG's;
 * `no_texts`
 * @throws ConfigError `unknown_nlg_format`
 */
export async function readDart(path: string): Promise<Recorded<NlgExample>> {
  const entries = await readEntries(path, parseDartJson);
  const isVerdict = entries.some(({ entry }) => entry.lexicalizations.some(({ comment }) => comment === "good"));
  if (isVerdict) {
    const problem = 'its texts have verdicts ("good"), as WebNLG\'s; DART names sources there: read it as WebNLG';
    throw new FormatError("wrong_task_file", `${path}: ${problem}`, { details: { path } });
  }
  return examplesOf(lowered(entries), path, { remarks: countRemarks() });
}

/** Settings of {@link readWebNlg}. */
export interface ReadWebNlgOptions {
  /**
   * What is taken of an entry. Default: the texts that annotators called good, and those without a verdict; what is left
   * out is counted in `remarks`.
   */
  readonly select?: (entry: TripleEntry) => TripleEntry;
  /** Take the texts of this language (`en`, `ru`). Default: all, and files that hold several languages are refused. */
  readonly language?: string;
}

/**
 * Reads WebNLG (2017, 2.x, 3.0, 2023, the enriched one): one example for each good text of each triple set, the triples as
 * microsoft/LoRA writes them (`subject : property : object | …`). `isSeenCategory(example.category)` tells the seen half
 * of the test set of 2017.
 *
 * @param path a `.json` or `.xml` file, or a folder whose `.xml` files (at any depth, in the order of their paths)
 * make the split. Of the test folder of 3.0 the files of semantic parsing and those without references are left out.
 * @returns The examples; `remarks` counts what was left out: texts that are not good (`not_good`), empty ones, those of
 * other languages, entries without texts, files.
 * @throws FormatError `file_missing`, `not_a_file`, `file_unreadable`, `text_too_large`, `invalid_utf8`, `bad_json`,
 * `bad_xml`, `xml_doctype`, `xml_encoding`, `bad_entry`, each with file and line or entry; `mixed_languages`, `no_texts`
 * @throws ConfigError `unknown_nlg_format`
 */
export async function readWebNlg(
  path: string,
  { select, language }: ReadWebNlgOptions = {},
): Promise<Recorded<NlgExample>> {
  const remarks = countRemarks();
  const all = await webNlgEntries(path, remarks);
  const entries = select === undefined ? all : all.map((placed) => ({ ...placed, entry: select(placed.entry) }));
  return examplesOf(entries, path, { remarks, language, ...(select === undefined ? { isGood } : {}) });
}

/**
 * Reads the triples of WebNLG or DART without their texts, as {@link readWebNlg} and {@link readDart} write them: each set
 * once, also those of entries that have no text to use, such as the test set that WebNLG gives out without references.
 *
 * @param path a file, or for WebNLG a folder of `.xml` files
 * @param dataset whose form it has
 * @returns The contexts; `placeOf` names file and entry of each.
 * @throws FormatError and ConfigError as {@link readWebNlg} and {@link readDart}; FormatError `no_input`
 *
 * @example
 * ```ts
 * import { readTripleContexts } from "@dylora/data/node";
 *
 * async function firstContext(path: string): Promise<string | undefined> {
 *   const [first] = await readTripleContexts(path, "webnlg");
 *   return first?.context; // Aarhus : leaderName : Jacob_Bundsgaard
 * }
 * ```
 */
export async function readTripleContexts(path: string, dataset: "webnlg" | "dart"): Promise<Recorded<TripleContext>> {
  if (dataset === "dart") return contextsOf(lowered(await readEntries(path, parseDartJson)), path);
  return contextsOf(await webNlgEntries(path, countRemarks()), path);
}
