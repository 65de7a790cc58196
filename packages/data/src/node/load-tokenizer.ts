import { stat } from "node:fs/promises";
import { join } from "node:path";
import { FormatError, showValue } from "@dylora/errors";
import type { JsonObject } from "@dylora/io";
import { readJsonObject } from "@dylora/io/node";
import { byteLevelBpe, parseMerges } from "../tokenizer/byte-level-bpe.ts";
import { createTokenizer } from "../tokenizer/create-tokenizer.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { readUtf8 } from "./read-utf8.ts";

const isFile = async (path: string): Promise<boolean> =>
  stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );

async function readVocabulary(path: string): Promise<Record<string, number>> {
  const vocab = await readJsonObject(path);
  const wrong = Object.entries(vocab).find(([, id]) => !Number.isSafeInteger(id) || (id as number) < 0);
  if (wrong === undefined) return vocab as Record<string, number>;
  const [token, id] = wrong.map(showValue);
  throw new FormatError("bad_tokenizer", `${path}: token ${token} has id ${id}; ids are integers >= 0`, {
    details: { path },
  });
}

/**
 * Loads the tokenizer of a model folder: from `tokenizer.json`, or else from `vocab.json` and `merges.txt` (byte-level
 * BPE in RoBERTa's form where the vocabulary has `<s>` and `</s>`, in GPT-2's otherwise). Special tokens are those that
 * `tokenizer_config.json`, `special_tokens_map.json` or the model's `config.json` name, else RoBERTa's and GPT-2's.
 *
 * @throws FormatError `missing_tokenizer` (with the files looked for), `bad_json`, `bad_tokenizer`,
 * `bad_merges`, `invalid_utf8`, `file_unreadable`
 */
export async function loadTokenizer(folder: string): Promise<Tokenizer> {
  const at = (name: string) => join(folder, name);
  const optional = async (name: string): Promise<JsonObject> =>
    (await isFile(at(name))) ? readJsonObject(at(name)) : {};
  const sources = async () => ({
    tokenizerConfig: await optional("tokenizer_config.json"),
    specialTokensMap: await optional("special_tokens_map.json"),
    modelConfig: await optional("config.json"),
  });

  if (await isFile(at("tokenizer.json"))) {
    return createTokenizer(await readJsonObject(at("tokenizer.json")), await sources(), at("tokenizer.json"));
  }
  if ((await isFile(at("vocab.json"))) && (await isFile(at("merges.txt")))) {
    const named = await sources();
    const vocabulary = {
      vocab: await readVocabulary(at("vocab.json")),
      merges: parseMerges(await readUtf8(at("merges.txt")), at("merges.txt")),
      addPrefixSpace: named.tokenizerConfig.add_prefix_space === true,
    };
    return createTokenizer(byteLevelBpe(vocabulary), named, at("vocab.json"));
  }
  throw new FormatError(
    "missing_tokenizer",
    `${folder} holds no tokenizer; looked for ${at("tokenizer.json")}, and for ${at("vocab.json")} with ${at("merges.txt")}`,
    { details: { path: folder } },
  );
}
