import { FormatError, showValue } from "@dylora/errors";
import { badModelConfig, configFields } from "@dylora/lora-core";
import type { GeluForm } from "@dylora/tensor";

/** What of a Hugging Face `config.json` decides the shape and arithmetic of a GPT-2. */
export interface Gpt2Config {
  /** Tokens in the vocabulary: `vocab_size`, default 50257. */
  readonly vocabSize: number;
  /** Size of a hidden state: `n_embd` or `hidden_size`, default 768. */
  readonly hiddenSize: number;
  /** Transformer blocks: `n_layer` or `num_hidden_layers`, default 12. */
  readonly layers: number;
  /** Attention heads: `n_head` or `num_attention_heads`, default 12. */
  readonly heads: number;
  /** Size of the feed-forward layers: `n_inner`, default four times the hidden size. */
  readonly intermediateSize: number;
  /**
   * Rows of the position table: `n_positions` or `max_position_embeddings`, default 1024; see {@link maxLength} for the
   * longest text.
   */
  readonly maxPositions: number;
  /** Epsilon of every layer normalisation: `layer_norm_epsilon`, default 1e-5. */
  readonly epsilon: number;
  /** Form of the activation: `activation_function`, default `gelu_new`. */
  readonly gelu: GeluForm;
  /** Dropout on the embeddings in training: `embd_pdrop`, default 0.1. */
  readonly embeddingDropout: number;
  /** Dropout on attention probabilities in training: `attn_pdrop`, default 0.1. */
  readonly attentionDropout: number;
  /** Dropout on the output of attention and feed-forward layers in training: `resid_pdrop`, default 0.1. */
  readonly residualDropout: number;
  /** True when the output layer is the token table: `tie_word_embeddings`, default true. */
  readonly tiedOutput: boolean;
  /** Tokens that end a text: `eos_token_id`, default 50256 where the vocabulary reaches so far. */
  readonly eosTokenIds: readonly number[];
}

/** Names of any architecture that transformers takes for GPT-2's own; they count more where both are there. */
const generalNames = {
  n_embd: "hidden_size",
  n_head: "num_attention_heads",
  n_layer: "num_hidden_layers",
  n_positions: "max_position_embeddings",
} as const;

const DEFAULT_END = 50256;

/** Most blocks, ten times those of the deepest models: a number of a thousand million would fill the memory with names. */
const MOST_LAYERS = 10_000;

/**
 * Reads a GPT-2 configuration, with the names and defaults that transformers' `GPT2Config` knows.
 *
 * @param json content of `config.json`
 * @throws FormatError `bad_model_config` naming the field and what would be right
 */
export function parseGpt2Config(json: unknown): Gpt2Config {
  const { fields, whole, number, gelu } = configFields(json);
  if (fields["model_type"] !== "gpt2") {
    throw badModelConfig(`model_type is ${showValue(fields["model_type"])}; this package loads "gpt2"`);
  }
  for (const name of ["scale_attn_by_inverse_layer_idx", "add_cross_attention"]) {
    if (fields[name] === true) throw badModelConfig(`${name} is not supported`);
  }
  if (fields["scale_attn_weights"] === false) throw badModelConfig("scale_attn_weights false is not supported");
  /** The name that counts: the one of any architecture where it is there, else GPT-2's own. */
  const named = (own: keyof typeof generalNames): string =>
    (fields[generalNames[own]] ?? undefined) === undefined ? own : generalNames[own];
  const hiddenSize = whole(named("n_embd"), 768);
  const heads = whole(named("n_head"), 12);
  if (hiddenSize % heads !== 0) throw badModelConfig(`n_head ${heads} does not divide n_embd ${hiddenSize}`);
  const vocabSize = whole("vocab_size", 50257);
  return {
    vocabSize,
    hiddenSize,
    layers: whole(named("n_layer"), 12, { max: MOST_LAYERS }),
    heads,
    intermediateSize: whole("n_inner", 4 * hiddenSize),
    maxPositions: whole(named("n_positions"), 1024),
    epsilon: number("layer_norm_epsilon", 1e-5),
    gelu: gelu("activation_function", "gelu_new"),
    embeddingDropout: number("embd_pdrop", 0.1),
    attentionDropout: number("attn_pdrop", 0.1),
    residualDropout: number("resid_pdrop", 0.1),
    tiedOutput: fields["tie_word_embeddings"] !== false,
    eosTokenIds: endTokensOf(fields, "config.json") ?? (vocabSize > DEFAULT_END ? [DEFAULT_END] : []),
  };
}

/** Longest text that the position table allows, prompt and continuation together. */
export function maxLength({ maxPositions }: Pick<Gpt2Config, "maxPositions">): number {
  return maxPositions;
}

/**
 * Tokens that end a text: `eos_token_id`, one or a list; none where it is null.
 *
 * @param file what messages call it
 * @returns undefined where the file says nothing of it
 * @throws FormatError `bad_model_config`
 */
export function endTokensOf(json: unknown, file: string): readonly number[] | undefined {
  const { eos_token_id: value } = (json ?? {}) as { readonly eos_token_id?: unknown };
  if (value === undefined) return undefined;
  const ids = [value ?? []].flat();
  if (ids.every((id): id is number => Number.isSafeInteger(id) && (id as number) >= 0)) return ids;
  const message = `${file}: eos_token_id is ${showValue(value)}; it must be a token id or a list of these`;
  throw new FormatError("bad_model_config", message);
}
