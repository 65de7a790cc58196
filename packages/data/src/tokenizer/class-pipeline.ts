import { showValue } from "@dylora/errors";
import { badTokenizer } from "./added-token.ts";
import type { TokenizerJson } from "./check-tokenizer-json.ts";
import type { TokenizerClass } from "./tokenizer-class.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What a class keeps of a file, and builds itself. */
export type Pipeline = Pick<TokenizerJson, "model" | "normalizer" | "pre_tokenizer" | "decoder">;

/** Whether texts get a space before their first word: `add_prefix_space`, else the class's own way. */
export function addsPrefixSpace(config: Fields, kind: TokenizerClass): boolean {
  const given = config["add_prefix_space"] ?? (kind === "XLMRobertaTokenizer" || kind === "CamembertTokenizer");
  if (typeof given === "boolean") return given;
  throw badTokenizer("tokenizer_config.json", `add_prefix_space is ${showValue(given)}; it must be true or false`);
}

/** The table of characters that a SentencePiece model normalises by, where a normalizer has one. */
function charactersMap(normalizer: Fields | null): Fields | null {
  if (normalizer === null) return null;
  const parts: unknown = normalizer["type"] === "Sequence" ? normalizer["normalizers"] : [normalizer];
  const found = Array.isArray(parts) ? parts.find((part) => part?.["type"] === "Precompiled") : undefined;
  return found?.precompiled_charsmap === undefined ? null : found;
}

/** Whether a class can be built of the model of a file. */
export const fits = ({ model }: TokenizerJson, kind: TokenizerClass): boolean =>
  model.type === (kind === "XLMRobertaTokenizer" || kind === "CamembertTokenizer" ? "Unigram" : "BPE");

/**
 * The parts of a tokenizer as a class of transformers 5 builds them from a vocabulary. Normalizer and pre-tokenizer of the
 * file do not count, but for a SentencePiece table of characters.
 *
 * @param unknown text of the token for what the vocabulary has not
 * @throws FormatError `bad_tokenizer`
 */
export function classPipeline(
  json: TokenizerJson,
  kind: TokenizerClass,
  config: Fields,
  unknown: string | undefined,
): Pipeline {
  const prefix = addsPrefixSpace(config, kind);
  const { model } = json;
  if (model.type === "BPE") {
    const byteLevel = { type: "ByteLevel", add_prefix_space: prefix, trim_offsets: true, use_regex: true };
    const { vocab, merges } = model;
    const bpe = {
      type: "BPE",
      dropout: null,
      unk_token: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
    };
    return {
      model: { ...bpe, continuing_subword_prefix: "", end_of_word_suffix: "", vocab, merges },
      normalizer: null,
      pre_tokenizer: byteLevel,
      decoder: { ...byteLevel, add_prefix_space: true },
    };
  }
  const vocab = model["vocab"] as readonly (readonly [string, number])[];
  const place = kind === "CamembertTokenizer" ? vocab.findIndex(([token]) => token === unknown) : 3;
  const space = { type: "Metaspace", replacement: "▁", prepend_scheme: prefix ? "always" : "never", split: true };
  return {
    model: { type: "Unigram", unk_id: Math.min(Math.max(place, 0), vocab.length - 1), byte_fallback: false, vocab },
    normalizer: charactersMap(json.normalizer),
    pre_tokenizer: { type: "Sequence", pretokenizers: [{ type: "WhitespaceSplit" }, space] },
    decoder: space,
  };
}

/** What stands around texts. @param idOf id of a token */
export function classTemplate(
  kind: TokenizerClass,
  roles: ReadonlyMap<string, string>,
  adds: { readonly bos: boolean; readonly eos: boolean },
): { readonly single: readonly (string | 0 | 1)[]; readonly pair: readonly (string | 0 | 1)[] } {
  const token = (role: string): string[] => [roles.get(role)].filter((text): text is string => text !== undefined);
  if (kind === "GPT2Tokenizer") {
    const [bos, eos] = [adds.bos ? token("bos_token") : [], adds.eos ? token("eos_token") : []];
    return { single: [...bos, 0, ...eos], pair: [...bos, 0, ...eos, ...bos, 1, ...eos] };
  }
  const roberta = kind === "RobertaTokenizer";
  const [first, last] = roberta ? [token("cls_token"), token("sep_token")] : [token("bos_token"), token("eos_token")];
  return { single: [...first, 0, ...last], pair: [...first, 0, ...last, ...last, 1, ...last] };
}
