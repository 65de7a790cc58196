import { FormatError } from "@dylora/errors";
import { type SynonymSource, synonymSource } from "./synonyms.ts";

const partsOfSpeech = ["noun", "verb", "adj", "adv"] as const;

/** Names of the files of a WordNet `dict` folder that synonyms need. */
export type WordNetFile =
  | "index.noun"
  | "index.verb"
  | "index.adj"
  | "index.adv"
  | "noun.exc"
  | "verb.exc"
  | "adj.exc"
  | "adv.exc";

/** The files, for a loader. */
export const wordNetFiles: readonly WordNetFile[] = partsOfSpeech.flatMap(
  (part) => [`index.${part}`, `${part}.exc`] as const,
);

/**
 * Synonyms from a WordNet `dict` folder (WordNet 3.0 is what METEOR 1.5 uses; Debian's `wordnet-base` has it).
 *
 * Only index and exception files are read: a synset is its part of speech and byte offset, and two words are synonyms when
 * they share one. Entries of several words are left out, as METEOR matches single words.
 *
 * @param files Text of each file of {@link wordNetFiles}.
 * @throws FormatError `bad_wordnet_file` naming file and line.
 */
export function wordNetSynonyms(files: Readonly<Record<WordNetFile, string>>, name = "wordnet-3.0"): SynonymSource {
  const synsets = new Map<string, number[]>();
  const exceptions = new Map<string, string[]>();
  partsOfSpeech.forEach((part, p) => {
    for (const [lemma, offsets] of indexEntries(files[`index.${part}`], `index.${part}`)) {
      append(synsets, lemma, ...offsets.map((offset) => p * 1e8 + offset));
    }
    for (const line of files[`${part}.exc`].split("\n")) {
      const [form, ...bases] = line.trim().split(" ");
      if (form !== undefined && form !== "") append(exceptions, form, ...bases);
    }
  });
  return synonymSource(name, { synsets, exceptions });
}

/** Lemma and synset offsets of each line `lemma pos synset_cnt p_cnt ptr… sense_cnt tagsense_cnt offset…`. */
function* indexEntries(text: string, file: string): Generator<[string, number[]]> {
  let number = 0;
  for (const line of text.split("\n")) {
    number++;
    if (line === "" || line.startsWith(" ")) continue;
    const fields = line.trim().split(" ");
    const lemma = fields[0]!;
    const count = Number(fields[2]);
    const offsets = fields.slice(-count).map(Number);
    if (!(count > 0) || fields.length < count + 6 || offsets.some((offset) => !Number.isInteger(offset))) {
      throw new FormatError("bad_wordnet_file", `${file}, line ${number}: not a WordNet index entry`, {
        details: { file, line: number },
      });
    }
    if (!lemma.includes("_")) yield [lemma, offsets];
  }
}

function append<T>(map: Map<string, T[]>, key: string, ...values: readonly T[]): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [...values]);
  else list.push(...values);
}
