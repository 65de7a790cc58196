import { FormatError } from "@dylora/errors";

/** A byte-level BPE vocabulary as RoBERTa and GPT-2 publish it. */
export interface BpeVocabulary {
  /** Content of `vocab.json`: from token to id. */
  readonly vocab: Readonly<Record<string, number>>;
  /** Merges in the order of their rank, each two tokens with a space between. */
  readonly merges: readonly string[];
  /** True: a text that does not begin with a space gets one. Default false. */
  readonly addPrefixSpace?: boolean;
}

/**
 * The merges in the text of a `merges.txt` (or `vocab.bpe`): its first line is a version comment.
 *
 * @param name the file's name, for the error
 * @throws FormatError `bad_merges` with the line
 */
export function parseMerges(text: string, name: string): string[] {
  return text.split(/\r?\n/).flatMap((line, i) => {
    if (line === "" || (i === 0 && line.startsWith("#version"))) return [];
    if (/^[^ ]+ [^ ]+$/.test(line)) return [line];
    const details = { path: name, line: i + 1 };
    throw new FormatError(
      "bad_merges",
      `${name}, line ${i + 1}: ${JSON.stringify(line)} is not two tokens with a space between them`,
      { details },
    );
  });
}

const addedToken = (content: string, id: number, lstrip: boolean, normalized: boolean) => ({
  id,
  content,
  single_word: false,
  lstrip,
  rstrip: false,
  normalized,
  special: true,
});

/**
 * The `tokenizer.json` that stands for a vocabulary and its merges: RoBERTa's form where the vocabulary has `<s>` and
 * `</s>` (a mask token swallows the space before it, as roberta-base publishes it), else GPT-2's.
 */
export function byteLevelBpe({ vocab, merges, addPrefixSpace = false }: BpeVocabulary): Record<string, unknown> {
  const byteLevel = { type: "ByteLevel", add_prefix_space: addPrefixSpace, trim_offsets: true, use_regex: true };
  const [cls, sep] = [vocab["<s>"], vocab["</s>"]];
  const roberta = cls !== undefined && sep !== undefined;
  const special = roberta ? ["<s>", "<pad>", "</s>", "<unk>", "<mask>"] : ["<|endoftext|>"];
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: special
      .filter((token) => vocab[token] !== undefined)
      .map((token) => addedToken(token, vocab[token]!, token === "<mask>", !roberta)),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: roberta
      ? {
          type: "RobertaProcessing",
          sep: ["</s>", sep],
          cls: ["<s>", cls],
          trim_offsets: true,
          add_prefix_space: addPrefixSpace,
        }
      : { ...byteLevel, trim_offsets: false },
    decoder: { ...byteLevel, add_prefix_space: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: "",
      end_of_word_suffix: "",
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab,
      merges,
    },
  };
}
