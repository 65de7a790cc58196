import { existsSync } from "node:fs";
import { join } from "node:path";
import type { MeteorOptions } from "@dylora/eval/nlg";
import { loadMeteorSynonyms, loadParaphrases, loadWordNet } from "@dylora/eval/node";

/** Where METEOR's data lie. */
export interface MeteorPaths {
  /** Folder of WordNet's files, or of METEOR's `english.synsets`. */
  readonly wordnet?: string | undefined;
  /** METEOR's paraphrase table. */
  readonly paraphrases?: string | undefined;
}

/**
 * Reads the data that METEOR is to use.
 *
 * @throws FormatError `missing_file`, `bad_wordnet_file`, `bad_synonym_file`, `bad_gzip` or `bad_paraphrase_table`
 */
export async function loadMeteorData({ wordnet, paraphrases }: MeteorPaths): Promise<MeteorOptions> {
  const loadSynonyms = (folder: string) =>
    existsSync(join(folder, "english.synsets")) ? loadMeteorSynonyms(folder) : loadWordNet(folder);
  return {
    ...(wordnet === undefined ? {} : { synonyms: await loadSynonyms(wordnet) }),
    ...(paraphrases === undefined ? {} : { paraphrases: await loadParaphrases(paraphrases) }),
  };
}
