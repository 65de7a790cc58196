import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { groupReferences } from "@dylora/data";
import { readE2e } from "@dylora/data/node";
import { ConfigError, FormatError } from "@dylora/errors";
import { loraText, parsePredictions, parseReferences } from "@dylora/eval/nlg";
import type { FileContext } from "../context.ts";
import { decodeText, inputName, readFileBytes, readInputBytes } from "../files/input-file.ts";
import { parseJsonLines } from "../files/json-lines.ts";
import { isDataFile, readDataGroups } from "../tasks/data-groups.ts";
import { groupRows, isTableHeader, parseDataTable } from "../tasks/data-table.ts";
import { fieldsIn, sourceIn } from "./read-predictions.ts";
import { kindOfText, refuseBinary } from "./source-text.ts";

/** The references of one instance. */
export interface ReferenceGroup {
  /** The texts; none for data without a text to score against. */
  readonly references: readonly string[];
  /** What they are texts of, where the file says so. */
  readonly source: string | undefined;
  /** Where they begin, for messages. */
  readonly place: string;
}

/** References as a file holds them. */
export interface ReferenceFile {
  /** One for each instance, in order. */
  readonly groups: readonly ReferenceGroup[];
  /** What kind of file it was taken for. */
  readonly form: string;
  /** Where several rows make up one instance: the instance of each row. */
  readonly instanceOfRow?: readonly number[];
}

const RIGHT =
  "references, one a line with a blank line between instances; JSON Lines; a table (.csv, .tsv) with columns mr and ref; or WebNLG's or DART's own file";
const FORMS = '{"references": ["...", "..."]} or {"reference": "..."} (also ref, target, completion)';

interface JsonReferences {
  readonly references: readonly string[];
  readonly source: string | undefined;
  /** One of several lines of an instance. */
  readonly single: boolean;
}

function referencesOf(fields: Record<string, unknown>): JsonReferences | string {
  const [name, other] = fieldsIn(fields, ["references", "reference", "ref", "target", "completion"]);
  if (name === undefined) {
    if ("text" in fields || "tokens" in fields) {
      return `it holds a prediction and no references: are 'predictions' and 'references' the wrong way round? A line is ${FORMS}`;
    }
    return `a line is ${FORMS}`;
  }
  if (other !== undefined) return `"${name}" and "${other}" may both be the references; leave one out`;
  const value = fields[name];
  const texts: unknown[] = Array.isArray(value) ? value : [value];
  if (texts.length === 0) return `"${name}" is empty: every instance has a reference`;
  if (!texts.every((text): text is string => typeof text === "string")) return `"${name}" must be a text, or texts`;
  return { references: texts.map((text) => loraText(text)), source: sourceIn(fields), single: !Array.isArray(value) };
}

/** Single references of one source belong together, wherever they stand, as in `gpt2_decode.py`. */
function gathered(rows: readonly JsonReferences[]): Pick<ReferenceFile, "groups" | "instanceOfRow"> {
  const bySource = new Map<string, number>();
  const groups: (ReferenceGroup & { readonly references: string[] })[] = [];
  const instanceOfRow = rows.map(({ references, source, single }, index) => {
    const known = source === undefined || !single ? undefined : bySource.get(source);
    if (known !== undefined) {
      groups[known]?.references.push(...references);
      return known;
    }
    const instance = groups.push({ references: [...references], source, place: `line ${index + 1}` }) - 1;
    if (source !== undefined) bySource.set(source, instance);
    return instance;
  });
  return { groups, instanceOfRow };
}

/** Reference files of WebNLG's script, `reference0`, `reference1`, …: a line each for every instance. */
async function readHarnessFolder(dir: string): Promise<ReferenceFile | undefined> {
  const names = (await readdir(dir))
    .map((name) => /^(ref(?:erence)?)(\d+)(?:\.txt)?$/.exec(name))
    .filter((match) => match !== null)
    .sort((a, b) => Number(a[2]) - Number(b[2]));
  if (names.length === 0) return undefined;
  const files = await Promise.all(
    names.map(async ([name]) => ({
      name,
      lines: parsePredictions(await readFileBytes(join(dir, name)), join(dir, name)),
    })),
  );
  const count = Math.max(...files.map(({ lines }) => lines.length));
  const groups = Array.from({ length: count }, (_, instance): ReferenceGroup => {
    // An empty line is a reference that there is not.
    const references = files.map(({ lines }) => lines[instance] ?? "").filter((line) => line !== "");
    if (references.length > 0) return { references, source: undefined, place: `line ${instance + 1}` };
    const place = `${join(dir, files[0]?.name ?? "")}, line ${instance + 1}`;
    throw new FormatError("empty_instance", `${place}: no file has a reference for this instance`, {
      details: { path: dir },
    });
  });
  return { groups, form: `${files.length} files of a line for each instance` };
}

/** Groups of lines with blank lines between them, with the line that each begins on. */
function fromLines(bytes: Uint8Array, text: string, file: string): ReferenceFile {
  const groups = parseReferences(bytes, file);
  const blankLines = /\n[^\S\n]*\n\s*\S/.test(text);
  let line = 1;
  return {
    form: blankLines ? "lines of text with blank lines between instances" : "lines of text, one reference each",
    groups: groups.map((references) => {
      const place = `line ${line}`;
      line += references.length + (blankLines ? 1 : 0);
      return { references, source: undefined, place };
    }),
  };
}

/** microsoft/LoRA's E2E files: `context||text` on every line. */
const isContextLines = (text: string): boolean => {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.length > 0 && lines.every((line) => line.split("||").length === 2);
};

/** How references are read. */
export interface ReferenceReading {
  /** Whose data files they may be. */
  readonly task: string;
  /** WebNLG's language; undefined: the one there is. */
  readonly language: string | undefined;
}

/**
 * Reads references.
 *
 * @throws FormatError `wrong_file_kind`, `broken_row`, `empty_file`, `empty_instance`, `invalid_utf8`, and as the readers
 * of `@dylora/data`
 */
export async function readReferences(
  path: string,
  { task, language }: ReferenceReading,
  context: FileContext,
): Promise<ReferenceFile> {
  const file = inputName(path);
  const isFolder = await stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  const harness = isFolder ? await readHarnessFolder(path) : undefined;
  const isLanguageFree = harness !== undefined || (!isFolder && !(await isDataFile(path)));
  if (language !== undefined && isLanguageFree) {
    throw new ConfigError("bad_option", `'lang' goes with WebNLG's files; ${file} says nothing about languages`);
  }
  if (harness !== undefined) return harness;
  if (!isFolder) {
    // What is no text has no business with the readers of data files either.
    const bytes = await readInputBytes("'references'", path, context);
    refuseBinary(bytes, file, RIGHT);
    if (!(await isDataFile(path))) return readText(bytes, path, file);
  }
  const groups = await readDataGroups(path, { task, language, needsTexts: true, note: context.note });
  return {
    form: isFolder ? "a folder of data files" : "a data file",
    groups: groups.map(({ context: source, ...group }) => ({ ...group, source })),
  };
}

async function readText(bytes: Uint8Array, path: string, file: string): Promise<ReferenceFile> {
  const text = decodeText(bytes, file);
  if (isTableHeader(text.split(/\r?\n/, 1)[0] as string)) {
    const rows = parseDataTable(text, file, { role: "references", needsSource: true, needsText: true });
    const groups = groupRows(rows).map(({ context: source, references, line }) => {
      return { references, source, place: `line ${line}` };
    });
    return { groups, form: "a table" };
  }
  const kind = kindOfText(text, file);
  if (kind === "json-lines") {
    return { ...gathered(parseJsonLines(text, file, FORMS, referencesOf)), form: "JSON Lines" };
  }
  if (kind !== "lines") {
    const what =
      kind === "markup" ? "XML or another markup, and not named .xml" : "one JSON document, and not named .json";
    throw new FormatError("wrong_file_kind", `${file} is ${what}; give ${RIGHT}`, { details: { path: file } });
  }
  if (isContextLines(text)) {
    const groups = groupReferences(await readE2e(path)).map(({ context: source, references }, index) => {
      return { references, source, place: `context ${index + 1}` };
    });
    return { groups, form: "lines context||text" };
  }
  return fromLines(bytes, text, file);
}
