import { ConfigError, DyloraError } from "@dylora/errors";
import { innerTokenizer, tokenizing } from "./inner-tokenizer.ts";
import { type SpecialTokenSources, specialTokenId } from "./special-tokens.ts";
import { fillTemplate, specialCount, type Template, templateOf } from "./template.ts";
import type { EncodeOptions, Tokenizer } from "./tokenizer.ts";
import { truncatePair } from "./truncation.ts";

function roomFor(template: Template, maxLength: number): number {
  const special = specialCount(template);
  if (maxLength >= special && !Number.isNaN(maxLength)) return maxLength - special;
  throw new ConfigError("bad_max_length", `maxLength ${maxLength} has no room for ${special} special tokens`);
}

/**
 * Makes a tokenizer of the content of a `tokenizer.json`, on Hugging Face's JavaScript tokenizers.
 *
 * @param tokenizerJson - the parsed JSON, or what {@link byteLevelBpe} makes of a vocabulary and its merges.
 * @param sources - other files of the model that may name special tokens.
 * @param name - the file's name, for errors.
 * @throws FormatError `bad_tokenizer`
 *
 * @example
 * ```ts
 * import { byteLevelBpe, createTokenizer } from "@dylora/data";
 *
 * const vocab = { "<s>": 0, "<pad>": 1, "</s>": 2, h: 3, i: 4, hi: 5 };
 * const tokenizer = createTokenizer(byteLevelBpe({ vocab, merges: ["h i"] }));
 * console.log(tokenizer.encode("hi", "hi")); // [0, 5, 2, 2, 5, 2]
 * ```
 */
export function createTokenizer(
  tokenizerJson: object,
  sources: SpecialTokenSources = {},
  name = "tokenizer.json",
): Tokenizer {
  const inner = innerTokenizer(tokenizerJson, sources.tokenizerConfig ?? {}, name);
  const idOf = (token: string) => inner.token_to_id(token);
  const templates = tokenizing(name, () => ({ single: templateOf(inner, false), pair: templateOf(inner, true) }));
  const bare = { single: ["A"], pair: ["A", "B"] } as const;
  const ownIds = (text: string): number[] =>
    tokenizing(name, () => inner.encode(text, { add_special_tokens: false }).ids);

  const encode = (text: string, textPair?: string, options: EncodeOptions = {}): number[] => {
    const { maxLength = Number.POSITIVE_INFINITY, truncation = "longest_first", addSpecialTokens = true } = options;
    const template = (addSpecialTokens ? templates : bare)[textPair === undefined ? "single" : "pair"];
    const room = roomFor(template, maxLength);
    const first = ownIds(text);
    if (textPair === undefined) return fillTemplate(template, first.slice(0, room), []);
    const second = ownIds(textPair);
    const [keptFirst, keptSecond] = truncatePair([first.length, second.length], room, truncation);
    return fillTemplate(template, first.slice(0, keptFirst), second.slice(0, keptSecond));
  };

  const eosId = specialTokenId("eos", sources, idOf);
  return {
    encode,
    encodeBatch: (inputs, options) =>
      inputs.map(({ text, textPair }, position) => {
        try {
          return encode(text, textPair, options);
        } catch (cause) {
          if (!DyloraError.isInstance(cause)) throw cause;
          throw new ConfigError(cause.code, `input ${position}: ${cause.message}`, { cause, details: { position } });
        }
      }),
    decode(ids, { skipSpecial = true } = {}) {
      const known = Array.from(ids).filter((id) => inner.id_to_token(id) !== undefined);
      if (known.length === 0) return "";
      return tokenizing(name, () =>
        inner.decode(known, { skip_special_tokens: skipSpecial, clean_up_tokenization_spaces: false }),
      );
    },
    tokenId: idOf,
    padId: specialTokenId("pad", sources, idOf) ?? eosId ?? 0,
    eosId,
    bosId: specialTokenId("bos", sources, idOf),
    vocabSize: [...inner.get_vocab().keys()].filter((token) => token !== undefined).length,
  };
}
