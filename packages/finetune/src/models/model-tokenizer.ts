import type { Tokenizer } from "@dylora/data";
import { loadTokenizer } from "@dylora/data/node";
import type { BaseModel } from "./base-model.ts";
import { tokenizerPrint } from "./tokenizer-print.ts";

/**
 * Opens the tokenizer that an adapter brings, else the one that lies beside its base model.
 *
 * @throws FormatError as `loadTokenizer`
 */
export const openTokenizer = ({ dir, tokenizerDir = dir }: BaseModel): Promise<Tokenizer> =>
  loadTokenizer(tokenizerDir);

/** What an adapter says about the tokenizer of its training. */
export interface TrainedTokenizer {
  /** Folder of the adapter, for messages. */
  readonly dir: string;
  /** `tokenizerPrint` of that tokenizer, where the adapter says so. */
  readonly tokenizer: string | undefined;
}

/**
 * Opens the tokenizer for an adapter, and says so where it is not that of its training.
 *
 * @throws FormatError as `loadTokenizer`
 */
export async function openTokenizerFor(
  { dir, tokenizer: trained }: TrainedTokenizer,
  base: BaseModel,
  note: (line: string) => void,
): Promise<Tokenizer> {
  const tokenizer = await openTokenizer(base);
  if (trained !== undefined && trained !== tokenizerPrint(tokenizer)) {
    note(`the tokenizer of ${base.dir} splits texts in another way than that which ${dir} was trained with`);
  }
  return tokenizer;
}
