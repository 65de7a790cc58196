import { FormatError } from "@dylora/errors";
import { jsonExcess } from "@dylora/io";
import type { Triple } from "./triple.ts";
import { badEntry, type Lexicalization, type TripleEntry } from "./triple-entry.ts";

/** Parses JSON of any kind; the error names file and line. */
function parseJson(text: string, file: string): unknown {
  const excess = jsonExcess(text);
  if (excess !== undefined) throw new FormatError("bad_json", `${file} ${excess}`, { details: { path: file } });
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { message } = cause as SyntaxError;
    const position = / at position (\d+)/.exec(message)?.[1];
    let line = 1;
    const end = position === undefined ? text.length : Number(position);
    for (let at = text.indexOf("\n"); at >= 0 && at < end; at = text.indexOf("\n", at + 1)) line += 1;
    throw new FormatError("bad_json", `${file}, line ${line}: not JSON: ${message}`, {
      cause,
      details: { path: file, line },
    });
  }
}

type Member = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Member =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isText = (value: unknown): value is string => typeof value === "string";

/** The members of `key`, each read by `read`; undefined where `key` holds no list or one member cannot be read. */
function listOf<T>(entry: Member, key: string, read: (member: unknown) => T | undefined): T[] | undefined {
  const members = entry[key];
  if (!Array.isArray(members)) return undefined;
  const all = members.map(read);
  return all.includes(undefined) ? undefined : (all as T[]);
}

const textWith =
  (textKey: string, commentKey: string) =>
  (member: unknown): Lexicalization | undefined => {
    if (!isObject(member)) return undefined;
    const text = member[textKey];
    const comment = member[commentKey] ?? "";
    const language = member.lang ?? "";
    return isText(text) && isText(comment) && isText(language) ? { text, comment, language } : undefined;
  };

/** What stands for a missing list of texts: none, where no entry of the file has one, as in a test set without references. */
const missingTexts = (entries: readonly unknown[], key: string): readonly [] | undefined =>
  entries.some((entry) => isObject(entry) && key in entry) ? undefined : [];

/** The members of `{"source": [a, …], "text": [b, …]}`, as `datasets` writes a list of objects. */
function transposed(value: unknown): unknown {
  if (!isObject(value)) return value;
  const { text, source } = value;
  if (!Array.isArray(text) || !Array.isArray(source) || text.length !== source.length) return value;
  return text.map((one: unknown, i) => ({ text: one, source: source[i] as unknown }));
}

const dartTriple = (member: unknown): Triple | undefined => {
  if (!Array.isArray(member) || member.length !== 3 || !member.every(isText)) return undefined;
  const [subject, relation, object] = member as [string, string, string];
  return { subject, relation, object };
};

const webNlgTriple = (member: unknown): Triple | undefined => {
  if (!isObject(member)) return undefined;
  const { subject, property, object } = member;
  return isText(subject) && isText(property) && isText(object) ? { subject, relation: property, object } : undefined;
};

/**
 * Reads DART's JSON: a list of `{tripleset: [[subject, relation, object], …], annotations: [{source, text}, …]}`.
 *
 * @param file the file's name, for errors
 * @throws FormatError `bad_json` (with the line), `bad_entry` (with the entry's number)
 */
export function parseDartJson(text: string, file: string): TripleEntry[] {
  const entries = parseJson(text, file);
  if (!Array.isArray(entries)) throw badEntry(file, "line 1", "DART's JSON is a list of entries");
  const missing = missingTexts(entries, "annotations");
  return entries.map((entry: unknown, i): TripleEntry => {
    const fields = isObject(entry) ? entry : {};
    const triples = listOf(fields, "tripleset", dartTriple);
    const texts = { annotations: transposed(fields.annotations ?? missing) };
    const lexicalizations = listOf(texts, "annotations", textWith("text", "source"));
    if (triples === undefined) throw badEntry(file, `entry ${i + 1}`, '"tripleset" is no list of [s, relation, o]');
    if (lexicalizations === undefined) throw badEntry(file, `entry ${i + 1}`, '"annotations" is no list of {text}');
    return { category: undefined, triples, lexicalizations };
  });
}

/**
 * Reads WebNLG's JSON (2017, 2.x, 3.0): `{entries: [{"1": {category, modifiedtripleset, lexicalisations}}, …]}`.
 *
 * @param file the file's name, for errors
 * @throws FormatError `bad_json` (with the line), `bad_entry` (with the entry's number)
 */
export function parseWebNlgJson(text: string, file: string): TripleEntry[] {
  const document = parseJson(text, file);
  const entries = isObject(document) ? document.entries : undefined;
  if (!Array.isArray(entries)) throw badEntry(file, "line 1", 'WebNLG\'s JSON is an object with a list "entries"');
  const missing = missingTexts(
    entries.flatMap((wrapped: unknown) => (isObject(wrapped) ? Object.values(wrapped) : [])),
    "lexicalisations",
  );
  return entries.map((wrapped: unknown, i): TripleEntry => {
    const fail = (problem: string) => badEntry(file, `entry ${i + 1}`, problem);
    const members = isObject(wrapped) ? Object.values(wrapped) : [];
    const [entry] = members;
    if (members.length !== 1 || !isObject(entry)) throw fail("an entry is an object of one member, its number");
    const { category } = entry;
    const triples = listOf(entry, "modifiedtripleset", webNlgTriple);
    const texts = { lexicalisations: entry.lexicalisations ?? missing };
    const lexicalizations = listOf(texts, "lexicalisations", textWith("lex", "comment"));
    if (!isText(category)) throw fail('"category" is no text');
    if (triples === undefined) throw fail('"modifiedtripleset" is no list of {subject, property, object}');
    if (lexicalizations === undefined) throw fail('"lexicalisations" is no list of {lex, comment}');
    return { category, triples, lexicalizations };
  });
}
