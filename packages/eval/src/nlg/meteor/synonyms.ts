import { FormatError } from "@dylora/errors";

/** A thesaurus: two words are synonyms when they share a synset. */
export interface SynonymSource {
  /** Short name for signatures, for instance `wordnet-3.0`. */
  readonly name: string;
  /** Synsets of a word and of its base forms; undefined when it has none. */
  synsets(word: string): ReadonlySet<number> | undefined;
}

/** The words of a thesaurus and the base forms of irregular words. */
export interface SynonymEntries {
  /** Synset ids of each base form. */
  readonly synsets: ReadonlyMap<string, readonly number[]>;
  /** Base forms of each irregular form. */
  readonly exceptions: ReadonlyMap<string, readonly string[]>;
}

/** WordNet's detachment rules: nouns, verbs, adjectives. */
const endings: readonly (readonly [string, string])[] = [
  ...["s>", "ses>s", "xes>x", "zes>z", "ches>ch", "shes>sh", "men>man", "ies>y"],
  ...["s>", "ies>y", "es>e", "es>", "ed>e", "ed>", "ing>e", "ing>"],
  ...["er>", "est>", "er>e", "est>e"],
].map((rule) => rule.split(">") as [string, string]);

/**
 * A thesaurus from its entries, with METEOR's morphology: a listed irregular form has the base forms listed for it; any
 * other word the first one that a detachment rule finds among the entries.
 */
export function synonymSource(name: string, { synsets, exceptions }: SynonymEntries): SynonymSource {
  const known = new Map<string, ReadonlySet<number> | undefined>();
  const bases = (word: string): readonly string[] => {
    const listed = exceptions.get(word);
    if (listed !== undefined) return listed;
    if (word.endsWith("ss") || word.length <= 2) return [];
    for (const [ending, replacement] of endings) {
      if (!word.endsWith(ending)) continue;
      const base = word.slice(0, word.length - ending.length) + replacement;
      if (synsets.has(base)) return [base];
    }
    return [];
  };
  return {
    name,
    synsets(word) {
      if (known.has(word)) return known.get(word);
      const all = new Set([word, ...bases(word)].flatMap((form) => synsets.get(form) ?? []));
      const found = all.size === 0 ? undefined : all;
      known.set(word, found);
      return found;
    },
  };
}

/** Texts of METEOR's synonym files. */
export interface MeteorSynonymFiles {
  /** Text of `english.synsets`: a word on one line, its synset ids on the next. */
  readonly synsets: string;
  /** Text of `english.exceptions`: a base form on one line, its irregular forms on the next. */
  readonly exceptions: string;
}

/**
 * Reads METEOR's own synonym files (`synonym/english.synsets` and `english.exceptions` of its distribution, WordNet 3.0).
 *
 * @throws FormatError `bad_synonym_file` naming file and line when a file has an odd number of lines or an id that is no
 * number.
 */
export function meteorSynonyms(files: MeteorSynonymFiles, name = "meteor-english"): SynonymSource {
  const synsets = new Map<string, readonly number[]>();
  for (const { head, items, line } of linePairs(files.synsets, "english.synsets")) {
    const ids = items.map(Number);
    if (ids.some((id) => !Number.isInteger(id))) {
      throw new FormatError("bad_synonym_file", `english.synsets, line ${line}: synset ids must be integers`, {
        details: { file: "english.synsets", line },
      });
    }
    synsets.set(head, ids);
  }
  const exceptions = new Map<string, string[]>();
  for (const { head, items } of linePairs(files.exceptions, "english.exceptions")) {
    for (const form of items) {
      const bases = exceptions.get(form);
      if (bases === undefined) exceptions.set(form, [head]);
      else bases.push(head);
    }
  }
  return synonymSource(name, { synsets, exceptions });
}

function* linePairs(text: string, file: string): Generator<{ head: string; items: string[]; line: number }> {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  if (lines.length % 2 === 1) {
    throw new FormatError(
      "bad_synonym_file",
      `${file}, line ${lines.length}: the last line has no partner; lines come in pairs`,
      { details: { file, line: lines.length } },
    );
  }
  for (let i = 0; i < lines.length; i += 2) {
    yield { head: lines[i]!, items: lines[i + 1]!.split(/\s+/).filter((item) => item !== ""), line: i + 2 };
  }
}
