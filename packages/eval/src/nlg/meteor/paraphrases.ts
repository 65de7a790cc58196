import { FormatError } from "@dylora/errors";

/** A table of phrases and their paraphrases. */
export interface ParaphraseSource {
  /** Short name for signatures, for instance `paraphrase-en`. */
  readonly name: string;
  /** Words of the longest phrase. */
  readonly longest: number;
  /** Paraphrases of a phrase, its words joined by single spaces; each a list of words. */
  paraphrases(phrase: string): readonly (readonly string[])[];
}

/** What {@link paraphraseTable} needs to know besides the lines. */
export interface ParaphraseTableOptions {
  /** Name for signatures. Default `paraphrase-en`. */
  readonly name?: string;
  /**
   * Words of the texts to be scored, normalised as METEOR does. Records with another word are skipped, which keeps
   * METEOR's table of millions of records small. Default: keep all.
   */
  readonly vocabulary?: ReadonlySet<string>;
}

/** Takes a paraphrase table line by line. */
export interface ParaphraseTableBuilder {
  /** Adds the next line, without its line break. */
  add(line: string): void;
  /** The table of all lines so far. @throws FormatError `bad_paraphrase_table` when the last record is incomplete. */
  finish(): ParaphraseSource;
}

/**
 * Reads METEOR's paraphrase table (`paraphrase-en.gz`, decompressed): records of three lines, a probability (which
 * METEOR does not use), a phrase, a paraphrase.
 *
 * @throws FormatError `bad_paraphrase_table` naming the line where a probability should stand.
 */
export function paraphraseTable(options: ParaphraseTableOptions = {}): ParaphraseTableBuilder {
  const { name = "paraphrase-en", vocabulary } = options;
  const table = new Map<string, string[][]>();
  let longest = 0;
  let count = 0;
  let phrase = "";
  return {
    add(line) {
      const place = count++ % 3;
      if (place === 0 && !Number.isFinite(Number.parseFloat(line))) {
        throw badTable(name, count, `expected a probability, found ${JSON.stringify(line.slice(0, 40))}`);
      }
      if (place === 1) phrase = line;
      if (place !== 2) return;
      const words = split(phrase);
      const other = split(line);
      if (words.length === 0 || other.length === 0) throw badTable(name, count, "empty phrase");
      if (vocabulary !== undefined && ![...words, ...other].every((word) => vocabulary.has(word))) return;
      const key = words.join(" ");
      const list = table.get(key);
      if (list === undefined) table.set(key, [other]);
      else list.push(other);
      longest = Math.max(longest, words.length);
    },
    finish() {
      if (count % 3 !== 0) throw badTable(name, count, "the last record is incomplete; records have three lines");
      const none: readonly (readonly string[])[] = [];
      return { name, longest, paraphrases: (key) => table.get(key) ?? none };
    },
  };
}

function split(phrase: string): string[] {
  return phrase.split(" ").filter((word) => word !== "");
}

function badTable(name: string, line: number, problem: string): FormatError {
  return new FormatError("bad_paraphrase_table", `${name}, line ${line}: ${problem}`, { details: { line } });
}
