import { showValue } from "@dylora/errors";
import { type AddedToken, badTokenizer, checkId, ID_LIMIT, parseAddedToken } from "./added-token.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A `tokenizer.json` whose vocabulary, merges and added tokens are sound. */
export interface TokenizerJson {
  /** The model: its `vocab` is a table of ids, or for Unigram a list of tokens with scores. */
  readonly model: Fields & { readonly type: string };
  readonly normalizer: Fields | null;
  readonly pre_tokenizer: Fields | null;
  readonly post_processor: Fields | null;
  readonly decoder: Fields | null;
  /** Its added tokens with the ids they claim. */
  readonly addedTokens: readonly (readonly [id: number, token: AddedToken])[];
  /** The padding it was saved with. */
  readonly padding: Fields | null;
}

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const MODELS = ["BPE", "Unigram", "WordPiece", "WordLevel"];

/** The model's kind; files of old libraries do not name it. */
function typeOf(model: Fields, file: string): string {
  const { type } = model;
  if (typeof type === "string" && MODELS.includes(type)) return type;
  if (type !== undefined && type !== null) {
    throw badTokenizer(file, `model.type is ${showValue(type)}; it must be one of ${MODELS.join(", ")}`);
  }
  if ("merges" in model) return "BPE";
  if (Array.isArray(model["vocab"])) return "Unigram";
  return "continuing_subword_prefix" in model ? "WordPiece" : "WordLevel";
}

/**
 * Checks a table of ids by token.
 *
 * @throws FormatError `bad_tokenizer`
 */
export function checkVocabulary(vocab: unknown, file: string): Readonly<Record<string, number>> {
  if (!isObject(vocab))
    throw badTokenizer(file, `the vocabulary is ${showValue(vocab)}; it must be a table of ids by token`);
  for (const [token, id] of Object.entries(vocab)) checkId(id, token, file);
  return vocab as Readonly<Record<string, number>>;
}

function checkPieces(vocab: unknown, unknownId: unknown, file: string): void {
  if (!Array.isArray(vocab) || vocab.length === 0 || vocab.length > ID_LIMIT) {
    throw badTokenizer(file, `the vocabulary is ${showValue(vocab)}; it must be a list of tokens with scores`);
  }
  const wrong = vocab.find(
    (piece) => !Array.isArray(piece) || typeof piece[0] !== "string" || typeof piece[1] !== "number",
  );
  if (wrong !== undefined) throw badTokenizer(file, `${showValue(wrong)} in the vocabulary is no token with its score`);
  const known = unknownId === undefined || unknownId === null;
  if (
    !known &&
    !(Number.isSafeInteger(unknownId) && (unknownId as number) >= 0 && (unknownId as number) < vocab.length)
  ) {
    throw badTokenizer(file, `unk_id is ${showValue(unknownId)}; it must be an id from 0 to ${vocab.length - 1}`);
  }
}

/**
 * Checks merges: each two tokens of the vocabulary that make a third.
 *
 * @returns them as pairs
 * @throws FormatError `bad_tokenizer`
 */
export function checkMerges(
  merges: unknown,
  vocab: Readonly<Record<string, number>>,
  prefix: unknown,
  file: string,
): (readonly [string, string])[] {
  if (!Array.isArray(merges)) throw badTokenizer(file, `merges is ${showValue(merges)}; it must be a list`);
  const cut = typeof prefix === "string" ? prefix.length : 0;
  return merges.map((merge, rank) => {
    const parts: unknown = typeof merge === "string" ? merge.split(" ") : merge;
    if (!Array.isArray(parts) || parts.length !== 2 || parts.some((part) => typeof part !== "string" || part === "")) {
      throw badTokenizer(file, `merge ${rank} is ${showValue(merge)}; it must be two tokens`);
    }
    const [first, second] = parts as [string, string];
    for (const token of [first, second, first + second.slice(cut)]) {
      if (Object.hasOwn(vocab, token)) continue;
      throw badTokenizer(file, `merge ${rank} needs the token ${showValue(token)}, which the vocabulary has not`);
    }
    return [first, second];
  });
}

function checkModel(model: unknown, file: string): TokenizerJson["model"] {
  if (!isObject(model))
    throw badTokenizer(file, `it is no tokenizer.json of a known kind: model is ${showValue(model)}`);
  const type = typeOf(model, file);
  for (const name of ["unk_token", "continuing_subword_prefix", "end_of_word_suffix", "continuing_subword_suffix"]) {
    const value = model[name];
    if (value === undefined || value === null || typeof value === "string") continue;
    throw badTokenizer(file, `model.${name} is ${showValue(value)}; it must be a text`);
  }
  if (type === "Unigram") {
    checkPieces(model["vocab"], model["unk_id"], file);
    return { ...model, type };
  }
  const vocab = checkVocabulary(model["vocab"], file);
  if (type !== "BPE") return { ...model, type };
  return {
    ...model,
    type,
    merges: checkMerges(model["merges"] ?? [], vocab, model["continuing_subword_prefix"], file),
  };
}

/**
 * Checks the content of a `tokenizer.json` as far as wrong ids, texts or lists would give wrong tokens, or hang.
 *
 * @throws FormatError `bad_tokenizer`
 */
export function checkTokenizerJson(json: object, file: string): TokenizerJson {
  const fields = json as Fields;
  const part = (name: string): Fields | null => {
    const value = fields[name] ?? null;
    if (value === null || isObject(value)) return value;
    throw badTokenizer(file, `${name} is ${showValue(value)}; it must be an object or null`);
  };
  const model = checkModel(fields["model"], file);
  const added = fields["added_tokens"] ?? [];
  if (!Array.isArray(added)) throw badTokenizer(file, `added_tokens is ${showValue(added)}; it must be a list`);
  const addedTokens = added.map((value: unknown) => {
    const token = parseAddedToken(value, file);
    return [checkId((value as Fields)["id"], token.content, file), token] as const;
  });
  return {
    model,
    normalizer: part("normalizer"),
    pre_tokenizer: part("pre_tokenizer"),
    post_processor: part("post_processor"),
    decoder: part("decoder"),
    addedTokens,
    padding: part("padding"),
  };
}
