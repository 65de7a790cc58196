import type { Tokenizer } from "@dylora/data";
import { loadTokenizer } from "@dylora/data/node";
import type { AdapterSource } from "../adapters/adapter-source.ts";
import type { BaseModel } from "./base-model.ts";
import { tokenizerPrint } from "./tokenizer-print.ts";

/**
 * Opens the tokenizer that an adapter brings, else the one that lies beside its base model.
 *
 * @throws FormatError as `loadTokenizer`
 */
export const openTokenizer = ({ dir, tokenizerDir = dir }: BaseModel): Promise<Tokenizer> =>
  loadTokenizer(tokenizerDir);

/**
 * Opens the tokenizer for an adapter, and says so where it is not that of its training.
 *
 * @throws FormatError as `loadTokenizer`
 */
export async function openTokenizerFor(
  { dir, tokenizer: trained }: Pick<AdapterSource, "dir" | "tokenizer">,
  base: BaseModel,
  note: (line: string) => void,
): Promise<Tokenizer> {
  const tokenizer = await openTokenizer(base);
  if (trained !== undefined && trained !== tokenizerPrint(tokenizer)) {
    note(`the tokenizer of ${base.dir} splits texts in another way than that which ${dir} was trained with`);
  }
  return tokenizer;
}
