import type { Tokenizer } from "../../../packages/data/src/index.ts";
import { loadTokenizer } from "../../../packages/data/src/node/index.ts";
import { type FuzzReader, json, text } from "./reader.ts";

const letters = [..."abcdefghijklmnopqrstuvwxyz0123456789.,Ġ"];
const tokens = ["<s>", "<pad>", "</s>", "<unk>", ...letters, "he", "the", "Ġthe"];
const vocab = { ...Object.fromEntries(tokens.map((token, id) => [token, id])), "<mask>": 98 };
const merges = "#version: 0.2\nh e\nt he\nĠ the\n";

const special = (content: string, id: number) => ({
  id,
  content,
  single_word: false,
  lstrip: content === "<mask>",
  rstrip: false,
  normalized: false,
  special: true,
});

const tokenizer = {
  version: "1.0",
  truncation: null,
  padding: null,
  added_tokens: [special("<s>", 0), special("<pad>", 1), special("</s>", 2), special("<mask>", 98)],
  normalizer: null,
  pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
  post_processor: {
    type: "RobertaProcessing",
    sep: ["</s>", 2],
    cls: ["<s>", 0],
    trim_offsets: true,
    add_prefix_space: false,
  },
  decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
  model: {
    type: "BPE",
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: "",
    end_of_word_suffix: "",
    fuse_unk: false,
    byte_fallback: false,
    vocab,
    merges: ["h e", "t he", "Ġ the"],
  },
};

const unigram = {
  ...tokenizer,
  normalizer: {
    type: "Sequence",
    normalizers: [{ type: "NFC" }, { type: "Replace", pattern: { Regex: " {2,}" }, content: " " }],
  },
  pre_tokenizer: { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true },
  post_processor: {
    type: "TemplateProcessing",
    single: [{ SpecialToken: { id: "<s>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
    pair: [{ Sequence: { id: "A", type_id: 0 } }, { Sequence: { id: "B", type_id: 1 } }],
    special_tokens: { "<s>": { id: "<s>", ids: [0], tokens: ["<s>"] } },
  },
  decoder: { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true },
  model: {
    type: "Unigram",
    unk_id: 3,
    vocab: [
      ["<s>", 0],
      ["<pad>", 0],
      ["</s>", 0],
      ["<unk>", 0],
      ["▁a", -2.5],
      ["b", -3],
    ],
  },
};

const config = {
  add_prefix_space: false,
  bos_token: "<s>",
  eos_token: { content: "</s>", lstrip: false },
  mask_token: "<mask>",
  pad_token: "<pad>",
  model_max_length: 512,
  added_tokens_decoder: {
    98: { content: "<mask>", special: true, lstrip: true, rstrip: false, single_word: false, normalized: false },
  },
  tokenizer_class: "RobertaTokenizer",
};
const sideFiles = {
  "tokenizer_config.json": json(config),
  "special_tokens_map.json": json({
    bos_token: "<s>",
    eos_token: "</s>",
    pad_token: { content: "<pad>" },
    additional_special_tokens: ["<e>"],
  }),
  "added_tokens.json": json({ "<e>": 99 }),
  "config.json": json({ model_type: "roberta", vocab_size: 120, bos_token_id: 0, eos_token_id: 2, pad_token_id: 1 }),
};

function use(tokenizer: Tokenizer): void {
  tokenizer.decode(tokenizer.encode("the abc <mask> 12", "the. "));
  tokenizer.encode("", undefined, { addSpecialTokens: false });
  tokenizer.decode([0, 1, 2, 98, 1e9, -1], { skipSpecial: false });
}

const reader = (name: string, weight: number, examples: FuzzReader["examples"]): FuzzReader => ({
  name,
  weight,
  examples,
  async read(dir) {
    use(await loadTokenizer(dir));
  },
});

/** Readers of tokenizer files. */
export const tokenizerReaders: readonly FuzzReader[] = [
  reader("tokenizer-json", 0.2, [{ "tokenizer.json": json(tokenizer) }, { "tokenizer.json": json(unigram) }]),
  reader("tokenizer-folder", 0.2, [{ "tokenizer.json": json(tokenizer), ...sideFiles }]),
  reader("vocab-merges", 0.2, [
    { "vocab.json": json(vocab), "merges.txt": text("lines", merges) },
    { "vocab.json": json(vocab), "merges.txt": text("lines", merges), ...sideFiles },
  ]),
];
