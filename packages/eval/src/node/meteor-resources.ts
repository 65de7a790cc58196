import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { DyloraError, FormatError } from "@dylora/errors";
import {
  meteorSynonyms,
  type ParaphraseSource,
  type ParaphraseTableOptions,
  paraphraseTable,
  type SynonymSource,
  type WordNetFile,
  wordNetFiles,
  wordNetSynonyms,
} from "../nlg/index.ts";

/**
 * Synonyms from a WordNet `dict` folder, for instance `/usr/share/wordnet` of Debian's `wordnet-base`.
 *
 * @throws FormatError `missing_file` or `bad_wordnet_file`.
 * @example
 * ```ts
 * import { meteor } from "@dylora/eval/nlg";
 * import { loadWordNet } from "@dylora/eval/node";
 *
 * const synonyms = await loadWordNet("/usr/share/wordnet").catch(() => undefined);
 * const metric = meteor(synonyms === undefined ? {} : { synonyms });
 * console.log(metric.signature);
 * ```
 */
export async function loadWordNet(folder: string): Promise<SynonymSource> {
  const texts = await Promise.all(
    wordNetFiles.map(async (name) => [name, await readText(join(folder, name))] as const),
  );
  return wordNetSynonyms(Object.fromEntries(texts) as Record<WordNetFile, string>);
}

/**
 * Synonyms from METEOR's own files `english.synsets` and `english.exceptions` in a folder (`synonym/` of its
 * distribution).
 *
 * @throws FormatError `missing_file` or `bad_synonym_file`.
 */
export async function loadMeteorSynonyms(folder: string): Promise<SynonymSource> {
  const [synsets, exceptions] = await Promise.all(
    ["english.synsets", "english.exceptions"].map((name) => readText(join(folder, name))),
  );
  return meteorSynonyms({ synsets: synsets!, exceptions: exceptions! });
}

/** The table itself becomes four times as large; a file made to fill the memory, a thousand times. */
const USUAL_EXPANSION = 20;
const USUAL_BYTES = 2 ** 22;

/** Longest line of a table of phrases. */
const LONGEST_LINE = 2 ** 20;

/** Settings of {@link loadParaphrases}. */
export type LoadParaphrasesOptions = ParaphraseTableOptions;

/**
 * Paraphrases from METEOR's table, `paraphrase-en.gz` or the same decompressed, read as a stream.
 *
 * @throws FormatError `missing_file`, `bad_gzip` or `bad_paraphrase_table`.
 */
export async function loadParaphrases(file: string, options: LoadParaphrasesOptions = {}): Promise<ParaphraseSource> {
  const table = paraphraseTable(options);
  const { size } = await stat(file).catch((cause) => {
    throw missingFile(file, cause);
  });
  const most = USUAL_EXPANSION * size + USUAL_BYTES;
  let refusal: FormatError | undefined;
  const refuse = (code: string, message: string): FormatError => {
    refusal = new FormatError(code, message, { details: { file } });
    return refusal;
  };
  const addLines = async (chunks: AsyncIterable<Buffer>) => {
    const decoder = new TextDecoder();
    let rest = "";
    let total = 0;
    for await (const chunk of chunks) {
      total += chunk.length;
      if (total > most) {
        throw refuse("bad_gzip", `${file}: its ${size} bytes become more than ${most}, which no text does`);
      }
      if (rest.length > LONGEST_LINE) {
        throw refuse("bad_paraphrase_table", `${file}: a line is longer than ${LONGEST_LINE} characters`);
      }
      const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n/);
      rest = lines.pop()!;
      for (const line of lines) table.add(line);
    }
    if (rest !== "") table.add(rest);
  };
  try {
    const source = createReadStream(file);
    await (file.endsWith(".gz") ? pipeline(source, createGunzip(), addLines) : pipeline(source, addLines));
  } catch (cause) {
    // A pipeline that is ended early may throw the stream's complaint about that in its place.
    if (refusal !== undefined) throw refusal;
    if (DyloraError.isInstance(cause)) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    if (code?.startsWith("Z_")) throw new FormatError("bad_gzip", `${file}: not a whole gzip file`, { cause });
    throw missingFile(file, cause);
  }
  return table.finish();
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw missingFile(file, cause);
  }
}

function missingFile(file: string, cause: unknown): FormatError {
  return new FormatError("missing_file", `${file}: cannot be read`, { cause, details: { file } });
}
