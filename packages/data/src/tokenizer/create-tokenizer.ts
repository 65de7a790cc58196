import { ConfigError, DyloraError, showValue } from "@dylora/errors";
import { badTokenizer } from "./added-token.ts";
import { AddedVocabulary } from "./added-vocabulary.ts";
import { checkTokenizerJson } from "./check-tokenizer-json.ts";
import { classPipeline, classTemplate, fits } from "./class-pipeline.ts";
import { declaredTokens } from "./declared-tokens.ts";
import { innerTokenizer, tokenizing } from "./inner-tokenizer.ts";
import { specialTokenId } from "./special-tokens.ts";
import { fillTemplate, specialCount, type Template, templateOf } from "./template.ts";
import { ownIdsOf, textOf } from "./text-encoder.ts";
import type { EncodeOptions, Tokenizer } from "./tokenizer.ts";
import { type TokenizerClass, tokenizerClassOf } from "./tokenizer-class.ts";
import type { TokenizerSources } from "./tokenizer-sources.ts";
import { truncatePair } from "./truncation.ts";

function roomFor(template: Template, maxLength: number): number {
  const special = specialCount(template);
  if (maxLength >= special && !Number.isNaN(maxLength)) return maxLength - special;
  throw new ConfigError("bad_max_length", `maxLength ${maxLength} has no room for ${special} special tokens`);
}

type Fields = Readonly<Record<string, unknown>>;

/** Which end of a text is cut off. */
function truncationSide(config: Fields): "left" | "right" {
  const side = config["truncation_side"] ?? "right";
  if (side === "left" || side === "right") return side;
  throw badTokenizer("tokenizer_config.json", `truncation_side is ${showValue(side)}; it must be "left" or "right"`);
}

/** `model_max_length`; transformers writes 1e30 where there is none. */
function lengthIn(config: Fields): number | undefined {
  const length = config["model_max_length"] ?? config["max_len"];
  return typeof length === "number" && length >= 1 && length < 1e9 ? Math.floor(length) : undefined;
}

/** How a tokenizer is put together. */
export interface TokenizerMaking {
  /** What messages call the file; default `tokenizer.json`. */
  readonly name?: string;
  /** The class to build where the sources name none; default: the `tokenizer.json` is taken as it is. */
  readonly otherwise?: TokenizerClass;
  /** True where there is no `tokenizer.json`, but a vocabulary alone: `add_bos_token` and `add_eos_token` then count. */
  readonly bare?: boolean;
  /** Runs each piece of work that uses regular expressions of the file; one that bounds their time. Default: just runs it. */
  readonly guard?: <T>(work: () => T) => T;
}

/**
 * Makes a tokenizer of the content of a `tokenizer.json`, on Hugging Face's JavaScript tokenizers, as transformers 5 does
 * with the files beside it: the model's type or `tokenizer_class` names a class, which takes the vocabulary and builds the
 * rest anew; without one (`PreTrainedTokenizerFast`) the `tokenizer.json` is taken as it is. Added tokens come from all
 * files and get ids as the Rust library gives them.
 *
 * @param tokenizerJson the parsed JSON, or what {@link byteLevelBpe} makes of a vocabulary and its merges
 * @param sources other files of the model
 * @throws FormatError `bad_tokenizer`
 *
 * @example
 * ```ts
 * import { byteLevelBpe, createTokenizer } from "@dylora/data";
 *
 * const vocab = { "<s>": 0, "<pad>": 1, "</s>": 2, h: 3, i: 4, hi: 5 };
 * const tokenizer = createTokenizer(byteLevelBpe({ vocab, merges: ["h i"] }), { addedTokens: { "<x>": 6 } });
 * console.log(tokenizer.encode("hi<x>", "hi")); // [0, 5, 6, 2, 2, 5, 2]
 * ```
 */
export function createTokenizer(
  tokenizerJson: object,
  sources: TokenizerSources = {},
  making: TokenizerMaking | string = {},
): Tokenizer {
  const {
    name = "tokenizer.json",
    otherwise,
    bare = false,
    guard = (work) => work(),
  }: TokenizerMaking = typeof making === "string" ? { name: making } : making;
  const json = checkTokenizerJson(tokenizerJson, name);
  const config = sources.tokenizerConfig ?? {};
  const wanted = tokenizerClassOf(sources) ?? otherwise;
  const kind = wanted !== undefined && fits(json, wanted) ? wanted : undefined;
  const own = kind === undefined ? json.addedTokens.map(([, token]) => token) : [];
  const declared = declaredTokens(
    sources,
    kind,
    json.addedTokens,
    own.map(({ content }) => content),
  );
  const roles = new Map(declared.roles);
  const padding = json.padding?.["pad_token"];
  if (kind === undefined && typeof padding === "string" && !roles.has("pad_token")) roles.set("pad_token", padding);

  const parts = kind === undefined ? json : classPipeline(json, kind, config, roles.get("unk_token"));
  const inner = innerTokenizer({ ...parts, post_processor: json.post_processor }, roles.get("eos_token"), name);
  const { tokens_to_ids: ids } = inner.model;
  const { vocab } = parts.model;
  const modelSize = Array.isArray(vocab) ? vocab.length : ids.size;
  const added = new AddedVocabulary({ size: modelSize, idOf: (token) => ids.get(token) });
  added.add(own);
  added.add(declared.tokens);
  tokenizing(name, () =>
    guard(() => added.prepare((text) => inner.normalizer?.(text) ?? text, config["split_special_tokens"] === true)),
  );
  const idOf = (token: string) => added.idOf(token) ?? ids.get(token);

  const templateFor = (pair: boolean): Template => {
    const fixed = kind !== undefined && (kind !== "GPT2Tokenizer" || bare || json.post_processor === null);
    if (!fixed) return templateOf(inner.post_processor, idOf, pair);
    const adds = { bos: bare && config["add_bos_token"] === true, eos: bare && config["add_eos_token"] === true };
    const slots = classTemplate(kind, roles, adds)[pair ? "pair" : "single"];
    return slots.flatMap(
      (slot): Template => (typeof slot === "string" ? [idOf(slot) ?? []].flat() : [slot === 0 ? "A" : "B"]),
    );
  };
  const templates = tokenizing(name, () => ({ single: templateFor(false), pair: templateFor(true) }));
  const plain = { single: ["A"], pair: ["A", "B"] } as const;
  const idsOf = ownIdsOf(inner, added);
  const ownIds = (text: string): number[] => tokenizing(name, () => guard(() => idsOf(text)));
  const left = truncationSide(config) === "left";
  const keep = (all: number[], count: number): number[] =>
    count >= all.length ? all : left ? all.slice(all.length - count) : all.slice(0, count);

  const encode = (text: string, textPair?: string, options: EncodeOptions = {}): number[] => {
    const { maxLength = Number.POSITIVE_INFINITY, truncation = "longest_first", addSpecialTokens = true } = options;
    const template = (addSpecialTokens ? templates : plain)[textPair === undefined ? "single" : "pair"];
    const room = roomFor(template, maxLength);
    const first = ownIds(text);
    if (textPair === undefined) return fillTemplate(template, keep(first, room), []);
    const second = ownIds(textPair);
    const [keptFirst, keptSecond] = truncatePair([first.length, second.length], room, truncation);
    return fillTemplate(template, keep(first, keptFirst), keep(second, keptSecond));
  };

  const { named } = declared;
  const { modelConfig } = sources;
  const search = { roles, named, modelConfig, kind, idOf, inVocabulary: (token: string) => ids.has(token) };
  const idIn = (role: "bos" | "eos" | "pad") => specialTokenId(role, search);
  const eosId = idIn("eos");
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
    decode(tokenIds, { skipSpecial = true } = {}) {
      const tokens = Array.from(tokenIds).flatMap((id) => added.tokenOf(id) ?? inner.model.vocab[id] ?? []);
      const shown = skipSpecial ? tokens.filter((token) => !added.isSpecial(token)) : tokens;
      return shown.length === 0 ? "" : tokenizing(name, () => guard(() => textOf(inner, parts.decoder, shown)));
    },
    tokenId: idOf,
    padId: idIn("pad") ?? eosId ?? 0,
    eosId,
    bosId: idIn("bos"),
    vocabSize: modelSize + added.beyondModel,
    maxLength: lengthIn(config),
  };
}
