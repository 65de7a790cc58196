import { DyloraError, FormatError, showValue } from "@dylora/errors";
import { Tokenizer } from "@huggingface/tokenizers";

/** A byte-level pre-tokenizer has a byte encoder and a pattern, a sequence has parts. */
interface PreTokenizer {
  readonly byte_encoder?: unknown;
  pattern?: RegExp;
  readonly tokenizers?: readonly (PreTokenizer | null)[];
}

/** What is used here of Hugging Face's tokenizer (whose own type declarations do not resolve in Node's module mode). */
export interface InnerTokenizer {
  encode(text: string, options: { readonly add_special_tokens: boolean }): { readonly ids: number[] };
  decode(
    ids: readonly number[],
    options: { readonly skip_special_tokens: boolean; readonly clean_up_tokenization_spaces: boolean },
  ): string;
  token_to_id(token: string): number | undefined;
  id_to_token(id: number): string | undefined;
  get_vocab(): Map<string | undefined, number>;
  readonly pre_tokenizer: PreTokenizer | null;
  readonly post_processor: {
    post_process(first: string[], second: string[] | null, special: boolean): { readonly tokens: string[] };
  } | null;
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
    throw new FormatError("bad_tokenizer", `${name} is no tokenizer.json of a known kind: ${reason}`, {
      cause,
      details: { path: name },
    });
  }
}

/** Hugging Face's tokenizer of the content of a `tokenizer.json` and a `tokenizer_config.json`. */
export function innerTokenizer(tokenizerJson: object, tokenizerConfig: object, name: string): InnerTokenizer {
  return tokenizing(name, () => {
    const tokenizer: InnerTokenizer = new Tokenizer(tokenizerJson, tokenizerConfig);
    mendWhitespace(tokenizer.pre_tokenizer);
    return tokenizer;
  });
}
