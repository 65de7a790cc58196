import { readdir, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { ConfigError, FormatError } from "@dylora/errors";
import { lowerCaseRelations } from "../nlg/dart.ts";
import type { NlgExample } from "../nlg/nlg-example.ts";
import { examplesOf, type TripleEntry } from "../nlg/triple-entry.ts";
import { parseDartJson, parseWebNlgJson } from "../nlg/triple-json.ts";
import { parseTripleXml } from "../nlg/triple-xml.ts";
import { keepGood } from "../nlg/webnlg.ts";
import { readUtf8 } from "./read-utf8.ts";

type ParseEntries = (text: string, file: string) => TripleEntry[];

async function readEntries(path: string, parseJson: ParseEntries): Promise<TripleEntry[]> {
  const extension = extname(path).toLowerCase();
  if (extension !== ".json" && extension !== ".xml") {
    throw new ConfigError("unknown_nlg_format", `${path}: the extension is neither .json nor .xml`);
  }
  const parse = extension === ".json" ? parseJson : parseTripleXml;
  return parse(await readUtf8(path), path);
}

/** The XML files under a folder, at any depth, sorted by path. */
async function xmlFilesUnder(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  const files = names.filter((name) => name.toLowerCase().endsWith(".xml")).sort();
  if (files.length > 0) return files.map((name) => join(folder, name));
  throw new FormatError("file_missing", `${folder} holds no .xml file`, { details: { path: folder } });
}

const isFolder = async (path: string): Promise<boolean> =>
  stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );

/**
 * Reads DART: one example for each text of each triple set, the triples as microsoft/LoRA writes them
 * (`subject : relation : object | …`, relations in lower case), all annotations kept.
 *
 * @param path - a `.json` or `.xml` file of the release.
 * @throws FormatError `file_missing`, `not_a_file`, `file_unreadable`, `invalid_utf8`, `bad_json`, `bad_xml`,
 * `xml_doctype`, `xml_encoding`, `bad_entry`, each with file and line or entry
 * @throws ConfigError `unknown_nlg_format`
 */
export async function readDart(path: string): Promise<NlgExample[]> {
  return examplesOf((await readEntries(path, parseDartJson)).map(lowerCaseRelations));
}

/** Settings of {@link readWebNlg}. */
export interface ReadWebNlgOptions {
  /** What is taken of an entry. Default: the texts that annotators called good. */
  readonly select?: (entry: TripleEntry) => TripleEntry;
}

/**
 * Reads WebNLG 2017: one example for each good text of each triple set, the triples as microsoft/LoRA writes them
 * (`subject : property : object | …`). `isSeenCategory(example.category)` tells the seen half of the test set.
 *
 * @param path - a `.json` or `.xml` file, or a folder whose `.xml` files (at any depth, in the order of their paths)
 * make the split.
 * @throws FormatError `file_missing`, `not_a_file`, `file_unreadable`, `invalid_utf8`, `bad_json`, `bad_xml`,
 * `xml_doctype`, `xml_encoding`, `bad_entry`, each with file and line or entry
 * @throws ConfigError `unknown_nlg_format`
 */
export async function readWebNlg(path: string, { select = keepGood }: ReadWebNlgOptions = {}): Promise<NlgExample[]> {
  const files = (await isFolder(path)) ? await xmlFilesUnder(path) : [path];
  const examples: NlgExample[] = [];
  for (const file of files) {
    // One by one: a call takes no more arguments than fit its stack.
    for (const example of examplesOf((await readEntries(file, parseWebNlgJson)).map(select))) examples.push(example);
  }
  return examples;
}
