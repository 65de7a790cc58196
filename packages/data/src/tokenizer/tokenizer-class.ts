import type { TokenizerSources } from "./tokenizer-sources.ts";

/** A tokenizer of transformers that is built anew from a vocabulary, whatever else its `tokenizer.json` says. */
export type TokenizerClass = "RobertaTokenizer" | "GPT2Tokenizer" | "XLMRobertaTokenizer" | "CamembertTokenizer";

const registered: Readonly<Record<string, TokenizerClass>> = {
  roberta: "RobertaTokenizer",
  gpt2: "GPT2Tokenizer",
  "xlm-roberta": "XLMRobertaTokenizer",
  camembert: "CamembertTokenizer",
};

const known: readonly string[] = Object.values(registered);

/**
 * The class that transformers 5 takes for a folder: the one that `tokenizer_config.json` names, else the one that belongs
 * to the model's type.
 *
 * @returns undefined where a `tokenizer.json` is taken as it is
 */
export function tokenizerClassOf({
  tokenizerConfig = {},
  modelConfig = {},
}: TokenizerSources): TokenizerClass | undefined {
  const type = modelConfig["model_type"];
  const own = typeof type === "string" && Object.hasOwn(registered, type) ? registered[type] : undefined;
  const named = tokenizerConfig["tokenizer_class"] ?? modelConfig["tokenizer_class"];
  if (typeof named !== "string") return own;
  const name = named.replace(/Fast$/, "");
  return known.includes(name) ? (name as TokenizerClass) : undefined;
}

/** The special tokens of each class where the files say nothing: by role, in the order in which they are added. */
export const classTokens: Readonly<Record<TokenizerClass, Readonly<Record<string, string>>>> = (() => {
  const roberta = {
    bos_token: "<s>",
    eos_token: "</s>",
    unk_token: "<unk>",
    sep_token: "</s>",
    pad_token: "<pad>",
    cls_token: "<s>",
    mask_token: "<mask>",
  };
  return {
    RobertaTokenizer: roberta,
    XLMRobertaTokenizer: roberta,
    CamembertTokenizer: roberta,
    GPT2Tokenizer: { bos_token: "<|endoftext|>", eos_token: "<|endoftext|>", unk_token: "<|endoftext|>" },
  };
})();
