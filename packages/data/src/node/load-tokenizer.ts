import { stat } from "node:fs/promises";
import { join } from "node:path";
import { FormatError } from "@dylora/errors";
import type { JsonObject } from "@dylora/io";
import { fileOfFolder, missingFolder, readJsonObject } from "@dylora/io/node";
import { parseMerges } from "../tokenizer/byte-level-bpe.ts";
import { createTokenizer } from "../tokenizer/create-tokenizer.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { holdsPattern, withinTime } from "./bound-time.ts";
import { readUtf8 } from "./read-utf8.ts";

const isFile = async (path: string): Promise<boolean> =>
  stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );

/** Files that hold a vocabulary which dylora does not read. */
const OTHERS = ["sentencepiece.bpe.model", "spiece.model", "tokenizer.model", "vocab.bpe", "vocab.txt", "bpe.codes"];

async function missing(folder: string): Promise<FormatError> {
  const exists = await stat(folder).then(
    () => true,
    () => false,
  );
  if (!exists) return missingFolder(folder);
  const at = (name: string) => join(folder, name);
  const looked = `${folder} holds no tokenizer; looked for ${at("tokenizer.json")}, and for ${at("vocab.json")} with ${at("merges.txt")}`;
  const found: string[] = [];
  for (const name of OTHERS) if (await isFile(at(name))) found.push(name);
  const cure =
    found.length === 0
      ? ""
      : `. It has ${found.join(", ")}, which dylora does not read; write a tokenizer.json with Python: ` +
        `python -c 'import sys; from transformers import AutoTokenizer as T; T.from_pretrained(sys.argv[1]).save_pretrained(sys.argv[1])' ${JSON.stringify(folder)}`;
  return new FormatError("missing_tokenizer", looked + cure, { details: { path: folder } });
}

/**
 * Loads the tokenizer of a model folder as transformers 5 (`AutoTokenizer`) does: from `tokenizer.json`, or else from
 * `vocab.json` and `merges.txt` (byte-level BPE), with what `tokenizer_config.json`, `special_tokens_map.json`,
 * `added_tokens.json` and the model's `config.json` say. A vocabulary whose files name no class is RoBERTa's where it has
 * `<s>` and `</s>`, else GPT-2's.
 *
 * @param folder its path, or what `openModelFolder` of `@dylora/io/node` opened
 * @throws FormatError `file_missing` where there is no such folder, `missing_tokenizer` (with the files looked for), `bad_json`, `bad_tokenizer`,
 * `bad_merges`, `invalid_utf8`, `file_unreadable`, `outside_folder` for a link that leads out of the folder
 */
export async function loadTokenizer(folder: string | { readonly dir: string }): Promise<Tokenizer> {
  const dir = typeof folder === "string" ? folder : folder.dir;
  const at = (name: string) => join(dir, name);
  const json = async (name: string): Promise<JsonObject> => readJsonObject(await fileOfFolder(dir, name));
  const optional = async (name: string): Promise<JsonObject> => ((await isFile(at(name))) ? json(name) : {});
  const sources = async () => ({
    tokenizerConfig: await optional("tokenizer_config.json"),
    specialTokensMap: await optional("special_tokens_map.json"),
    addedTokens: await optional("added_tokens.json"),
    modelConfig: await optional("config.json"),
  });

  if (await isFile(at("tokenizer.json"))) {
    const name = at("tokenizer.json");
    const content = await json("tokenizer.json");
    const { normalizer, pre_tokenizer: words, decoder } = content;
    const guarded = [normalizer, words, decoder].some((part) => holdsPattern(part));
    const guard = guarded ? { guard: <T>(work: () => T): T => withinTime(name, work) } : {};
    return createTokenizer(content, await sources(), { name, ...guard });
  }
  if ((await isFile(at("vocab.json"))) && (await isFile(at("merges.txt")))) {
    const named = await sources();
    const vocab = await json("vocab.json");
    const merges = parseMerges(await readUtf8(await fileOfFolder(dir, "merges.txt")), at("merges.txt"));
    const roberta = "<s>" in vocab && "</s>" in vocab;
    const otherwise = roberta ? "RobertaTokenizer" : "GPT2Tokenizer";
    return createTokenizer({ model: { type: "BPE", vocab, merges } }, named, {
      name: at("vocab.json"),
      otherwise,
      bare: true,
    });
  }
  throw await missing(dir);
}
