import { DyloraError, showValue } from "@dylora/errors";
import { Tokenizer } from "@huggingface/tokenizers";
import { badTokenizer } from "./added-token.ts";

/** A byte-level pre-tokenizer has a byte encoder and a pattern, a sequence has parts. */
interface PreTokenizer {
  readonly byte_encoder?: unknown;
  pattern?: RegExp;
  readonly tokenizers?: readonly (PreTokenizer | null)[];
}

/** What is used here of Hugging Face's tokenizer (whose own type declarations do not resolve in Node's module mode). */
export interface InnerTokenizer {
  /** Ids by token, in the model alone. */
  readonly model: ((words: string[]) => string[]) & {
    readonly tokens_to_ids: ReadonlyMap<string, number>;
    readonly unk_token_id: number | undefined;
    readonly vocab: readonly (string | undefined)[];
  };
  readonly normalizer: ((text: string) => string) | null;
  readonly pre_tokenizer:
    | (((text: string, place: { readonly section_index: number }) => string[]) & PreTokenizer)
    | null;
  readonly post_processor: {
    post_process(first: string[], second: string[] | null, special: boolean): { readonly tokens: string[] };
  } | null;
  readonly decoder: ((tokens: string[]) => string) | null;
}

// GPT-2's pattern with Unicode's White_Space, as in Python and Rust; JavaScript's \s has U+FEFF and lacks U+0085.
const GPT2_PATTERN =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

function mendWhitespace(preTokenizer: PreTokenizer | null): void {
  if (preTokenizer?.byte_encoder !== undefined) preTokenizer.pattern = GPT2_PATTERN;
  preTokenizer?.tokenizers?.forEach(mendWhitespace);
}

/**
 * Does something with a tokenizer whose parts a file describes. Not all that a file may say is checked when it is read, so
 * what the library throws later is the file's fault too.
 *
 * @throws FormatError `bad_tokenizer`, or what `work` throws of ours
 */
export function tokenizing<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (DyloraError.isInstance(cause)) throw cause;
    const reason = cause instanceof Error ? cause.message : showValue(cause);
    throw badTokenizer(name, `it is no tokenizer.json of a known kind: ${reason}`, cause);
  }
}

/** Hugging Face's tokenizer of the parts of a `tokenizer.json`, without added tokens. */
export function innerTokenizer(parts: object, eosToken: string | undefined, name: string): InnerTokenizer {
  return tokenizing(name, () => {
    const config = eosToken === undefined ? {} : { eos_token: eosToken };
    const tokenizer: InnerTokenizer = new Tokenizer({ ...parts, added_tokens: [] }, config);
    mendWhitespace(tokenizer.pre_tokenizer);
    return tokenizer;
  });
}
