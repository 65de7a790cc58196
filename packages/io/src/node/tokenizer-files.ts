import { copyFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileError } from "./file-error.ts";
import { leadsOut } from "./folder-file.ts";

/** Files that transformers keeps a tokenizer in. */
const TOKENIZER_FILES: ReadonlySet<string> = new Set([
  "added_tokens.json",
  "chat_template.jinja",
  "merges.txt",
  "sentencepiece.bpe.model",
  "special_tokens_map.json",
  "spiece.model",
  "tokenizer.json",
  "tokenizer.model",
  "tokenizer_config.json",
  "vocab.json",
  "vocab.txt",
]);

/** True for the name of a file that is part of a tokenizer. */
export const isTokenizerFile = (name: string): boolean => TOKENIZER_FILES.has(name);

/** Copies the files of a tokenizer from one folder to another; links that lead out of the folder are left out. */
export async function copyTokenizer(from: string, to: string): Promise<void> {
  const names = await readdir(from).catch((cause) => {
    throw fileError(from, cause);
  });
  for (const name of names.filter(isTokenizerFile)) {
    if (!(await leadsOut(from, name))) await copyFile(join(from, name), join(to, name));
  }
}
